"""REST on users and profiles: for superadmins, and nothing of it for anybody else."""

import pytest

SECRET = "gravel under a wide sky"


@pytest.mark.parametrize("path", ["/api/v1/users", "/api/v1/users/1", "/api/v1/profiles", "/api/v1/profiles/1"])
def test_only_superadmins_find_people(user1, api_as, path):
    for caller in (user1, api_as("manager1"), api_as("user2")):
        assert caller.get(path).data == caller.get("/api/v1/nothing").data


@pytest.mark.both_databases
def test_a_user_is_made_read_changed_and_disabled(admin, people, user1):
    sent = {
        "login": "eva",
        "name": "Eva",
        "email": "eva@example.com",
        "password": SECRET,
        "profiles": ["Standard user", {"profile": "CRM manager"}],
        "language": "es",
    }
    answer = admin.post("/api/v1/users", json=sent)
    assert answer.status_code == 201, answer.text
    eva = answer.json
    assert answer.headers["Location"] == f"/api/v1/users/{eva['id']}"
    assert (eva["login"], eva["language"], eva["disabled"], eva["maker_id"]) == ("eva", "es", False, None)
    assert [(p["profile"], p["group_id"]) for p in eva["profiles"]] == [("Standard user", None), ("CRM manager", None)]
    assert SECRET not in answer.text
    assert not {"password", "password_hash", "api_password"} & set(eva)
    assert admin.get(f"/api/v1/users/{eva['id']}").json == eva
    changed = admin.patch(
        f"/api/v1/users/{eva['id']}", json={"name": "Eva María", "profiles": eva["profiles"][:1], "timezone": "Europe/Madrid"}
    ).json
    assert (changed["name"], len(changed["profiles"]), changed["timezone"], changed["login"]) == ("Eva María", 1, "Europe/Madrid", "eva")
    gone = admin.patch(f"/api/v1/users/{people['user1']}", json={"disabled": True, "heir_id": eva["id"]})
    assert (gone.status_code, gone.json["disabled"]) == (200, True)
    assert user1.get("/api/v1/gadgets").status_code == 401
    assert admin.patch(f"/api/v1/users/{people['user1']}", json={"disabled": False}).json["disabled"] is False
    assert admin.delete(f"/api/v1/users/{eva['id']}").status_code == 405


def test_a_field_that_a_plugin_adds_to_users_is_read_and_written(admin, people):
    maker = admin.post("/api/v1/gadget-makers", json={"name": "Acme"}).json["id"]
    where = f"/api/v1/users/{people['user1']}"
    assert admin.patch(where, json={"maker_id": maker}).json["maker_id"] == maker
    assert admin.patch(where, json={"maker_id": 999}).json["errors"]["maker_id"] == ["“999” was not found."]
    assert admin.patch(where, json={"maker_id": None}).json["maker_id"] is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"login": ""}, "login"),
        ({"login": "a b"}, "login"),
        ({"login": "USER1"}, "login"),
        ({}, "login"),
        ({"login": 5}, "login"),
        ({"login": "x", "password": "short"}, "password"),
        ({"login": "x", "email": "no"}, "email"),
        ({"login": "x", "language": "xx"}, "language"),
        ({"login": "x", "profiles": ["Nobody"]}, "profiles"),
        ({"login": "x", "profiles": [99]}, "profiles"),
        ({"login": "x", "profiles": 1}, "profiles"),
        ({"login": "x", "superadmn": True}, "superadmn"),
        ({"login": "x", "id": 1}, "id"),
        ({"login": "x", "password_hash": "x"}, "password_hash"),
        ({"login": "x", "api_without_password": True}, "api_addresses"),
        ({"login": "x", "superadmin": "maybe"}, "superadmin"),
        ({"login": "x", "heir_id": 999}, "heir_id"),
        ({"login": "x", "disabled": True}, "disabled"),
        ({"login": "x", "api_addresses": "1.2.3.4"}, "api_addresses"),
    ],
)
def test_what_can_not_be_taken_is_said_by_field(admin, people, sent, field):
    answer = admin.post("/api/v1/users", json=sent)
    assert answer.status_code == 422, answer.text
    assert field in answer.json["errors"]
    assert len(admin.get("/api/v1/users").json["items"]) == len(people)


def test_the_last_superadmin_stays(admin, people):
    assert admin.patch(f"/api/v1/users/{people['admin']}", json={"superadmin": False}).status_code == 409
    assert admin.patch(f"/api/v1/users/{people['admin']}", json={"disabled": True}).status_code == 409


def test_users_are_found_by_text_login_and_state_and_paged(admin, people):
    def logins(query):
        return [u["login"] for u in admin.get(f"/api/v1/users?{query}").json["items"]]

    assert logins("q=manager1") == ["manager1"]
    assert logins("login=USER1") == ["user1"]
    assert logins("disabled=1") == []
    page = admin.get("/api/v1/users?limit=3").json
    assert len(page["items"]) == 3
    assert admin.get(f"/api/v1/users?limit=3&cursor={page['next']}").json == {
        "items": admin.get(f"/api/v1/users/{people['user2']}").json and [admin.get(f"/api/v1/users/{people['user2']}").json],
        "next": None,
    }
    for query in ("limit=0", "cursor=x", "page=2", "disabled=maybe", "limit=1%00"):
        assert admin.get(f"/api/v1/users?{query}").status_code == 400


def test_profiles_are_made_changed_and_deleted_while_nobody_has_them(admin, people):
    made = admin.post("/api/v1/profiles", json={"name": "Boss", "permissions": ["CM"]})
    assert (made.status_code, made.json["permissions"]) == (201, ["CR", "CW", "CM"])
    where = f"/api/v1/profiles/{made.json['id']}"
    assert admin.patch(where, json={"permissions": ["CR"]}).json == {"id": made.json["id"], "name": "Boss", "permissions": ["CR"]}
    assert admin.post("/api/v1/profiles", json={"name": "boss"}).status_code == 422
    assert admin.post("/api/v1/profiles", json={"name": "x", "permissions": ["XX"]}).status_code == 422
    assert admin.post("/api/v1/profiles", json={"nam": "x"}).status_code == 422
    assert admin.delete(where).status_code == 204
    assert admin.get(where).status_code == 404
    used = next(p for p in admin.get("/api/v1/profiles?q=standard").json["items"])
    assert admin.delete(f"/api/v1/profiles/{used['id']}").status_code == 409
