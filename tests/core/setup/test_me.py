"""Own settings."""

import re

import pytest

from core.db import db
from core.identity import services
from core.identity.models import User
from tests.core.identity.small_app import SECRET, text_of


def me(app, people, login="user1"):
    with app.app_context():
        return db.session.get(User, people[login])


def settings(**changes):
    return {
        "name": "User One",
        "email": "one@example.com",
        "language": "es",
        "timezone": "Europe/Madrid",
        "theme": "dark",
        "density": "comfortable",
        **changes,
    }


def test_a_user_changes_his_name_language_and_looks(app, people, sign_in):
    client = sign_in("user1")
    assert client.post("/me", data=settings()).status_code == 302
    user = me(app, people)
    assert (user.name, user.email, user.language, user.theme, user.density, user.shortcuts) == (
        "User One",
        "one@example.com",
        "es",
        "dark",
        "comfortable",
        False,
    )
    assert client.get("/me").status_code == 200


@pytest.mark.parametrize(
    ("field", "value"), [("email", "nonsense"), ("timezone", "Mars/Base"), ("language", "xx"), ("name", " "), ("theme", "pink")]
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(app, people, sign_in, field, value):
    client = sign_in("user1")
    page = client.post("/me", data=settings(**{field: value}))
    assert page.status_code == 422
    assert f'id="{field}-err"' in page.text
    assert re.search(rf'<(input|select)[^>]*id="{field}"[^>]*', page.text).group(0).count('aria-invalid="true"') == 1
    assert me(app, people).name == "user1"


def test_rights_login_and_password_are_not_among_ones_own_settings(app, people, sign_in):
    client = sign_in("user1")
    before = me(app, people)
    client.post(
        "/me", data=settings(superadmin="y", login="root", disabled="y", password_hash="x", classic_api="y", company_id="1", id="1")
    )
    after = me(app, people)
    assert (after.superadmin, after.login, after.disabled, after.password_hash, after.classic_api) == (
        False,
        "user1",
        False,
        before.password_hash,
        False,
    )


def test_the_buttons_of_the_top_bar_are_remembered(app, people, sign_in):
    client = sign_in("user1")
    assert client.post("/me/look", data={"theme": "dark"}).status_code == 204
    assert client.post("/me/look", data={"density": "comfortable"}).status_code == 204
    assert (me(app, people).theme, me(app, people).density) == ("dark", "comfortable")
    assert client.post("/me/look", data={"theme": "pink"}).status_code == 400


def test_a_new_password_ends_all_other_sessions_and_renews_this_one(app, people, sign_in):
    here, there = sign_in("user1"), sign_in("user1")
    old = here.get_cookie("session").value
    assert here.post("/me/password", data={"current": SECRET, "password": "a better and longer one"}).status_code == 302
    assert (here.get("/").status_code, there.get("/").status_code) == (200, 302)
    assert here.get_cookie("session").value != old
    thief = app.test_client()
    thief.set_cookie("session", old)
    assert thief.get("/").status_code == 302
    assert app.test_client().post("/login", data={"user": "user1", "password": SECRET}).status_code == 401
    assert app.test_client().post("/login", data={"user": "user1", "password": "a better and longer one"}).status_code == 302


@pytest.mark.parametrize(
    ("current", "password", "field"),
    [("wrong", "a better and longer one", "current"), (SECRET, "short", "password"), (SECRET, "", "password")],
)
def test_a_password_that_is_refused_changes_nothing(app, people, sign_in, current, password, field):
    client = sign_in("user1")
    page = client.post("/me/password", data={"current": current, "password": password})
    assert page.status_code == 422
    assert f'id="{field}-err"' in page.text
    assert client.get("/").status_code == 200
    assert app.test_client().post("/login", data={"user": "user1", "password": SECRET}).status_code == 302


def test_guesses_of_the_present_password_count_like_those_at_the_sign_in(app, people, sign_in):
    client = sign_in("user1")
    guess = {"current": "wrong", "password": "a better and longer one"}
    pages = [client.post("/me/password", data=guess).text for _ in range(11)]
    assert "Too many attempts" not in pages[9]
    assert "Too many attempts" in pages[10]
    assert "Too many attempts" in client.post("/me/password", data={**guess, "current": SECRET}).text
    assert app.test_client().post("/login", data={"user": "user1", "password": SECRET}).status_code == 429


def test_hashing_a_new_password_keeps_no_writer_waiting(app, people, sign_in, monkeypatch):
    from core.db import db
    from core.identity import passwords

    began = []
    for module, name in ((passwords, "verify"), (passwords, "hash_password")):
        work = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *a, work=work: (began.append(db.session().info.get("write")), work(*a))[1])
    client = sign_in("user1")
    began.clear()
    assert client.post("/me/password", data={"current": SECRET, "password": "a better and longer one"}).status_code == 302
    assert began == [None, None]




def test_a_token_is_shown_on_one_page_only(app, people, sign_in):
    client = sign_in("user1")
    page = client.post("/me/tokens", data={"name": "script", "scopes": ["read", "write"], "days": "30"})
    key = re.search(r'id="new-token">(crt_[^<]+)<', page.text).group(1)
    assert key not in client.get("/me").text
    with app.app_context():
        assert services.find_token(key).scopes == ["read", "write"]
    wrong = client.post("/me/tokens", data={"name": "", "scopes": [], "days": "999"})
    assert wrong.status_code == 422


def test_a_user_revokes_his_own_tokens_and_nobody_elses(app, people, sign_in):
    mine, foreign = sign_in("user1"), sign_in("boss")
    key = re.search(r">(crt_[^<]+)<", mine.post("/me/tokens", data={"name": "x", "scopes": ["read"], "days": "30"}).text).group(1)
    with app.app_context():
        token_id = services.find_token(key).id
    assert foreign.post(f"/me/tokens/{token_id}/revoke").status_code == 404
    assert mine.post(f"/me/tokens/{token_id}/revoke").status_code == 302
    with app.app_context():
        assert services.find_token(key) is None


def test_own_settings_are_for_who_is_signed_in(app, people):
    client = app.test_client()
    assert client.get("/me").headers["Location"] == "/login?next=/me"
    for path in ("/me", "/me/password", "/me/tokens", "/me/look", "/me/sessions/end", "/me/sessions/x/end", "/me/tokens/1/revoke"):
        assert client.post(path).headers["Location"].startswith("/login")


def test_a_page_of_own_settings_says_which_session_it_is(app, people, sign_in):
    sign_in("user1")
    assert text_of(sign_in("user1").get("/me")).count("This one") == 1
