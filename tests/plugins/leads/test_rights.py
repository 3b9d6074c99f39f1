"""Who sees, takes, moves, changes and deletes leads (docs/access.md)."""

import pytest

pytestmark = pytest.mark.usefixtures("world")
MINE, NOBODYS = {"owner_id": None, "company_id": 1}, {"owner_id": None, "company_id": None}


def seen(rest, lead_id, logins=("user1", "colleague", "manager1", "outsider", "user2")):
    return {login for login in logins if rest(login).get(lead_id).status_code == 200}


def test_owners_people_of_the_company_and_managers_of_nobodys_leads_see(rest, people):
    """The own company is parentless, so that nobody sees it: belonging to it shows its leads all the same."""
    api = rest()
    assert seen(rest, api.make(owner_id=people["outsider"], company_id=None)["id"]) == {"outsider"}
    assert seen(rest, api.make(**MINE)["id"]) == {"user1", "colleague", "manager1"}
    assert seen(rest, api.make(**NOBODYS)["id"]) == {"manager1", "outsider"}
    assert seen(rest, api.make(owner_id=2, company_id=None)["id"]) == {"user1"}
    assert seen(rest, api.make(owner_id=people["outsider"], company_id=3)["id"]) == {"outsider", "user1", "colleague", "manager1"}


def test_whoever_may_view_a_lead_without_owner_takes_it_with_cw_but_no_other(rest, people, as_user):
    api = rest()
    free, owned = api.make(**MINE)["id"], api.make(owner_id=2, company_id=1)["id"]
    assert rest("colleague").post(f"{owned}/take").status_code == 403
    assert as_user("colleague").post(f"/leads/{owned}/take").status_code == 403
    assert "Take ownership" not in as_user("colleague").get(f"/leads/{owned}").text
    assert "Take ownership" in as_user("colleague").get(f"/leads/{free}").text
    assert as_user("colleague").post(f"/leads/{free}/take").status_code == 302
    assert api.read(free)["owner_id"] == people["colleague"]
    assert rest("manager1").post(f"{owned}/take").json["owner_id"] == 3
    assert rest("user2").post(f"{free}/take").status_code == 404


def test_a_disabled_owner_counts_as_none(rest, people, disable):
    api = rest()
    lost = api.make(owner_id=people["outsider"], company_id=None)["id"]
    team = api.make(owner_id=people["outsider"], company_id=1)["id"]
    assert seen(rest, lost, ("user1", "manager1")) == set()
    disable("outsider")
    assert seen(rest, lost, ("user1", "manager1")) == {"manager1"}
    assert team in api.ids("?unowned=1")
    assert rest("colleague").post(f"{team}/take").json["owner_id"] == people["colleague"]


@pytest.mark.both_databases
def test_an_heir_owns_what_a_disabled_user_owned_and_the_track_says_so(rest, people, disable, as_user):
    lead = rest().make(owner_id=people["colleague"], company_id=1)["id"]
    disable("colleague", heir="user1")
    now = rest("user1").read(lead)
    assert (now["owner_id"], now["version"]) == (2, 2)
    page = as_user("user1").get(f"/leads/{lead}").text
    assert "colleague" in page[page.index('id="panel-track"') :]
    assert rest("user1").post(f"{lead}/move", json={"progress": 20}).status_code == 200


def test_editing_and_moving_ask_for_the_owner_with_cw_or_for_cm(rest, people, as_user):
    lead = rest().make(owner_id=2, company_id=1)["id"]
    for login, answer in (("user1", 200), ("manager1", 200), ("colleague", 403), ("user2", 404), ("outsider", 404)):
        assert rest(login).post(f"{lead}/move", json={"progress": 40}).status_code == answer, login
        rest(login).change(lead, answer, phone="+34 600 000 000")
        assert as_user(login).get(f"/leads/{lead}/edit").status_code == answer
        assert as_user(login).post(f"/leads/{lead}/move", data={"stage": "20"}).status_code == (302 if answer == 200 else answer)


def test_deleting_asks_for_cm_and_creating_for_cw(rest):
    lead = rest("user1").make()["id"]
    assert rest("user1").delete(lead).status_code == 403
    assert rest("manager1").delete(lead).status_code == 204
    rest("user2").make(404)


def test_a_moved_card_changes_nothing_when_it_is_refused(rest, people, as_user):
    lead = rest().make(owner_id=2, company_id=1, progress=20)
    client = as_user("colleague")
    assert client.post(f"/leads/{lead['id']}/move", data={"stage": "40"}, headers={"Accept": "application/json"}).status_code == 403
    own = as_user("user1").post(f"/leads/{lead['id']}/move", data={"stage": "41"}, headers={"Accept": "application/json"})
    assert own.status_code == 422
    assert "There is no stage 41" in own.json["detail"]
    assert list(rest("user1").post(f"{lead['id']}/move", json={"progress": "40"}).json["errors"]) == ["progress"]
    assert rest().read(lead["id"]) == lead


@pytest.mark.both_databases
def test_a_possible_duplicate_is_named_only_to_who_sees_the_first(rest, people, work, as_user):
    with work("admin"):
        from core.db import db
        from plugins.leads.models import Lead

    first = rest().make(owner_id=people["outsider"], company_id=None)["id"]
    second = rest().make(owner_id=2, company_id=1)["id"]
    with work("admin"):
        db.session.get(Lead, second).duplicate_of_id = first
    assert rest().read(second)["duplicate_of_id"] == first
    assert rest("user1").read(second)["duplicate_of_id"] is None
    assert f"Possible duplicate of lead #{first}" in as_user("admin").get(f"/leads/{second}").text
    assert "Possible duplicate" not in as_user("user1").get(f"/leads/{second}").text
