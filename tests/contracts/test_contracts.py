"""What the engine promises, kept by contracts, their types and templates."""

from core.testing.contracts import RecordContract


class TestContracts(RecordContract):
    record_type = "contracts.contract"
    computed = ("decision_on",)

    def values(self, world, place, n):
        return {
            **super().values(world, place, n), "date_begin": f"2026-01-{1 + n % 20:02}", "date_end": f"2026-12-{1 + n % 20:02}",
            "type_id": world.contract_types["Support"], "private": False,
        }  # fmt: skip


class TestTypes(RecordContract):
    record_type = "contracts.type"
    editor, deleter, reader, hides = "manager1", "manager1", "user1", False


class TestTemplates(RecordContract):
    record_type = "contracts.template"
    editor, deleter, reader, hides = "manager1", "manager1", "user1", False
