"""A custom field whose value only one record may have, whichever way records come in."""

from datetime import date

import pytest

from core.custom_fields.services import create_field, find_definition, update_field
from core.db import db
from core.errors import Invalid
from core.records.catalogue import record_type
from core.records.unique import taken
from plugins.companies.models import Company
from plugins.contracts.services import copy_contract
from tests.core.records.imports import Desk

pytestmark = pytest.mark.both_databases
NAME = "companies.company"
FIELDS = (("Badge", {"unique": "1"}), ("Colour", {}))


@pytest.fixture
def badge(app, world, work):
    """The name of a field of companies, `f7` or so, whose values are unique."""
    with work():
        return f"f{create_field(NAME, None, {'label': 'Badge', 'kind': 'text', 'unique': '1'}).id}"


def test_the_second_who_has_a_value_is_refused_at_the_field(badge, as_user, api_as):
    api, client = api_as("admin"), as_user("admin")
    first = api.post("/api/v1/companies", json={"name": "First", badge: "A-1"}).json["id"]
    refused = api.post("/api/v1/companies", json={"name": "Second", badge: "A-1"})
    assert (refused.status_code, badge in refused.text) == (422, True)
    assert client.post("/companies/new", data={"name": "Second", badge: "A-1"}).status_code == 422
    second = api.post("/api/v1/companies", json={"name": "Second", badge: "A-2"}).json["id"]
    assert api.patch(f"/api/v1/companies/{second}", json={badge: "A-1"}).status_code == 422
    assert api.patch(f"/api/v1/companies/{first}", json={badge: "A-1", "website": "https://example.com"}).status_code == 200


def test_empty_values_are_no_values(badge, api_as):
    api = api_as("admin")
    assert [api.post("/api/v1/companies", json={"name": n, badge: ""}).status_code for n in ("One", "Two")] == [201, 201]


def test_a_value_in_the_trash_is_free_and_does_not_come_back_beside_another(badge, api_as, as_user):
    api, client = api_as("admin"), as_user("admin")
    first = api.post("/api/v1/companies", json={"name": "First", badge: "A-1"}).json["id"]
    client.post("/companies/bulk/delete", data={"ids": [str(first)]})
    assert api.post("/api/v1/companies", json={"name": "Second", badge: "A-1"}).status_code == 201
    client.post(f"/companies/bulk/restore?ids={first}")
    assert client.get(f"/companies/{first}").status_code == 404


def test_rows_of_a_file_are_compared_with_records_and_with_each_other(badge, work, record_factory):
    with work():
        made = record_factory(NAME)(name="First", parent_id=1)
        made.custom = {badge: "A-1"}
        db.session.flush()
        rows = [(2, None, {badge: "A-1"}), (3, None, {badge: "A-2"}), (4, None, {badge: "A-2"}), (5, made.id, {badge: "A-1"}), (6, None, {})]
        assert sorted(taken(record_type(NAME), rows)) == [2, 4, 5]


def test_a_field_whose_values_are_shared_does_not_become_unique(app, world, work):
    with work():
        field = create_field(NAME, None, {"label": "Badge", "kind": "text"})
        for i in (2, 3):
            db.session.get(Company, i).custom = {f"f{field.id}": "same"}
        db.session.flush()
        with pytest.raises(Invalid) as refused:
            update_field(find_definition(NAME, field.id), {"label": "Badge", "kind": "text", "unique": "1"})
        assert "same" in str(refused.value.errors["unique"][0])


def test_a_value_in_the_trash_keeps_no_field_from_another_kind(badge, api_as, as_user, work):
    api, client = api_as("admin"), as_user("admin")
    first = api.post("/api/v1/companies", json={"name": "First", badge: "1"}).json["id"]
    client.post("/companies/bulk/delete", data={"ids": [str(first)]})
    api.post("/api/v1/companies", json={"name": "Second", badge: "1"})
    with work():
        field = update_field(find_definition(NAME, int(badge[1:])), {"label": "Badge", "kind": "numeric", "unique": "1"})
        assert (field.kind, field.unique) == ("numeric", True)


def test_a_file_is_refused_at_the_row_that_repeats_a_value_or_comes_in_without_it(badge, app, tmp_path):
    desk = Desk(app, tmp_path)
    desk.take("name,Badge\nOne,A-1\n")
    assert desk.say("name,Badge\nTwo,A-2\nThree,A-1\n").problems == [(3, "Badge", "refused")]
    desk.take("name,Badge\nTwo,A-2\nThree,A-1\nFour,A-2\nFive,A-5\n", good_rows=True)
    assert {"One", "Two", "Five"} <= set(desk.records())
    assert not {"Three", "Four"} & set(desk.records())


def test_the_copy_of_a_contract_leaves_such_a_value_out(world, work, record_factory):
    with work("admin") as actor:
        ids = [create_field("contracts.contract", None, {"label": label, "kind": "text", **more}).id for label, more in FIELDS]
        made = record_factory("contracts.contract")(company_id=2, date_begin=date(2026, 1, 1), date_end=date(2026, 12, 31))
        made.custom = {f"f{i}": "A-1" for i in ids}
        db.session.flush()
        assert copy_contract(made, actor).custom == {f"f{ids[1]}": "A-1"}
