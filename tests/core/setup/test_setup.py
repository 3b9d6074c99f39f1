"""Setup's pages: for superadmins; to everybody else they never were."""

import re

import pytest
from sqlalchemy import func, select

from core.access.actors import actor_of
from core.db import db, unit_of_work
from core.identity import services
from core.identity.models import Group, Profile, User, UserProfile
from tests.core.identity.small_app import SECRET, text_of

PAGES = [
    "/setup/",
    "/setup/crm",
    "/setup/users",
    "/setup/users/new",
    "/setup/users/1",
    "/setup/users/1/disable",
    "/setup/users/pick",
    "/setup/profiles",
    "/setup/profiles/new",
    "/setup/profiles/1",
    "/setup/groups",
    "/setup/groups/new",
    "/setup/groups/1",
    "/setup/visibility",
    "/setup/plugins",
]
POSTS = [
    "/setup/users/new",
    "/setup/users/1",
    "/setup/users/1/disable",
    "/setup/users/1/enable",
    "/setup/users/1/sessions/end",
    "/setup/users/1/tokens",
    "/setup/users/1/tokens/1/revoke",
    "/setup/profiles",
    "/setup/profiles/new",
    "/setup/profiles/1",
    "/setup/profiles/1/delete",
    "/setup/groups/new",
    "/setup/groups/1",
    "/setup/groups/1/delete",
    "/setup/visibility",
    "/setup/visibility/default",
    "/setup/plugins/companies",
    "/setup/crm",
]


@pytest.fixture
def ana(sign_in):
    return sign_in("ana")


def ids(app, model):
    with app.app_context():
        return {row.name: row.id for row in db.session.execute(select(model)).scalars()}


def form(**changes):
    return {
        "login": "new.one",
        "name": "New One",
        "email": "",
        "theme": "",
        "density": "compact",
        "shortcuts": "y",
        "password": SECRET,
        **changes,
    }


@pytest.mark.parametrize("path", PAGES)
def test_a_superadmin_sees_each_page(ana, path):
    assert ana.get(path).status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_to_everybody_else_a_page_of_setup_is_what_never_was(app, people, sign_in, path):
    for login in ("user1", "boss", "user2"):
        client = sign_in(login)
        denied, missing = client.get(path), client.get("/setup/nothing/of/the/kind")
        assert denied.status_code == missing.status_code == 404
        assert text_of(denied) == text_of(missing)
    assert app.test_client().get(path).status_code == 302


def test_a_denied_post_changes_no_table(app, people, sign_in):
    def tables():
        with app.app_context():
            return [db.session.execute(select(t).order_by(*t.primary_key)).all() for t in db.metadata.sorted_tables]

    client, before = sign_in("boss"), tables()
    for path in POSTS:
        assert (
            client.post(
                path, data=form(superadmin="y", p1=["CM"], confirm="1", cell="section:crm||hidden", hidden="1", state="disabled")
            ).status_code
            == 404
        ), path
    assert tables() == before


def test_every_view_says_whom_it_is_for(app):
    for endpoint, view in app.view_functions.items():
        if endpoint.split(".")[0] in ("setup", "identity"):
            assert view.__cartera_guard__, endpoint


def test_nothing_is_changed_by_get(app, ana):
    wrong = [
        rule.rule for rule in app.url_map.iter_rules()
        if "GET" in rule.methods and re.search(r"delete|revoke|enable|/end|/token", rule.rule)
    ]  # fmt: skip
    assert wrong == []


def test_a_superadmin_makes_a_user_who_can_sign_in(app, people, ana):
    profile, _group = ids(app, Profile), ids(app, Group)
    answer = ana.post("/setup/users/new", data=form(profile_id=[profile["CRM manager"], ""], group_id=["", ""]))
    assert answer.status_code == 302, text_of(answer)
    with app.app_context():
        user = services.find_user("NEW.ONE")
        assert answer.headers["Location"] == f"/setup/users/{user.id}"
        assert actor_of(user.id).has("CM")
    assert app.test_client().post("/login", data={"user": "new.one", "password": SECRET}).status_code == 302


def test_what_is_wrong_with_a_user_is_told_and_nothing_is_made(app, people, ana):
    page = ana.post("/setup/users/new", data=form(login="user1", email="no", password="short", profile_id=["999"], group_id=[""]))
    assert page.status_code == 422
    assert 'id="login-err"' in page.text
    assert 'id="email-err"' in page.text
    page = ana.post("/setup/users/new", data=form(password="short"))
    assert 'id="password-err"' in page.text
    page = ana.post("/setup/users/new", data=form(profile_id=["999"], group_id=[""]))
    assert page.status_code == 422
    with app.app_context():
        assert services.find_user("new.one") is None


def test_saving_a_user_shows_typed_values_again_and_never_a_password(app, people, ana):
    page = ana.post("/setup/users/new", data=form(login="a b", name="Typed Name"))
    assert 'value="Typed Name"' in page.text
    assert SECRET not in page.text


def test_a_user_is_edited_with_profiles_and_an_own_group(app, people, ana):
    profile = ids(app, Profile)
    assert ana.post("/setup/groups/new", data={"name": "Sales"}).status_code == 302
    sales = ids(app, Group)["Sales"]
    values = form(
        login="user1", name="Renamed", profile_id=[profile["Support"], profile["Standard user"]], group_id=[sales, ""], password=""
    )
    assert ana.post(f"/setup/users/{people['user1']}", data=values).status_code == 302
    with app.app_context():
        assert db.session.get(User, people["user1"]).name == "Renamed"
        assert (
            db.session.execute(select(func.count()).select_from(UserProfile).where(UserProfile.user_id == people["user1"])).scalar_one()
            == 2
        )
        assert sales in actor_of(people["user1"]).groups
    page = ana.get(f"/setup/users/{people['user1']}").text
    assert page.count("selected") >= 2


def test_a_new_password_by_a_superadmin_signs_the_user_out(app, people, ana, sign_in):
    client = sign_in("user1")
    ana.post(f"/setup/users/{people['user1']}", data=form(login="user1", password="quite another sentence"))
    assert client.get("/").status_code == 302


def test_the_last_superadmin_stays_one(app, people, ana):
    page = ana.post(f"/setup/users/{people['ana']}", data=form(login="ana", password=""))
    assert page.status_code == 422
    assert "last superadmin" in text_of(page)
    assert ana.post(f"/setup/users/{people['ana']}/disable").status_code == 422
    assert ana.get("/setup/").status_code == 200


def test_a_user_is_disabled_with_an_heir_and_let_in_again(app, people, ana, sign_in):
    client, address = sign_in("user1"), f"/setup/users/{people['user1']}"
    for heir in ("nobody", "user1"):
        page = ana.post(f"{address}/disable", data={"heir": heir})
        assert page.status_code == 422
        assert 'id="heir-err"' in page.text
    assert client.get("/").status_code == 200
    assert ana.post(f"{address}/disable", data={"heir": "BOSS"}).status_code == 302
    assert client.get("/").status_code == 302
    assert "Disabled" in text_of(ana.get(address))
    assert ana.post(f"{address}/enable").status_code == 302
    assert app.test_client().post("/login", data={"user": "user1", "password": SECRET}).status_code == 302
    assert client.get("/").status_code == 302


def test_a_superadmin_ends_sessions_and_tokens_of_others(app, people, ana, sign_in):
    one, two, address = sign_in("user1"), sign_in("user1"), f"/setup/users/{people['user1']}"
    key = re.search(r'name="key" value="([0-9a-f]{64})"', ana.get(address).text).group(1)
    assert ana.post(f"{address}/sessions/end", data={"key": key}).status_code == 302
    assert sorted((one.get("/").status_code, two.get("/").status_code)) == [200, 302]
    assert ana.post(f"{address}/sessions/end").status_code == 302
    assert (one.get("/").status_code, two.get("/").status_code) == (302, 302)
    made = ana.post(f"{address}/tokens", data={"name": "robot", "scopes": ["read"], "days": "10"})
    token = re.search(r'id="new-token">(crt_[^<]+)<', made.text).group(1)
    with app.app_context():
        token_id = services.find_token(token).id
    assert ana.post(f"/setup/users/{people['boss']}/tokens/{token_id}/revoke").status_code == 404
    assert ana.post(f"{address}/tokens/{token_id}/revoke").status_code == 302
    with app.app_context():
        assert services.find_token(token) is None


def test_the_list_of_users_is_searched_without_case_and_accents_and_literally(app, people, ana):
    with app.app_context(), unit_of_work():
        services.create_user("jose", name="José Núñez")
        services.create_user("percent", name="100 % sure_")
    for q, login in (("NUNEZ", "jose"), ("%", "percent"), ("e_", "percent"), ("boss@", "boss")):
        page = text_of(ana.get("/setup/users", query_string={"q": q}))
        assert login in page, q
        assert "user1" not in page, q
    assert "No user fits." in text_of(ana.get("/setup/users?q=zzz"))


def test_the_list_of_users_is_paged_both_ways(app, people, ana):
    with app.app_context(), unit_of_work():
        for n in range(120):
            services.create_user(f"p{n:03}", name=f"Person {n % 7} {n}")
    seen, url = [], "/setup/users"
    for _page in range(3):
        text = ana.get(url).text
        seen.append(re.findall(r'data-id="(\d+)"', text))
        found = re.search(r'rel="next" href="([^"]+)"', text)
        url = found.group(1).replace("&amp;", "&") if found else None
    assert [len(page) for page in seen] == [50, 50, 24]
    assert len({i for page in seen for i in page}) == 124
    assert url is None
    back = re.search(r'rel="prev" href="([^"]+)"', text).group(1)
    assert re.findall(r'data-id="(\d+)"', ana.get(back).text) == seen[1]
    for odd in ("after=0", "after=-1", "after=99999999999999", "before=x", "after=1&before=2"):
        assert ana.get(f"/setup/users?{odd}").status_code == 200


def test_a_change_of_a_profile_says_who_gains_and_who_loses_before_it_is_saved(app, people, ana):
    p = ids(app, Profile)
    ticks = {f"p{p['Standard user']}": ["CM"], f"p{p['CRM manager']}": ["CR"], f"p{p['Support']}": []}
    asked = ana.post("/setup/profiles", data=ticks)
    assert "Standard user , 1 person: gain CM" in text_of(asked)
    assert "CRM manager , 1 person: lose CM, CW" in text_of(asked)
    with app.app_context():
        assert not actor_of(people["user1"]).has("CM")
    assert ana.post("/setup/profiles", data={**ticks, "confirm": "1"}).status_code == 302
    with app.app_context():
        assert actor_of(people["user1"]).permissions == {"CR", "CW", "CM"}
        assert actor_of(people["boss"]).permissions == {"CR"}


def test_a_profile_that_nobody_has_is_saved_without_a_question(app, people, ana):
    ana.post("/setup/profiles/new", data={"name": "Extra"})
    p = ids(app, Profile)
    have = {"Standard user": ["CR", "CW"], "CRM manager": ["CR", "CW", "CM"], "Support": [], "Extra": ["CW"]}
    assert ana.post("/setup/profiles", data={f"p{p[name]}": codes for name, codes in have.items()}).status_code == 302
    with app.app_context():
        assert db.session.get(Profile, p["Extra"]).permissions == ["CR", "CW"]


def test_a_profile_or_group_in_use_is_not_deleted(app, people, ana):
    p = ids(app, Profile)
    refused = ana.post(f"/setup/profiles/{p['Support']}/delete")
    assert refused.status_code == 409
    assert "1 person has this profile." in text_of(refused)
    assert ana.post(f"/setup/groups/{ids(app, Group)['All']}/delete").status_code == 409
    ana.post("/setup/groups/new", data={"name": "Sales"})
    assert ana.post("/setup/groups/new", data={"name": " sales"}).status_code == 422
    group = ids(app, Group)["Sales"]
    assert ana.post(f"/setup/groups/{group}", data={"name": "Ventas"}).status_code == 302
    assert ana.post(f"/setup/groups/{group}/delete").status_code == 302
    assert "Ventas" not in ids(app, Group)


def test_pickers_offer_twenty_users_who_are_not_disabled(app, people, ana):
    with app.app_context(), unit_of_work():
        services.disable_user(db.session.get(User, people["user2"]))
    assert [item["value"] for item in ana.get("/setup/users/pick?q=USER").json["items"]] == ["user1"]


def test_groups_say_what_they_are_good_for_and_nothing_that_nobody_can_set(app, ana):
    """Sharing searches with a group is told of once some page or call can do it."""
    can_share = any("share" in rule.rule or "share" in rule.endpoint for rule in app.url_map.iter_rules())
    for path in ("/setup/groups", "/setup/groups/1", "/setup/visibility", "/setup/"):
        assert can_share or "shared" not in text_of(ana.get(path)), path
