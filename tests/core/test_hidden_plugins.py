"""Records of a plugin that is off or hidden are not offered, not found by name, and not linked: they are plain text where they stand."""

import re

import pytest

from core.access.actors import actor_of
from core.addons.runtime import runtime
from core.fields import Reading
from core.fields.references import pick, resolve_many
from core.testing.contracts.html import Page
from core.visibility import set_visibility


@pytest.fixture
def contact(world, record_factory):
    return record_factory("contacts.contact", by="user1")(fullname="Ana", company_id=world.companies["Customer #A"]).id


@pytest.fixture
def hidden(work):
    with work():
        set_visibility("plugin:companies", None, "hidden")


@pytest.fixture
def switched(monkeypatch, app):
    """What holds whatever the reason: the plugin is not there for anybody but superadmins."""
    shown = app.extensions["cartera"].parts["shown"]
    monkeypatch.setitem(app.extensions["cartera"].parts, "shown", lambda plugin, actor: plugin != "companies" and shown(plugin, actor))


@pytest.mark.parametrize("how", ["hidden", "switched"])
def test_what_is_hidden_is_neither_offered_nor_found(app, world, contact, how, request, as_user, api_as):
    client = as_user("user1")
    assert "Customer #A" in client.get("/contacts/pick/company_id?q=customer").text
    request.getfixturevalue(how)
    assert client.get("/contacts/pick/company_id?q=customer").json["items"] == []
    with app.app_context():
        actor = actor_of(world.users["user1"])
        assert pick("companies.company", actor, "") == []
        assert resolve_many("companies.company", ["Customer #A", 2], Reading(actor=actor)) == {"Customer #A": None, 2: None}
        for rt in runtime().record_types.values():
            for f in rt.fields:
                if getattr(f.kind, "target", "") == "companies.company":
                    with pytest.raises(Exception, match="not found"):
                        f.kind.parse("Customer #A", Reading(actor=actor))
    for given in ("Customer #A", 2):
        refused = api_as("user1").post("/api/v1/contacts", json={"fullname": "Bea", "company_id": given})
        assert (refused.status_code, "company_id" in refused.text) == (422, True)


@pytest.mark.parametrize("how", ["hidden", "switched"])
def test_what_is_hidden_is_plain_text_in_lists_and_on_pages(world, contact, how, request, as_user):
    client = as_user("user1")
    link = f'href="/companies/{world.companies["Customer #A"]}"'
    pages = ("/contacts/?columns=fullname,company_id", f"/contacts/{contact}")
    for page in pages:
        assert link in client.get(page).text, page
    request.getfixturevalue(how)
    for page in pages:
        text = client.get(page).text
        assert "Customer #A" in text, page
        assert not re.search('href="/companies/[0-9]', text), page


def test_history_puts_back_only_what_the_form_shows(world, work, as_user, api_as):
    client, b = as_user("manager1"), world.companies["Customer #B"]
    for values in ({"language": "es", "comments": "Two"}, {"language": "en"}):
        assert api_as("manager1").patch(f"/api/v1/companies/{b}", json=values).status_code == 200

    def ways_back():
        return [link for link in Page(client.get(f"/companies/{b}?tab=history").text).links if "back=" in link]

    language, both = ways_back()
    assert "Language of invoices" in Page(client.get(language).text).text
    with work():
        set_visibility("plugin:invoices", None, "hidden")
    assert ways_back() == [both]
    assert "As it was before: Comments. Save to put that back." in Page(client.get(both).text).text
    assert client.get(language).status_code == 404


def test_a_filter_of_a_hidden_plugin_is_refused_where_more_would_go_or_be_thrown_away_and_said_on_the_list(world, work, as_user):
    client, asked, said = as_user("manager1"), "billing_from=1000", "The filter “billing_from” is not available now"
    everything = {"all": "1", "query": asked}
    with work():
        set_visibility("plugin:invoices", None, "hidden")
    for answer in (client.post("/companies/bulk/delete", data=everything), client.get(f"/companies/export.csv?{asked}")):
        assert (answer.status_code, said in answer.text) == (422, True)
    page = client.get(f"/companies/?{asked}").text
    assert said in page
    assert "Customer #A" in page
    assert client.get("/companies/export.csv?billing_from=").status_code == 200
