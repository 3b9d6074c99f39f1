"""The classic API: who may call, what is answered, what is never said."""

import logging

import pytest

PASSWORD, API_PASSWORD = "gravel under a wide sky", "seven owls on the roof"
CALL = "/include/api.php"


@pytest.fixture
def api_user(people, work):
    """An API user with a password and an API password; the Standard user's rights."""
    from core.identity.services import create_user, find_profiles, set_api_password

    with work():
        (profile,) = find_profiles(["Standard user"])
        user = create_user("api_user", password=PASSWORD, classic_api=True, profiles=[(profile.id, None)])
        set_api_password(user, API_PASSWORD)
        return user.id


@pytest.fixture
def change(work, api_user):
    """`change(classic_api=False)`: another setting of the API user."""

    def update(**values):
        from core.identity.services import find_user, update_user

        with work():
            update_user(find_user("api_user"), **values)

    return update


@pytest.fixture
def call(app):
    """`call(op="…", params="…")` with user and passwords, as query; gives the body. `_address` is where it comes from."""
    from urllib.parse import quote

    def send(_address="127.0.0.1", _method="get", _path=CALL, **fields):
        fields = {"user": "api_user", "user_pass": PASSWORD, "pass": API_PASSWORD} | fields
        query = "&".join(f"{k}={quote(v, safe=',;|%')}" for k, v in fields.items() if v is not None)
        client = app.test_client()
        client.csrf = False
        where = (
            {"path": _path, "query_string": query}
            if _method == "get"
            else {"path": _path, "data": query, "content_type": "application/x-www-form-urlencoded"}
        )
        answer = getattr(client, _method)(where.pop("path"), environ_base={"REMOTE_ADDR": _address}, **where)
        assert answer.status_code == 200
        return answer.text

    return send


@pytest.fixture
def gadgets(admin, work):
    """The gadgets that there are, as (name, notes)."""

    def read():
        from sqlalchemy import select

        from core import record_type
        from core.db import db

        with work():
            model = record_type("gadgets.gadget").model
            return [tuple(row) for row in db.session.execute(select(model.name, model.notes, model.created_by_id).order_by(model.id))]

    return read


@pytest.mark.both_databases
def test_a_right_call_answers_1_and_nothing_else(call, api_user, gadgets):
    assert call(op="create_gadget", params="Ana,Hola%252C qué tal".replace("%25", "%")) == "1"
    assert call(op="create_gadget", params="Eva,por POST", _method="post") == "1"
    assert call(op="create_gadget", params="Iris,con prefijo", _path="/integria/include/api.php") == "1"
    assert gadgets() == [("Ana", "Hola, qué tal", api_user), ("Eva", "por POST", api_user), ("Iris", "con prefijo", api_user)]


def test_the_answer_is_plain_text_or_xml(app, call, api_user):
    assert call(op="say", params="a,b") == "<api_user> a+b"
    assert (
        call(op="say", params="a", return_type="xml")
        == '<?xml version="1.0" encoding="UTF-8"?>\n<xml><data>&lt;api_user&gt; a</data></xml>'
    )
    assert call(op="none", return_type="xml").endswith("<xml><data>0</data></xml>")
    assert app.test_client().get(f"{CALL}?op=x").mimetype == "text/plain"


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "nobody"},
        {"user": None},
        {"user_pass": "wrong"},
        {"pass": "wrong"},
        {"pass": None},
        {"user_pass": None, "pass": None},
        {"op": "none"},
        {"op": None},
        {"user_pass": "crt_wrong"},
        {"params": ""},
        {"params": "forbidden", "op": "explode"},
        {"params": "error", "op": "explode"},
        {"params": "a\x00b"},
        {"params": "x" * 70_000},
        {"user": "\x00"},
        {"user": "user1"},
    ],
)
def test_every_failure_answers_0_and_leaves_nothing(call, api_user, gadgets, wrong):
    assert call(**({"op": "create_gadget", "params": "Ana"} | wrong)) == "0"
    assert gadgets() == []


def test_the_api_password_alone_is_enough_and_the_other_alone_is_not(call, api_user):
    assert call(op="say", user_pass=None) != "0"
    assert call(op="say", user_pass=API_PASSWORD, **{"pass": None}) != "0"
    assert call(op="say", **{"pass": None}) == "0"


def test_a_user_without_api_password_shows_his_own(call, api_user, work):
    from core.identity.services import find_user, set_api_password

    with work():
        set_api_password(find_user("api_user"), None)
    assert call(op="say", **{"pass": None}) != "0"
    assert call(op="say", **{"pass": "whatever"}) != "0"
    assert call(op="say", user_pass="wrong", **{"pass": None}) == "0"


def test_who_is_no_api_user_or_disabled_or_elsewhere_gets_0(call, api_user, change, work):
    from core.identity.services import disable_user, enable_user, find_user

    change(classic_api=False)
    assert call(op="say") == "0"
    change(classic_api=True, api_addresses=["203.0.113.0/24"])
    assert call(op="say") == "0"
    assert call(op="say", _address="203.0.113.9") != "0"
    change(api_addresses=[])
    assert call(op="say") != "0"
    with work():
        disable_user(find_user("api_user"))
    assert call(op="say") == "0"
    with work():
        enable_user(find_user("api_user"))
    assert call(op="say") != "0"


def test_a_form_without_password_may_only_create_and_only_from_its_address(call, api_user, change, gadgets):
    form = {"user_pass": None, "pass": None}
    assert call(op="create_gadget", params="Ana", **form) == "0"
    change(api_without_password=True, api_addresses=["127.0.0.1"])
    assert call(op="create_gadget", params="Ana", **form) == "1"
    assert call(op="say", **form) == "0"
    assert call(op="user_exists", params="admin", **form) == "0"
    assert call(op="explode", params="error", **form) == "0"
    assert call(op="create_gadget", params="Ana", _address="203.0.113.9", **form) == "0"
    assert call(op="create_gadget", params="Ana", user_pass="wrong", **{"pass": None}) == "0"
    assert len(gadgets()) == 1


def test_a_token_stands_for_a_password_within_its_scopes(call, api_user, people, work):
    from core.identity.services import create_token, find_user

    def key(login, *scopes):
        with work():
            return create_token(find_user(login), "t", scopes=scopes).key

    form = key("api_user", "leads:create")
    assert call(op="create_gadget", params="Ana", user_pass=form, **{"pass": None}) == "1"
    assert call(op="create_gadget", params="Ana", user_pass=None, **{"pass": form}) == "1"
    assert call(op="say", user_pass=form, **{"pass": None}) == "0"
    assert call(op="say", user_pass=key("api_user", "read"), **{"pass": None}) != "0"
    assert call(op="create_gadget", params="Ana", user_pass=key("api_user", "read"), **{"pass": None}) == "0"
    assert call(op="create_gadget", params="Ana", user_pass=key("manager1", "write"), **{"pass": None}) == "0"


def test_user_exists_and_version(call, api_user, people):
    assert call(op="user_exists", params="ADMIN") == "1"
    assert call(op="user_exists", params=str(people["user1"])) == "1"
    assert call(op="user_exists", params="nobody") == "0"
    assert call(op="user_exists", params="") == "0"
    assert call(info="version", user=None, user_pass=None, **{"pass": None}).startswith("Cartera ")


def test_a_hidden_module_goes_on_and_a_disabled_one_does_not(call, api_user, app, work):
    from core.visibility.services import set_visibility

    states = app.extensions["cartera"].addons.states
    with work():
        set_visibility("plugin:gadgets", None, "hidden")
    assert call(op="create_gadget", params="Ana") == "1"
    try:
        for state, answer in (("hidden", "1"), ("disabled", "0")):
            with app.app_context():
                states.set_state("gadgets", state, None)
            assert call(op="create_gadget", params="Ana") == answer
    finally:
        with app.app_context():
            states.set_state("gadgets", "enabled", None)


def test_thirty_calls_a_minute_and_address_are_listened_to(call, api_user):
    answers = [call(op="user_exists", params="admin", user_pass=None) for _ in range(33)]
    assert answers == ["1"] * 30 + ["0"] * 3
    assert call(op="user_exists", params="admin", user_pass=None, _address="203.0.113.9") == "1"


def test_after_ten_failures_an_address_waits_and_others_do_not(call, api_user):
    assert [call(op="user_exists", params="admin", **{"pass": "wrong"}) for _ in range(10)] == ["0"] * 10
    assert call(op="user_exists", params="admin") == "0"
    assert call(op="user_exists", params="admin", _address="203.0.113.9") == "1"


def test_a_call_that_waits_for_a_password_keeps_no_writer_waiting(call, api_user, monkeypatch, app):
    from core.db import db
    from core.identity import passwords

    held = []
    verify = passwords.verify
    monkeypatch.setattr(passwords, "verify", lambda *a: held.append(bool(db.session().info.get("write"))) or verify(*a))
    assert call(op="create_gadget", params="Ana", _method="post") == "1"
    assert held == [False, False]


def test_no_secret_stands_in_a_log(call, api_user, caplog, work):
    from core.identity.services import create_token, find_user

    with work():
        token = create_token(find_user("api_user"), "t", scopes=("leads:create",)).key
    with caplog.at_level(logging.DEBUG):
        call(op="create_gadget", params="Ana")
        call(op="create_gadget", params="Ana", user_pass="wrong secret 1")
        call(op="explode", params="error")
        call(op="create_gadget", params="Ana", user_pass=token)
    assert caplog.records
    for secret in (PASSWORD, API_PASSWORD, token, "wrong secret 1"):
        assert secret not in caplog.text


def test_other_methods_make_nothing(app, api_user, gadgets):
    client = app.test_client()
    client.csrf = False
    query = {"user": "api_user", "user_pass": PASSWORD, "pass": API_PASSWORD, "op": "create_gadget", "params": "Ana"}
    client.head(CALL, query_string=query)
    assert client.put(CALL, query_string=query).status_code == 405
    assert gadgets() == []
