"""Who changed what, when: one line per save, written by a session listener for each `Record`, whoever the writer is.

It lies in the same transaction as the change and outlives the record. Bulk writers call `note_created` themselves.
"""

from .listener import install, note_created
from .models import HistoryEntry, OnceKey
from .reassign import reassign

__all__ = ["HistoryEntry", "OnceKey", "install", "note_created", "reassign"]
