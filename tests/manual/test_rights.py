"""Permissions of the CRM: what profiles allow, and how access follows from companies; the manual's case, step by step."""

import pytest
from werkzeug.datastructures import MultiDict

from core.db import db
from core.identity.models import User
from core.identity.profiles import create_profile, find_profiles, set_profiles
from core.testing.contracts.html import Page
from plugins.companies.services import set_own_company

from .promises import menu, promise

OURS, A, B = 1, 2, 3
SEES, CHANGES, NOTHING = "sees", "changes", "nothing"


@pytest.fixture
def towards(as_user, send):
    """What somebody can do to a company: a look at its page, and a change that he sends."""

    def towards(login, company):
        client = as_user(login)
        if client.get(f"/companies/{company}").status_code == 404:
            assert client.get(f"/companies/{company}/edit").status_code == 404
            return NOTHING
        if client.get(f"/companies/{company}/edit").status_code == 403:
            assert client.post(f"/companies/{company}/edit", data={"name": "Taken over"}).status_code == 403
            return SEES
        assert send(client, f"/companies/{company}/edit", comments=f"By {login}").status_code == 302
        assert f"By {login}" in client.get(f"/companies/{company}").text
        return CHANGES

    return towards


@pytest.fixture
def profile(work, world):
    """`profile("user1", "CRM manager")` gives somebody this profile and no other."""

    def profile(login, *names):
        with work():
            set_profiles(db.session.get(User, world.users[login]), [(found.id, None) for found in find_profiles(names)])

    return profile


def matrix(page):
    """The form of Setup → Profiles that ticks permissions."""
    return next(form for form in page.forms if form.action == "/setup/profiles")


@promise("Permissions / Profiles", "Profiles hold the permissions of the CRM: view, write, manage", page="/setup/profiles")
def test_profiles_hold_view_write_and_manage(world, as_user):
    page = Page(as_user("admin").get("/setup/profiles").text)
    assert {code for _name, code in matrix(page).pairs} >= {"CR", "CW", "CM"}
    for words in ("Standard user", "CRM manager", "Support", "CR", "CW", "CM"):
        assert words in page.text, words


@promise("Permissions / Profiles", "CRM View alone shows and changes nothing", page="/companies/new")
def test_view_alone_changes_nothing(world, work, as_user, towards):
    with work():
        viewer = create_profile("Viewer", ["CR"])
        set_profiles(db.session.get(User, world.users["user1"]), [(viewer.id, None)])
    assert (towards("user1", A), towards("user1", B)) == (SEES, SEES)
    assert as_user("user1").get("/companies/new").status_code == 403


@promise("Permissions / Companies", "Access to everything comes from companies: the manager of one changes it", page="/companies/2/edit")
def test_the_manager_changes_his_company(world, towards):
    assert towards("user1", A) == CHANGES


@promise("Permissions / Companies", "Who belongs to the same company as the manager sees it", page="/companies/3")
def test_colleagues_of_the_manager_see_it(world, towards):
    assert towards("user1", B) == SEES


@promise("Permissions / Companies", "Only with CRM Manage colleagues change it as well", page="/companies/3/edit")
def test_only_with_manage_colleagues_change_it(world, profile, towards):
    profile("user1", "CRM manager")
    assert towards("user1", B) == CHANGES
    profile("user1", "Standard user")
    assert towards("user1", B) == SEES


@promise("Permissions / Companies", "Who belongs to another company than the manager sees nothing of it", page="/companies/")
def test_people_of_other_companies_see_nothing_of_it(world, work, profile, towards):
    with work():
        set_own_company(world.users["user2"], None)
    profile("user2", "CRM manager")
    assert (towards("user2", A), towards("user2", B)) == (NOTHING, NOTHING)


@promise("Permissions / Companies", "Associated users see a company; to change it, it takes its manager or a colleague of his", page="/companies/3/edit",
         differently="The manual gives associated users access without saying which; it names the manager, and with CRM Manage his colleagues, as "
         "those who modify. So an associated user sees and does not change.")  # fmt: skip
def test_associated_users_see_and_do_not_change(world, work, as_user, send, profile, towards):
    with work():
        set_own_company(world.users["user2"], None)
    profile("user2", "CRM manager")
    send(as_user("manager1"), f"/companies/{B}/edit", associate_ids=[str(world.users["user2"])])
    assert towards("user2", B) == SEES


@promise("Permissions / The manual's case", "User #1 (CRM View and Write) sees and changes Customer #A, whose manager he is", page="/companies/2/edit")
def test_user_1_changes_customer_a(world, towards):
    assert towards("user1", A) == CHANGES


@promise("Permissions / The manual's case", "User #1 sees Customer #B, whose manager is of his company, and changes nothing", page="/companies/3")
def test_user_1_sees_customer_b(world, towards):
    assert towards("user1", B) == SEES


@promise("Permissions / The manual's case", "Manager #1 (with CRM Manage) sees and changes both", page="/companies/3/edit")
def test_manager_1_changes_both(world, towards):
    assert (towards("manager1", A), towards("manager1", B)) == (CHANGES, CHANGES)


@promise("Permissions / The manual's case", "User #2 of Customer #A sees nothing: he has no access to the CRM", page="/companies/")
def test_user_2_has_no_crm(world, as_user, towards):
    assert {towards("user2", company) for company in (OURS, A, B)} == {NOTHING}
    assert not {"Company", "Contacts", "Contract", "Invoices", "Leads"} & set(menu(as_user("user2"), "/"))
    assert as_user("user2").get("/companies/").status_code == 404


@promise("Permissions / The manual's case", "Step by step: profile CM, users, companies, and what each then sees", page="/setup/profiles",
         differently="The manual gives user1 the profile Standard user twice. The second time it must be manager1, with the profile CM as well: else "
         "nobody of the case could change what a colleague manages.")  # fmt: skip
def test_the_manuals_case_step_by_step(app, as_user, make, send, towards):
    admin = as_user("admin")
    assert admin.post("/setup/profiles/new", data={"name": "CM"}).status_code == 302
    with app.app_context():
        ids = {found.name: found.id for found in find_profiles(["CM", "Standard user", "Support"])}
    form = matrix(Page(admin.get("/setup/profiles").text))
    assert admin.post("/setup/profiles", data=MultiDict([*form.pairs, (f"p{ids['CM']}", "CM")])).status_code == 302
    ours = make(admin, "/companies", name="My Company", parent_id="").rpartition("/")[2]

    def user(login, company, *profiles):
        more = {"profile_id": [str(ids[name]) for name in profiles], "group_id": [""] * len(profiles)}
        return make(admin, "/setup/users", login=login, name=login, company_id=company, **more).rpartition("/")[2]

    user1 = user("user1", ours, "Standard user")
    manager1 = user("manager1", ours, "Standard user")
    assert send(admin, f"/setup/users/{manager1}", profile_id=[str(ids["Standard user"]), str(ids["CM"])], group_id=["", ""]).status_code == 302
    a = make(admin, "/companies", name="Customer #A", manager_id=user1, parent_id=ours).rpartition("/")[2]
    b = make(admin, "/companies", name="Customer #B", manager_id=manager1, parent_id=ours).rpartition("/")[2]
    user("user2", a, "Support")
    assert {login: (towards(login, a), towards(login, b)) for login in ("user1", "manager1", "user2")} == {
        "user1": (CHANGES, SEES), "manager1": (CHANGES, CHANGES), "user2": (NOTHING, NOTHING),
    }  # fmt: skip


@promise("Permissions / Reasons", "Every record says who sees and changes it, and by which rule", page="/companies/2/access")
def test_each_company_says_who_sees_it_and_why(world, as_user):
    text = Page(as_user("user1").get(f"/companies/{A}/access").text).text
    for words in ("user1", "manager1", "Manager of the company", "Belongs to the manager's own company"):
        assert words in text, words


@promise("Permissions / Companies", "Before a user's own company is changed, it is said who loses sight of what", page="/setup/users/3")
def test_who_loses_sight_by_another_own_company_is_said_before(world, as_user, api_as):
    admin, address = as_user("admin"), f"/setup/users/{world.users['manager1']}"
    form = next(form for form in Page(admin.get(address).text).forms if "company_id" in form.controls)
    asked = admin.post(address, data=form.data.to_dict(flat=False) | {"company_id": [""], "name": ["Mona"]})
    assert asked.status_code == 409
    for words in ("Mona no longer sees one company: Customer #A.", "No longer see what Mona manages: user1."):
        assert words in Page(asked.text).text
    assert as_user("user1").get(f"/companies/{B}").status_code == 200
    form = next(form for form in Page(asked.text).forms if "company_id" in form.controls)
    assert (form.data["name"], form.data["company_id"]) == ("Mona", "")
    assert admin.post(address, data=form.data).status_code == 302
    assert [as_user("user1").get(f"/companies/{B}").status_code, as_user("manager1").get(f"/companies/{A}").status_code] == [404, 404]


@promise("Permissions / Companies", "REST asks the same before a user's own company changes, and does it once that is confirmed", page="/api/v1/users/3")
def test_rest_asks_before_an_own_company_changes(world, api_as):
    api, address = api_as("admin"), f"/api/v1/users/{world.users['manager1']}"
    asked = api.patch(address, json={"company_id": A})
    assert asked.status_code == 409
    assert "No longer see what manager1 manages: user1." in asked.json["detail"]
    assert api.get(address).json["company_id"] == OURS
    assert api.patch(f"{address}?confirm=sight", json={"company_id": A}).json["company_id"] == A
    assert api.patch(address, json={"company_id": A}).status_code == 200


@promise("Permissions / Companies", "Before an heir of another company gets what a disabled user managed, it is said who loses sight of it",
         page="/setup/users/3/disable")  # fmt: skip
def test_who_loses_sight_by_an_heir_is_said_before(world, as_user, api_as):
    admin, api, heir = as_user("admin"), api_as("admin"), world.users["user2"]
    place, page = f"/api/v1/users/{world.users['manager1']}", f"/setup/users/{world.users['manager1']}/disable"
    by_rest = api.patch(place, json={"disabled": True, "heir_id": heir})
    assert (by_rest.status_code, by_rest.json["detail"]) == (409, "No longer see what manager1 manages: user1.")
    asked = admin.post(page, data={"heir": "user2"})
    assert asked.status_code == 409
    assert "No longer see what manager1 manages: user1." in Page(asked.text).text
    assert api.get(place).json["disabled"] is False
    form = next(form for form in Page(asked.text).forms if "heir" in form.controls)
    assert admin.post(page, data=form.data).status_code == 302
    assert (api.get(place).json["disabled"], api.get(f"/api/v1/companies/{B}").json["manager_id"]) == (True, heir)
