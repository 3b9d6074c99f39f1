"""Who may come to REST: tokens, scopes, states of plugins, Visibility."""

import pytest

from core.web.api.plurals import plurals


@pytest.mark.parametrize("key", ["", "Bearer ", "Bearer crt_wrong", "Basic YTpi", "Bearer " + "x" * 500, "crt_x"])
@pytest.mark.parametrize(
    "path", ["/api/v1/gadgets", "/api/v1/gadgets/1", "/api/v1/nothing", "/api/", "/api/v1/openapi.json", "/api/v1/users"]
)
def test_without_a_good_token_every_address_asks_for_one(client, key, path):
    client.csrf = False
    answers = [client.get(path, headers={"Authorization": key}), client.post(path, json={}, headers={"Authorization": key})]
    assert [a.status_code for a in answers] == [401, 401]
    assert answers[0].mimetype == "application/problem+json"
    assert answers[0].headers["WWW-Authenticate"].startswith("Bearer")


def test_the_session_of_a_browser_is_no_key_to_rest(as_user, people):
    assert as_user("admin").get("/api/v1/gadgets").status_code == 401


def test_a_revoked_token_and_one_of_a_disabled_user_open_nothing(user1, api_as, people, work):
    from core.identity.services import disable_user, enable_user, find_user, revoke_token, tokens_of

    assert user1.get("/api/v1/gadgets").status_code == 200
    with work():
        disable_user(find_user("user1"))
    assert user1.get("/api/v1/gadgets").status_code == 401
    with work():
        enable_user(find_user("user1"))
    assert user1.get("/api/v1/gadgets").status_code == 401
    other = api_as("manager1")
    with work():
        revoke_token(tokens_of(people["manager1"])[0].id, user_id=people["manager1"])
    assert other.get("/api/v1/gadgets").status_code == 401


def test_a_token_to_read_writes_nothing_and_one_to_write_reads_nothing(api_as, people, make):
    where = f"/api/v1/gadgets/{make()['id']}"
    reader, writer = api_as("user1", scopes=("read",)), api_as("user1", scopes=("write",))
    assert reader.get(where).status_code == 200
    refused = [
        reader.post("/api/v1/gadgets", json={"name": "x"}),
        reader.patch(where, json={}),
        reader.delete(where),
        reader.post(f"{where}/lock"),
    ]
    assert [a.status_code for a in refused] == [403] * 4
    assert [writer.get(where).status_code, writer.get("/api/v1/gadgets").status_code] == [403, 403]
    assert writer.patch(where, json={"notes": "x"}).status_code == 200


def test_a_token_to_create_leads_opens_nothing_else(api_as, people, make):
    where = f"/api/v1/gadgets/{make()['id']}"
    form = api_as("user1", scopes=("leads:create",))
    calls = [form.get(where), form.get("/api/v1/gadgets"), form.post("/api/v1/gadgets", json={"name": "x"}), form.patch(where, json={})]
    assert [a.status_code for a in [*calls, form.delete(where), form.get("/api/v1/leads"), form.post(f"{where}/lock")]] == [403] * 7


def test_a_token_that_only_creates_is_limited_per_address(api_as, people, app):
    app.extensions["cartera"].parts["rest"]["leads"], before = (
        app.extensions["cartera"].parts["rest"]["gadgets"],
        app.extensions["cartera"].parts["rest"].get("leads"),
    )
    try:
        form = api_as("user1", scopes=("leads:create",))
        codes = [form.post("/api/v1/leads", json={"name": f"n{n}"}).status_code for n in range(31)]
        late = form.post("/api/v1/leads", json={"name": "late"})
    finally:
        app.extensions["cartera"].parts["rest"]["leads"] = before
    assert codes == [201] * 30 + [429]
    assert late.json["status"] == 429
    assert 1 <= int(late.headers["Retry-After"]) <= 60


def test_a_disabled_plugin_is_as_if_it_never_was(user1, admin, app, make):
    made = make()
    states = app.extensions["cartera"].addons.states
    with app.app_context():
        states.set_state("gadgets", "disabled", None)
    try:
        for caller in (user1, admin):
            never = caller.get("/api/v1/nothing")
            for path in ("/api/v1/gadgets", f"/api/v1/gadgets/{made['id']}", "/api/v1/gadget-makers", "/api/v1/gadgets/1/lock"):
                answer = caller.get(path)
                assert (answer.status_code, answer.data) in ((404, never.data), (405, answer.data))
            assert caller.get("/api/v1/gadgets").data == never.data
            assert "/gadgets" not in caller.get("/api/v1/openapi.json").json["paths"]
    finally:
        with app.app_context():
            states.set_state("gadgets", "enabled", None)
    assert user1.get(f"/api/v1/gadgets/{made['id']}").json == made


def test_a_hidden_plugin_answers_superadmins_only(user1, admin, app, make):
    make()
    states = app.extensions["cartera"].addons.states
    with app.app_context():
        states.set_state("gadgets", "hidden", None)
    try:
        assert user1.get("/api/v1/gadgets").status_code == 404
        assert user1.get("/api/v1/gadget-makers").status_code == 404
        assert admin.get("/api/v1/gadgets").status_code == 200
        assert admin.get("/api/v1/gadget-makers").status_code == 200
    finally:
        with app.app_context():
            states.set_state("gadgets", "enabled", None)


def test_what_visibility_hides_rest_hides(user1, admin, work, make):
    from core.visibility.services import set_visibility

    make()
    with work():
        set_visibility("plugin:gadgets", None, "hidden")
    assert user1.get("/api/v1/gadgets").status_code == 404
    assert admin.get("/api/v1/gadgets").status_code == 200


def test_no_address_answers_options_or_a_method_that_it_has_not(user1, make):
    make()
    assert user1.options("/api/v1/gadgets").status_code in (403, 405)
    answer = user1.put("/api/v1/gadgets")
    assert (answer.status_code, answer.json["status"]) == (405, 405)
    assert user1.head("/api/v1/gadgets").status_code == 200


def test_two_record_types_can_not_share_a_plural():
    class Type:
        rest = True

        def __init__(self, name, url):
            self.name, self.url = name, url

    with pytest.raises(ValueError, match=r"b\.box.*a\.box.*boxes"):
        plurals([Type("a.box", "/boxes"), Type("b.box", "/boxes")])
    with pytest.raises(ValueError, match="users"):
        plurals([Type("a.user", "/users")])
    assert list(plurals([Type("companies.company", "/companies"), Type("companies.role", "/companies/roles")])) == [
        "companies",
        "company-roles",
    ]
