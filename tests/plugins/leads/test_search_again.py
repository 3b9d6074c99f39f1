"""A search gives what there is now, also when the same words were searched a moment ago."""

import pytest

pytestmark = pytest.mark.usefixtures("world")
SHORT_LISTS = ["leads.tag", "leads.type", "contracts.type", "contracts.template", "invoices.payment_method", "companies.role"]


@pytest.mark.parametrize("name", SHORT_LISTS)
def test_what_was_made_since_is_found(app, as_user, record_factory, name):
    client, rt = as_user("admin"), app.extensions["cartera"].record_types[name]
    make = record_factory(name)
    make(**{rt.title: "Zquark one"})
    assert "Zquark one" in client.get(f"{rt.url}/?q=zquark").text
    make(**{rt.title: "Zquark two"})
    assert "Zquark two" in client.get(f"{rt.url}/?q=zquark").text
