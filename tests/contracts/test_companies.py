"""What the engine promises, kept by companies and roles."""

from core.testing.contracts import RecordContract


class TestCompanies(RecordContract):
    record_type = "companies.company"
    computed = ("last_update",)
    leave_out = ("street", "postcode", "city", "province")  # the address is written from these parts

    def values(self, world, place, n):
        # Seen by all of My Company since it has a parent; out of sight without one. Its manager changes it.
        manager = {"seen": "manager1", "hidden": "admin"}.get(place, "user1")
        parent = None if place == "hidden" else world.companies["My Company"]
        return {"name": f"{place.title()} {n}", "manager_id": world.users[manager], "parent_id": parent}


class TestRoles(RecordContract):
    record_type = "companies.role"
    editor, deleter, reader, hides = "manager1", "manager1", "user1", False
