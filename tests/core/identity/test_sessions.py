"""Sessions: what the cookie is, how long they live, who ends them, and what they cost."""

from datetime import timedelta

import pytest
from flask import session
from sqlalchemy import event, select, update

from core.db import db, unit_of_work, utcnow
from core.db.runtime import sessions
from core.identity import services, session_store
from core.identity.models import User
from core.identity.session_store import micros, sessions_of, sweep
from core.identity.sessions import ServerSessions, key_of
from tests.core.identity.small_app import SECRET


def engine_of(app):
    return app.extensions["cartera"].parts["runtime_engine"]


def rows(app):
    with engine_of(app).connect() as connection:
        return connection.execute(select(sessions)).all()


def age(app, *, seen=None, created=None):
    """Make all sessions older."""
    changes = {}
    if seen is not None:
        changes["seen_at"] = sessions.c.seen_at - micros(seen)
    if created is not None:
        changes["created_at"] = sessions.c.created_at - micros(created)
    with engine_of(app).connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(sessions).values(**changes))


@pytest.fixture
def count(app):
    """Statements on the runtime engine."""
    seen = []
    event.listen(engine_of(app), "before_cursor_execute", lambda c, cur, statement, *rest: seen.append(statement))
    return seen


def test_the_cookie_holds_an_id_and_nothing_else_and_no_script_reads_it(app, people):
    answer = app.test_client().post("/login", data={"user": "user1", "password": SECRET}, base_url="https://crm.example.com")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    name, _, rest = cookie.partition("=")
    assert name == "__Host-session"
    assert len(rest.partition(";")[0]) == 43
    assert {part.strip() for part in rest.split(";")[1:]} == {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"}


@pytest.mark.parametrize(
    ("url", "name", "secure"),
    [
        ("http://localhost", "session", False), ("http://127.0.0.1:5000", "session", False), ("http://[::1]:5000", "session", False),
        ("http://crm.localhost", "session", False),
        ("http://192.0.2.7", "__Host-session", True), ("http://crm.example.com", "__Host-session", True),
        ("https://localhost", "__Host-session", True), ("http://127.0.0.1.evil.example", "__Host-session", True),
    ],
)  # fmt: skip
def test_only_plain_http_on_loopback_has_a_cookie_that_is_not_secure(app, url, name, secure):
    with app.test_request_context(base_url=url) as inside:
        assert ServerSessions.cookie_for(inside.request) == (name, secure)


def test_the_table_holds_no_id_that_opens_anything(app, sign_in):
    client = sign_in("user1")
    (row,) = rows(app)
    cookie = client.get_cookie("session").value
    assert row.key == key_of(cookie) != cookie
    assert cookie not in row.data
    assert app.test_client().get("/", headers={"Cookie": f"session={row.key}"}).status_code == 302


def test_a_page_costs_one_read_of_the_session(app, sign_in, count):
    client = sign_in("user1")
    count.clear()
    assert client.get("/").status_code == 200
    assert [statement.split()[0] for statement in count if statement != "BEGIN"] == ["SELECT"]


def test_a_visitor_of_a_page_that_asks_nothing_costs_nothing(app, count):
    assert app.test_client().get("/nothing").status_code == 404
    assert count == []


def test_seen_is_written_every_five_minutes_and_no_more(app, sign_in, count):
    client = sign_in("user1")
    age(app, seen=timedelta(minutes=4))
    count.clear()
    client.get("/")
    assert not any("UPDATE" in statement for statement in count)
    age(app, seen=timedelta(minutes=2))
    client.get("/")
    client.get("/")
    assert sum("UPDATE" in statement for statement in count) == 2  # ours above, and one of the page


@pytest.mark.parametrize(
    ("stay", "seen", "created", "alive"),
    [
        (False, timedelta(hours=7, minutes=59), timedelta(hours=8), True),
        (False, timedelta(hours=8, minutes=1), timedelta(hours=9), False),
        (False, timedelta(0), timedelta(days=6, hours=23), True), (False, timedelta(0), timedelta(days=7, hours=1), False),
        (True, timedelta(days=20), timedelta(days=29), True), (True, timedelta(0), timedelta(days=30, hours=1), False),
    ],
)  # fmt: skip
def test_a_session_lives_as_long_as_was_promised(app, sign_in, stay, seen, created, alive):
    client = sign_in("user1", **({"stay": "y"} if stay else {}))
    age(app, seen=seen, created=created)
    with app.app_context():
        assert sweep(engine_of(app), now=utcnow()) == (0 if alive else 1)
    assert client.get("/").status_code == (200 if alive else 302)


def test_staying_signed_in_keeps_the_cookie_for_thirty_days_else_it_goes_with_the_browser(app, people):
    for stay, age_told in (("y", True), ("", False)):
        answer = app.test_client().post("/login", data={"user": "user1", "password": SECRET, **({"stay": stay} if stay else {})})
        assert ("Max-Age=2592000" in answer.headers["Set-Cookie"]) == age_told


def test_a_disabled_users_next_request_leads_to_sign_in(app, people, sign_in):
    client = sign_in("user1")
    with app.app_context(), unit_of_work():
        services.disable_user(db.session.get(User, people["user1"]))
    answer = client.get("/companies/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/login?next=/companies/")
    assert rows(app) == []


def test_enabling_again_does_not_bring_a_session_back_even_if_its_row_outlived(app, people, sign_in, monkeypatch):
    monkeypatch.setattr(services, "end_sessions", lambda engine, user_id: 1 / 0)  # the session table can't be written just now
    client = sign_in("user1")
    with app.app_context():
        with unit_of_work():
            services.disable_user(db.session.get(User, people["user1"]))
        with unit_of_work():
            services.enable_user(db.session.get(User, people["user1"]))
    assert len(rows(app)) == 1
    assert client.get("/").status_code == 302
    assert sign_in("user1").get("/").status_code == 200


def test_disabling_that_is_rolled_back_ends_nothing(app, people, sign_in):
    client = sign_in("user1")

    def fail():
        with unit_of_work():
            services.disable_user(db.session.get(User, people["user1"]))
            raise ZeroDivisionError

    with app.app_context(), pytest.raises(ZeroDivisionError):
        fail()
    assert client.get("/").status_code == 200


def test_a_session_that_was_ended_meanwhile_is_not_written_back(app, people, sign_in):
    def slow():
        session["seen"] = "something"
        session_store.end_sessions(engine_of(app), people["user1"])
        return ""

    app.add_url_rule("/slow", "slow", slow)
    client = sign_in("user1")
    client.get("/slow")
    assert rows(app) == []
    assert client.get("/").status_code == 302


def test_a_user_lists_and_ends_his_own_sessions_and_nobody_elses(app, people, sign_in):
    mine, other, foreign = sign_in("user1"), sign_in("user1"), sign_in("boss")
    with app.app_context():
        keys = [s.key for s in sessions_of(engine_of(app), people["user1"], now=utcnow())]
        (theirs,) = [s.key for s in sessions_of(engine_of(app), people["boss"], now=utcnow())]
    assert len(keys) == 2
    assert mine.post(f"/me/sessions/{theirs}/end").status_code == 404
    assert foreign.get("/").status_code == 200
    assert mine.post(f"/me/sessions/{key_of(other.get_cookie('session').value)}/end").status_code == 302
    assert other.get("/").status_code == 302
    third = sign_in("user1")
    assert mine.post("/me/sessions/end").status_code == 302
    assert (mine.get("/").status_code, third.get("/").status_code) == (200, 302)


def test_a_session_of_a_user_who_is_not_there_is_nobodys(app, people, sign_in):
    client = sign_in("user1")
    with engine_of(app).connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(update(sessions).values(data=rows(app)[0].data.replace(f'"{people["user1"]}"', '"999999"')))
    assert client.get("/").status_code == 302
