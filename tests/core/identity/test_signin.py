"""Signing in: one answer for whatever is wrong, a new session id, own pages only, failures counted and nothing else."""

import pytest

from core.db import db, unit_of_work
from core.identity import passwords, services
from core.identity.limits import network_of
from core.identity.models import User
from core.setup import signin
from tests.core.identity.small_app import SECRET, text_of


def enter(client, user, password=SECRET, **more):
    return client.post("/login", data={"user": user, "password": password}, **more)


def cookie(client, name="session"):
    found = client.get_cookie(name)
    return found.value if found else None


def test_a_user_signs_in_by_login_in_any_case_or_by_e_mail(app, people):
    for name in ("user1", " USER1 ", "User1@Example.com"):
        client = app.test_client()
        assert enter(client, name).headers["Location"] == "/"
        assert client.get("/").text == "home of user1"


def test_an_e_mail_of_two_users_signs_in_nobody(app, people):
    with app.app_context(), unit_of_work():
        services.update_user(db.session.get(User, people["user2"]), email="user1@example.com")
    assert enter(app.test_client(), "user1@example.com").status_code == 401
    assert enter(app.test_client(), "user1").status_code == 302


def test_an_empty_name_is_not_the_users_without_e_mail(app, people):
    with app.app_context(), unit_of_work():
        services.create_user("robot", password=SECRET)
    assert enter(app.test_client(), " ").status_code in (400, 401)


def test_the_answer_is_the_same_for_a_wrong_password_an_unknown_and_a_disabled_user(app, people):
    with app.app_context(), unit_of_work():
        services.disable_user(db.session.get(User, people["user2"]))
    said = {text_of(enter(app.test_client(), name, word)) for name, word in (("user1", "x"), ("nobody", "x"), ("user2", SECRET))}
    assert len(said) == 1
    assert "User or password is wrong." in said.pop()


def test_every_refusal_costs_exactly_one_hash_of_the_same_parameters(app, people, monkeypatch):
    with app.app_context(), unit_of_work():
        services.disable_user(db.session.get(User, people["user2"]))
        services.create_user("robot")
    verified = []

    class Counting:
        def __init__(self, real):
            self.real = real

        def __getattr__(self, name):
            return getattr(self.real, name)

        def verify(self, stored, password):
            verified.append(stored.split("$")[3])
            return self.real.verify(stored, password)

    monkeypatch.setattr(passwords, "hasher", Counting(passwords.hasher))
    for name in ("user1", "nobody", "user2", "robot", "nobody@example.com"):
        verified.clear()
        assert enter(app.test_client(), name, "wrong").status_code == 401
        assert verified == ["m=8,t=1,p=1"], name
    verified.clear()
    assert enter(app.test_client(), "user1", "x" * 5000).status_code == 401
    assert len(verified) == 1


def test_a_hash_of_old_parameters_is_made_anew_at_the_next_sign_in(app, people, monkeypatch):
    from argon2 import PasswordHasher

    monkeypatch.setattr(passwords, "hasher", PasswordHasher(time_cost=1, memory_cost=16, parallelism=1))
    assert enter(app.test_client(), "user1").status_code == 302
    with app.app_context():
        assert "m=16," in db.session.get(User, people["user1"]).password_hash
    assert enter(app.test_client(), "user1").status_code == 302


def test_a_session_id_from_before_signing_in_is_worth_nothing_after_it(app, people):
    client = app.test_client()
    client.post("/login/language", data={"lang": "es"})
    before = cookie(client)
    enter(client, "user1")
    after = cookie(client)
    assert before
    assert after != before
    thief = app.test_client()
    thief.set_cookie("session", before)
    assert thief.get("/").status_code == 302
    assert client.get("/").status_code == 200


def test_an_id_that_a_client_made_up_is_never_taken_over(app, people):
    client = app.test_client()
    client.set_cookie("session", "a" * 43)
    enter(client, "user1")
    assert cookie(client) != "a" * 43
    thief = app.test_client()
    thief.set_cookie("session", "a" * 43)
    assert thief.get("/").status_code == 302


def test_signing_out_ends_the_session_in_the_table_too(app, sign_in):
    client = sign_in("user1")
    kept = cookie(client)
    assert client.post("/logout").headers["Location"] == "/login"
    client.set_cookie("session", kept)
    assert client.get("/").status_code == 302


def test_the_page_that_was_asked_for_follows(app, people):
    client = app.test_client()
    asked = client.get("/companies/?q=a%20b")
    assert asked.status_code == 302
    assert enter_at(client, asked.headers["Location"]) == "/companies/?q=a%20b"


def enter_at(client, url):
    return client.post(url, data={"user": "user1", "password": SECRET}).headers["Location"]


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/", "%2f%2fevil.example", "\t//evil.example",
        "/\t/evil.example", "javascript:alert(1)", "///evil.example", "/%2f/evil.example", "/%5cevil.example", "\\\\evil.example",
        "/nothing/there", "/login", "/logout", "http://localhost/", "/companies/\n", "", "companies/", "/%09/evil.example",
    ],
)  # fmt: skip
def test_signing_in_leads_to_own_pages_only(app, people, target):
    answer = app.test_client().post("/login", query_string={"next": target}, data={"user": "user1", "password": SECRET})
    assert answer.headers["Location"] == "/"


def test_ten_failures_make_a_pause_that_tells_how_long(app, people):
    client = app.test_client()
    for left in range(9, -1, -1):
        page = text_of(enter(client, "user1", "wrong"))
        assert ("tries left" in page or "try left" in page) == (0 < left <= 3), (left, page)
    stopped = enter(client, "user1")
    assert stopped.status_code == 429
    assert "Wait 15 minutes, then try again." in text_of(stopped)
    assert 0 < int(stopped.headers["Retry-After"]) <= 900
    assert enter(client, "USER1 ").status_code == 429
    assert enter(client, "boss").status_code == 302


def test_the_title_of_the_page_tells_of_the_failure(app, people):
    client = app.test_client()
    assert client.get("/login").text.startswith("Sign in<")
    assert enter(client, "user1", "wrong").text.startswith("User or password is wrong · Sign in<")


def test_the_pause_comes_for_unknown_users_alike(app, people):
    client = app.test_client()
    for _try in range(10):
        assert enter(client, "nobody", "wrong").status_code == 401
    assert enter(client, "nobody", "wrong").status_code == 429


def test_a_pause_of_one_address_does_not_lock_out_another(app, people):
    for _try in range(10):
        enter(app.test_client(), "user1", "wrong", environ_base={"REMOTE_ADDR": "198.51.100.1"})
    assert enter(app.test_client(), "user1", environ_base={"REMOTE_ADDR": "198.51.100.1"}).status_code == 429
    assert enter(app.test_client(), "user1", environ_base={"REMOTE_ADDR": "198.51.100.2"}).status_code == 302


def test_an_address_has_a_hundred_failures_an_hour_whatever_the_accounts(app, people):
    client = app.test_client()
    for n in range(100):
        assert enter(client, f"guess{n}", "wrong").status_code == 401
    assert enter(client, "guess100", "wrong").status_code == 429
    assert enter(client, "user1").status_code == 429


def test_limits_count_failures_only(app, people):
    for _time in range(15):
        assert enter(app.test_client(), "user1").status_code == 302
    with app.app_context():
        limiter = app.extensions["cartera"].parts["limiter"]
        assert signin.limits.look(limiter, signin.limits.PER_ADDRESS, "signin", "127.0.0.1").left == 100


def test_an_ipv6_household_counts_as_one_address():
    assert network_of("2001:db8:1:2::1") == network_of("2001:db8:1:2:ffff::9") == "2001:db8:1:2::/64"
    assert network_of("::ffff:203.0.113.7") == network_of("203.0.113.7") == "203.0.113.7"
    assert network_of("unix:") == "unix:"


def test_a_window_that_is_over_counts_anew(app, people, monkeypatch):
    from core.identity import limits

    client, now = app.test_client(), limits.time.time()
    for _try in range(10):
        enter(client, "user1", "wrong")
    monkeypatch.setattr(limits.time, "time", lambda: now + 901)
    assert enter(client, "user1", "wrong").status_code == 401
    with app.app_context():
        assert app.extensions["cartera"].parts["limiter"].storage.sweep() == 0


def test_htmx_is_told_to_go_to_the_sign_in_page(app, people):
    with app.test_request_context("/companies/?q=x", headers={"HX-Request": "true"}):
        answer = signin.ask_to_sign_in()
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login?next=/companies/?q%3Dx"


def test_a_post_without_session_leads_back_to_the_page_it_came_from(app):
    with app.test_request_context("/companies/", method="POST", headers={"Referer": "http://localhost/companies/?q=1"}):
        assert signin.ask_to_sign_in().headers["Location"] == "/login?next=/companies/?q%3D1"
    with app.test_request_context("/companies/", method="POST", headers={"Referer": "https://evil.example/x"}):
        assert signin.ask_to_sign_in().headers["Location"] == "/login"


@pytest.mark.parametrize(
    ("own", "chosen", "header", "shown"),
    [
        ("es", None, "en", "es"), (None, "es", "en", "es"), (None, None, "es-MX,en;q=0.5", "es"), (None, None, "fr,de", "en"),
        ("en", "es", "es", "en"), (None, None, "", "en"),
    ],
)  # fmt: skip
def test_the_language_is_the_users_then_the_chosen_then_the_browsers_then_the_sites(ctx, own, chosen, header, shown):
    from core.identity.languages import pick_language

    with ctx.test_request_context(headers={"Accept-Language": header}) as inside:
        assert pick_language(own, chosen, inside.request.accept_languages.values()) == shown


def test_the_language_chosen_before_signing_in_stays(app, people):
    client = app.test_client()
    client.post("/login/language", data={"lang": "es"})
    assert '<option value="es" lang="es" selected>' in client.get("/login").text
    client.post("/login/language", data={"lang": "xx"})
    assert '<option value="es" lang="es" selected>' in client.get("/login").text
    enter(client, "user1")
    with client.session_transaction() as session:
        assert session["language"] == "es"


def test_without_token_nothing_is_posted_and_the_page_says_so(app, people):
    app.config["WTF_CSRF_ENABLED"] = True
    assert enter(app.test_client(), "user1").status_code == 400
    assert app.test_client().post("/logout").status_code == 400


def test_signing_in_does_not_wait_for_who_writes_the_main_database(app, people):
    with app.app_context(), db.engine.connect().execution_options(write=True) as writer, writer.begin():
        assert enter(app.test_client(), "user1").status_code == 302
