"""A plugin's own kind of custom field is offered, checked, changed and missed like a built-in one."""

import pytest

from core.custom_fields.definitions import definitions_changed
from core.custom_fields.services import create_field, find_definition, update_field, values_that_do_not_fit
from core.db import db
from core.errors import Conflict, Invalid
from core.fields import kinds
from core.records.catalogue import field_kinds

STARS = ("stars", "Stars, one to five", lambda definition: kinds.Choice(options=tuple((str(n), "★" * n) for n in range(1, 6))))


@pytest.fixture
def stars(app, monkeypatch):
    """A plugin brings the kind `stars`; called, it takes it away again."""
    parts = app.extensions["cartera"].parts
    monkeypatch.setitem(parts, "field_kinds", field_kinds([STARS]))
    return lambda: monkeypatch.setitem(parts, "field_kinds", field_kinds())


@pytest.fixture
def rating(stars, world, work):
    """The id of a field of companies that holds stars."""
    with work():
        return create_field("companies.company", None, {"label": "Rating", "kind": "stars", "default": "3", "show_in_list": "1"}).id


def test_it_is_offered_and_named_on_the_pages_of_definitions(rating, as_user):
    client = as_user("admin")
    assert "<td>Stars, one to five</td>" in client.get("/companies/fields/").text
    assert '<option value="stars" selected>Stars, one to five</option>' in client.get(f"/companies/fields/{rating}/edit").text
    assert client.post("/companies/fields/new", data={"label": "Mood", "kind": "stars"}).status_code == 302


def test_its_values_are_checked_and_shown(rating, api_as, as_user):
    api = api_as("admin")
    assert api.post("/api/v1/companies", json={"name": "Bad", f"f{rating}": "6"}).status_code == 422
    made = api.post("/api/v1/companies", json={"name": "Good", f"f{rating}": "5"}).json
    assert "★★★★★" in as_user("admin").get(f"/companies/{made['id']}").text


def test_its_default_is_checked(rating, work):
    with work(), pytest.raises(Invalid) as refused:
        create_field("companies.company", None, {"label": "Mood", "kind": "stars", "default": "many"})
    assert list(refused.value.errors) == ["default"]


def test_a_field_that_becomes_one_names_the_values_that_do_not_fit(stars, world, work, record_factory):
    with work():
        field_id = create_field("companies.company", None, {"label": "Rating", "kind": "text"}).id
        for n, value in enumerate(["4", "good", "good"]):
            record_factory("companies.company")(name=f"No {n}", parent_id=1).custom = {f"f{field_id}": value}
        db.session.flush()
        with pytest.raises(Conflict) as refused:
            update_field(find_definition("companies.company", field_id), {"label": "Rating", "kind": "stars"})
        assert refused.value.details == {"values": [("good", 2)]}


def test_a_field_that_was_one_can_become_text(rating, work):
    with work():
        field = find_definition("companies.company", rating)
        assert values_that_do_not_fit(field, {"kind": "text", "label": "Rating"}) == []
        assert update_field(field, {"label": "Rating", "kind": "text"}).kind == "text"


def test_without_its_plugin_the_field_rests_and_its_definition_can_be_changed(rating, stars, work, as_user, api_as):
    api, client = api_as("admin"), as_user("admin")
    made = api.post("/api/v1/companies", json={"name": "Good", f"f{rating}": "5"}).json["id"]
    stars()
    with work():
        definitions_changed()
    assert "<td>stars</td>" in client.get("/companies/fields/").text
    assert "★" not in client.get(f"/companies/{made}").text
    assert client.post(f"/companies/fields/{rating}/edit", data={"label": "Rating", "kind": "stars"}).status_code == 422
    assert client.post(f"/companies/fields/{rating}/edit", data={"label": "Rating", "kind": "text"}).status_code == 302
    assert api.get(f"/api/v1/companies/{made}").json[f"f{rating}"] == "5"
