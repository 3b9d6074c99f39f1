"""Contracts: whole classes of tests for what the engine promises of every record type and every plugin. Subclass them in your own tests.

class TestBirthdays(RecordContract):
    record_type = "birthdays.birthday"
"""

from .plugin import PluginContract
from .record import RecordContract

__all__ = ["PluginContract", "RecordContract"]
