"""What the engine promises, kept by contacts."""

from core.testing.contracts import RecordContract


class TestContacts(RecordContract):
    record_type = "contacts.contact"
