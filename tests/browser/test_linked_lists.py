"""Linked lists in a form: each offers what belongs to the choice above it, three deep, while one chooses."""

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("the_way")]

LISTS = (
    ("Vehicle", "CAR,MOTORBIKE", ""),
    ("Make of it", "CAR|Seat,CAR|Ford,MOTORBIKE|Honda", "Vehicle"),
    ("Model of it", "Seat|Ibiza,Seat|León,Honda|Goldwing", "Make of it"),
)


@pytest.fixture
def someone(person):
    """manager1, where companies have these lists; they are gone afterwards."""
    found, ids = person("manager1"), {}
    for label, options, parent in LISTS:
        sent = {"label": label, "kind": "linked", "options": options, "parent_id": ids.get(parent, "")}
        assert found.post("/companies/fields/new", **sent) == 302
        found.goto("/companies/fields/")
        ids[label] = (found.main.get_by_role("link", name=label).get_attribute("href") or "").split("/")[-2]
    yield found
    for verb in ("retire", "purge"):
        for label, _options, _parent in LISTS[::-1]:
            assert found.post(f"/companies/fields/{ids[label]}/{verb}") == 302


def test_a_linked_list_offers_what_belongs_to_the_choices_above(someone):
    someone.goto("/companies/new")
    vehicle, make, model = (someone.main.get_by_label(label, exact=True) for label, _options, _parent in LISTS)
    expect(make).to_be_disabled()
    vehicle.select_option("CAR")
    expect(make.locator("option")).to_have_text(["–", "Seat", "Ford"])
    expect(model).to_be_disabled()
    make.select_option("Seat")
    expect(model.locator("option")).to_have_text(["–", "Ibiza", "León"])
    model.select_option("León")
    vehicle.select_option("MOTORBIKE")
    expect(make.locator("option")).to_have_text(["–", "Honda"])
    expect(make).to_have_value("")
    expect(model).to_be_disabled()
    expect(model).to_have_value("")
