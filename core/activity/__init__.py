"""Notes, calls and meetings on any record, by whom and when: what was said to a customer, beside what was changed (history)."""

from .models import Note

__all__ = ["Note"]
