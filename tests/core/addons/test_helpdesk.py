"""The plugin by somebody else (tests/addons/helpdesk): it uses every hook, works, and disappears without a trace while it is off."""

import re

import pytest
from sqlalchemy import func, select

from core import hookspecs
from core.access.actors import actor_of
from core.addons.check import check
from core.addons.state import AddonState

from .conftest import ADDONS

HELPDESK = ADDONS / "helpdesk"


@pytest.fixture(autouse=True)
def _forget_what_the_test_loaded():
    """The app of these tests is kept from one to the next, so its plugins stay in the process."""


@pytest.fixture
def app_settings():
    return {"addons": (HELPDESK,)}


@pytest.fixture
def addons(app):
    return app.extensions["cartera"].addons


@pytest.fixture
def ticket(world, record_factory):
    record_factory("helpdesk.desk")(name="First line")
    return record_factory("helpdesk.ticket")(subject="The printer burns", company_id=world.companies["Customer #A"], desk_id=1)


@pytest.fixture
def switch(app, addons):
    def switch(state, name="helpdesk", **kw):
        with app.app_context():
            addons.states.set_state(name, state, None, **kw)

    return switch


def test_it_implements_every_hook(addons):
    """A hook that nobody outside uses is a hook that nobody has tried."""
    functions = set(vars(addons["helpdesk"].hooks))
    assert functions == {*hookspecs.DECLARATIONS, *hookspecs.EVENTS}


def test_every_declaration_arrives(addons):
    for hook in hookspecs.DECLARATIONS:
        assert [item for plugin, item in addons.declared(hook) if plugin == "helpdesk"], hook


@pytest.mark.both_databases
def test_nothing_is_wrong_with_it(app):
    assert check(app, HELPDESK) == []


def test_who_sees_the_company_sees_its_tickets(ticket, as_user):
    assert "The printer burns" in as_user("user1").get("/helpdesk/").text
    page = as_user("user1").get(f"/helpdesk/{ticket.id}")
    assert page.status_code == 200
    assert "Close" in page.text
    assert as_user("user2").get(f"/helpdesk/{ticket.id}").status_code == 404


def test_its_places_show_on_the_company(ticket, as_user, world):
    client = as_user("user1")
    company = world.companies["Customer #A"]
    page = client.get(f"/companies/{company}").text
    assert "Last ticket" in page
    assert "Open tickets" in page
    assert "New ticket" in page
    assert "The printer burns" in client.get(f"/companies/{company}?tab=tickets").text
    assert "Tickets" in client.get("/companies/").text
    assert "Tickets by state" in client.get("/companies/statistics").text


def test_whatever_stands_at_an_address_of_its_own_is_in_the_new_menu_of_who_may_create_it(app, as_user, world, switch):
    cartera = app.extensions["cartera"]
    main = {rt.url + "/new" for rt in cartera.record_types.values() if rt.is_main}
    assert "/helpdesk/new" in main

    def offered(login):
        menu = re.search(r'<ul class="dropdown-menu">(.*?)</ul>', as_user(login).get("/").text, re.S)
        return set(re.findall(r'<a class="dropdown-item" href="([^"]+/new)"', menu.group(1))) if menu else set()

    assert offered("admin") == main
    for login in ("user1", "user2"):
        with app.app_context():
            actor = actor_of(world.users[login])
            may = {rt.url + "/new" for rt in cartera.record_types.values() if actor.has(rt.access.permission) and rt.access.create(actor)}
        assert offered(login) == main & may
        assert ("/helpdesk/new" in offered(login)) == (as_user(login).get("/helpdesk/new").status_code == 200)
    switch("disabled")
    assert offered("admin") == main - {"/helpdesk/new"}
    switch("enabled")


def test_its_action_closes_a_ticket_and_a_second_time_conflicts(ticket, as_user):
    client = as_user("user1")
    assert client.post(f"/helpdesk/{ticket.id}/close").status_code == 302
    assert "Closed" in client.get(f"/helpdesk/{ticket.id}").text
    assert client.post(f"/helpdesk/{ticket.id}/close").status_code == 409


def test_its_rule_on_companies_restricts_and_gives_its_reason(ticket, app, work, world):
    from core.access import explain, is_allowed
    from core.addons.runtime import runtime

    company = world.companies["Customer #B"]
    with work("manager1") as actor:
        rt = runtime().record_types["companies.company"]
        assert is_allowed(rt, company, actor, "delete") == {"delete": True}
    with work():
        from core.db import db
        from plugins.helpdesk.models import Ticket

        db.session.add(Ticket(subject="Fire", company_id=company, urgent=True))
    with work("manager1") as actor:
        assert is_allowed(rt, company, actor, "delete") == {"delete": False}
        [verdict] = [v for v in explain(rt, company, actor) if v.name == "urgent"]
        assert (verdict.holds, verdict.reason) == (False, "No urgent ticket is open")


def test_rest_has_its_records_and_its_operation(ticket, api_as):
    api = api_as("user1")
    assert [t["subject"] for t in api.get("/api/v1/helpdesk").json["items"]] == ["The printer burns"]
    assert api.post(f"/api/v1/helpdesk/{ticket.id}/close", json={}).status_code == 200
    assert api.get(f"/api/v1/helpdesk/{ticket.id}").json["state"] == "closed"


def test_refusing_in_record_saving_leaves_nothing_behind(ticket, as_user, world, work):
    form = {"subject": "Now!", "company_id": world.companies["Customer #A"], "state": "new", "urgent": "1"}
    answer = as_user("user1").post("/helpdesk/new", data=form)
    assert answer.status_code in (200, 422)
    assert "An urgent ticket needs a desk." in answer.text
    with work():
        from core.db import db
        from plugins.helpdesk.models import Ticket

        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 1


ADDRESSES = (
    "/helpdesk/", "/helpdesk", "/helpdesk/1", "/helpdesk/1/close", "/helpdesk/new", "/helpdesk/desks/", "/helpdesk/export.csv",
    "/companies/2/tickets/new", "/api/v1/helpdesk", "/api/v1/helpdesk/1", "/api/v1/helpdesk/1/close", "/helpdesk/setup",
)  # fmt: skip


def test_disabled_it_is_gone_everywhere_without_a_trace(ticket, as_user, api_as, switch, world):
    switch("disabled")
    for client in (as_user("admin"), api_as("user1")):
        for address in ADDRESSES:
            for method in ("GET", "POST", "OPTIONS"):
                gone = client.open(address, method=method).status_code
                assert gone == 404 or (gone == 401 and address.startswith("/api")), (method, address)  # REST asks for a token first
    assert api_as("user1").get("/api/v1/helpdesk").status_code == 404
    client = as_user("admin")
    for page in ("/", "/companies/", f"/companies/{world.companies['Customer #A']}", "/companies/statistics", "/setup/crm"):
        answer = client.get(page)
        assert answer.status_code == 200, page
        assert "icket" not in answer.text, page
        assert "elpdesk" not in answer.text, page


def test_hidden_it_works_for_superadmins_alone(ticket, as_user, switch):
    switch("hidden")
    assert as_user("admin").get(f"/helpdesk/{ticket.id}").status_code == 200
    assert "Helpdesk" in as_user("admin").get("/").text
    assert as_user("user1").get(f"/helpdesk/{ticket.id}").status_code == 404
    assert "Helpdesk" not in as_user("user1").get("/").text


def test_off_and_on_again_leaves_the_data_untouched(ticket, as_user, switch, work):
    from core.db import db

    def rows():
        with work():
            return [tuple(r) for r in db.session.execute(db.text("SELECT * FROM helpdesk_ticket ORDER BY id"))]

    before = rows()
    switch("disabled")
    switch("enabled")
    assert rows() == before
    assert "The printer burns" in as_user("user1").get("/helpdesk/").text
    with work():
        assert db.session.get(AddonState, "helpdesk").state == "enabled"


def test_it_hears_of_other_plugins_states(switch, addons):
    from plugins.helpdesk.services import STATES_SEEN

    STATES_SEEN.clear()
    switch("hidden", "contacts")
    assert STATES_SEEN == [("contacts", "enabled", "hidden")]


def test_who_sits_at_a_desk_sees_its_tickets_by_actor_facts(ticket, work, world):
    from core.access import is_allowed
    from core.access.actors import actor_of
    from core.addons.runtime import runtime
    from core.db import db
    from core.identity.models import User

    user = world.users["user2"]
    with work():
        [(_, field)] = [f for f in runtime().addons.declared("user_fields") if f[0] == "helpdesk"]
        field.write(db.session.get(User, user), 1)
        assert field.read([user]) == {user: 1}
    with work():
        actor = actor_of(user)
        assert actor.facts["desk_id"] == 1
        assert is_allowed(runtime().record_types["helpdesk.ticket"], ticket.id, actor, "view") == {"view": False}  # a desk, but no HD


def test_a_mail_that_names_a_company_becomes_a_ticket(ticket, work, addons):
    from types import SimpleNamespace

    with work():
        assert addons.call("mail_received", message=SimpleNamespace(subject="[2] No sound", text="Since today")) == [True]
        assert addons.call("mail_received", message=SimpleNamespace(subject="Hello", text="")) == []


def test_its_own_hook_may_refuse_the_closing(ticket, work, addons, write):
    from core.db import db
    from core.errors import Conflict
    from plugins.helpdesk.models import Ticket
    from plugins.helpdesk.services import close_ticket

    class Strict:
        @hookspecs.hookimpl
        def ticket_closing(self, ticket):
            raise Conflict("not today")

    addons.pm.register(strict := Strict())
    addons._impls.clear()
    try:
        with work("user1") as actor:
            found = db.session.get(Ticket, ticket.id)
            with pytest.raises(Conflict, match="not today"):
                close_ticket(found, actor)
    finally:
        addons.pm.unregister(strict)
        addons._impls.clear()
