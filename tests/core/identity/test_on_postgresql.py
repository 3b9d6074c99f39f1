"""What has SQL of its own, on PostgreSQL: actors, limits, sessions, pages by key, cells of Visibility."""

import pytest
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError

from core.access.actors import actor_of
from core.db import db, unit_of_work
from core.identity import limits, services
from core.identity.models import User
from core.identity.tokens import note_use
from core.visibility import Visibility, is_crm_hidden_by_default
from tests.core.identity.small_app import SECRET, close, make_app, text_of

pytestmark = pytest.mark.postgres


@pytest.fixture
def app(tmp_path, quick_passwords, postgres, cartera_run):
    name = f"identity_{cartera_run.worker}"
    made = make_app(tmp_path, database_url=postgres.create(name))
    yield made
    close(made)
    postgres.drop(name)


def test_signing_in_limits_and_ending_sessions(app, people, sign_in):
    client = sign_in("user1")
    assert client.get("/").text == "home of user1"
    for _try in range(10):
        assert app.test_client().post("/login", data={"user": "boss", "password": "wrong"}).status_code == 401
    assert app.test_client().post("/login", data={"user": "boss", "password": SECRET}).status_code == 429
    with app.app_context(), unit_of_work():
        services.disable_user(db.session.get(User, people["user1"]))
    assert client.get("/").status_code == 302


def test_a_window_is_counted_in_one_statement(app):
    parts, seen = app.extensions["cartera"].parts, []
    event.listen(parts["runtime_engine"], "before_cursor_execute", lambda *a: seen.append(a[2]))
    assert [parts["limiter"].storage.incr("x", 60) for _n in range(3)] == [1, 2, 3]
    assert [parts["limiter"].storage.incr("y", -1) for _n in range(3)] == [1, 1, 1]
    assert len(seen) == 6
    assert parts["limiter"].storage.sweep() == 1
    assert limits.look(parts["limiter"], "5 per hour", "z").left == 5


def test_an_actor_is_one_statement_here_too(app, people):
    with app.app_context():
        actor_of(people["boss"])
        seen = []
        event.listen(db.engine, "before_cursor_execute", lambda *a: seen.append(a[2]))
        actor = actor_of(people["boss"])
        assert (actor.permissions, len(actor.groups), len(seen)) == ({"CR", "CW", "CM"}, 1, 1)


def test_the_list_of_users_is_paged_and_a_token_noted(app, people, sign_in):
    with app.app_context():
        with unit_of_work():
            for n in range(60):
                services.create_user(f"p{n}", name=f"Person {n}")
            token = services.create_token(db.session.get(User, people["user1"]), "x").token
        note_use(token)
        db.session.refresh(token)
        assert token.last_used_at
    ana = sign_in("ana")
    first = ana.get("/setup/users?state=active")
    last = text_of(first).split()
    assert "64" in last
    assert ana.get(f"/setup/users?q=PERSON&after={people['ana']}").status_code == 200
    assert ana.get("/setup/plugins").status_code == 200


def test_all_has_one_cell_per_subject(app, people, sign_in):
    sign_in("ana").post("/setup/visibility/default", data={"hidden": "1"})
    with app.app_context():
        assert is_crm_hidden_by_default()
        db.session.add(Visibility(subject="section:crm", group_id=None, state="shown"))
        with pytest.raises(IntegrityError):
            db.session.flush()
