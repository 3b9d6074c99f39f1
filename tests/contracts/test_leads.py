"""What the engine promises, kept by leads, their types and tags."""

from core.testing.contracts import RecordContract


class TestLeads(RecordContract):
    record_type = "leads.lead"
    computed = ("changed_at", "closed_at")

    def values(self, world, place, n):
        # An owner changes his leads; others see them by the company; with another's and no company they are out of sight.
        owner = {"seen": "manager1", "hidden": "admin"}.get(place, "user1")
        company = {"seen": world.companies["Customer #B"], "hidden": None}.get(place, world.companies["Customer #A"])
        return {"owner_id": world.users[owner], "company_id": company, "progress": (0, 20, 40, 60)[n % 4]}

    refuses_foreign_place = 302  # an owner may name any company that he sees as the managing one


class TestTypes(RecordContract):
    record_type = "leads.type"
    editor, deleter, reader, hides = "manager1", "manager1", "user1", False


class TestTags(RecordContract):
    record_type = "leads.tag"
    editor, deleter, reader, hides = "manager1", "manager1", "user1", False
