"""Who changed what, when: one line per save, written by a session listener for each `Record`, whoever the writer is.

It lies in the same transaction as the change and outlives the record. Bulk writers call `note_created` themselves.
"""

from .models import HistoryEntry
from .reassign import reassign

__all__ = ["HistoryEntry", "reassign"]
