"""Types, tags, templates, roles and payment methods by REST: read with CR, changed with CM (payment methods: by superadmins)."""

import pytest

pytestmark = pytest.mark.usefixtures("world")
LISTS = {"contract-types": {}, "contract-templates": {"body": "<p>x</p>"}, "lead-types": {}, "lead-tags": {"colour": "red"}, "company-roles": {}}


@pytest.mark.parametrize("plural", [*LISTS, "invoice-payment-methods"])
def test_they_are_read_with_cr_and_changed_with_cm(api_as, plural):
    writer = "admin" if plural.startswith("invoice") else "manager1"
    sent = {"name": "New one", **LISTS.get(plural, {})}
    made = api_as(writer).post(f"/api/v1/{plural}", json=sent)
    assert made.status_code == 201, made.json
    number = made.json["id"]
    assert api_as("user1").get(f"/api/v1/{plural}/{number}").json["name"] == "New one"
    assert number in [item["id"] for item in api_as("user1").get(f"/api/v1/{plural}").json["items"]]
    for login in ("user1", *(("manager1",) if writer == "admin" else ())):
        assert api_as(login).post(f"/api/v1/{plural}", json=sent).status_code == 403
        assert api_as(login).patch(f"/api/v1/{plural}/{number}", json={"name": "x"}).status_code == 403
        assert api_as(login).delete(f"/api/v1/{plural}/{number}").status_code == 403
    assert api_as("user2").get(f"/api/v1/{plural}").status_code == 404
    assert api_as(writer).delete(f"/api/v1/{plural}/{number}").status_code == 204


def test_one_in_use_is_a_conflict_that_counts_the_uses(api_as, record_factory):
    record_factory("contracts.contract")(type_id=1, company_id=2)
    refused = api_as("manager1").delete("/api/v1/contract-types/1")
    assert refused.status_code == 409
    assert "1 Contract" in refused.json["detail"]
