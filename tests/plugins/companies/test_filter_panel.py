"""The filter panel is kept while it stays the same: what it offers is what there is now, and what it shows is what was asked."""

import pytest

pytestmark = pytest.mark.usefixtures("world")


def control(client, address, name):
    """The text of a filter's control in the list at `address`."""
    page = client.get(address).text
    start = page.index(f'for="q-{name}"')
    return page[start : page.index("</div>", start)]


def test_a_new_role_is_offered_at_once(as_user, record_factory):
    client = as_user("manager1")
    assert "Harbour pilot" not in control(client, "/companies/", "role_id")
    record_factory("companies.role")(name="Harbour pilot")
    assert "Harbour pilot" in control(client, "/companies/", "role_id")


def test_what_was_typed_stands_in_its_control_and_not_in_the_next_list(as_user):
    client = as_user("manager1")
    assert 'value="Lisboa"' in control(client, "/companies/?city=Lisboa", "city")
    assert 'value="Porto"' in control(client, "/companies/?city=Porto", "city")
    assert 'value=""' in control(client, "/companies/", "city")


def test_an_address_with_an_empty_value_first_leaves_nothing_in_the_plain_list(as_user, record_factory):
    client = as_user("manager1")
    role = record_factory("companies.role")(name="Harbour pilot")
    assert "selected" in control(client, f"/companies/?role_id=&role_id={role.id}", "role_id")
    assert "selected" not in control(client, "/companies/", "role_id")


def test_another_language_has_its_own(as_user, work):
    from core.identity.services import find_user

    client = as_user("manager1")
    assert "País" not in client.get("/companies/").text
    with work():
        find_user("manager1").language = "es"
    assert "País" in control(client, "/companies/", "country")
