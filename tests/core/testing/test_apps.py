"""The app fixtures: fresh databases, people signed in, a running server."""

import pytest
import yaml
from sqlalchemy import select

from core.db import db
from core.identity.models import User
from core.testing import world as world_of_tests

COMPANY = "companies.company"


@pytest.mark.both_databases
def test_a_fresh_app_has_tables_and_one_superadmin(app, database):
    with app.app_context():
        assert db.session.scalars(select(User.login)).all() == ["admin"]
        assert db.engine.dialect.name == database.kind


def test_every_bundled_plugin_runs(app):
    failed = app.extensions["cartera"].addons.failed
    assert not failed, [(plugin.name, plugin.failure) for plugin in failed]


@pytest.mark.both_databases
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_test_writes_is_gone_in_the_next(app, work, turn):
    (app.extensions["cartera"].settings.data_dir / "files").mkdir()
    with work():
        db.session.get(User, 1).name = "Changed"
    with app.app_context():
        assert db.session.scalars(select(User.name)).all() == ["Changed"]


@pytest.mark.parametrize("turn", [1, 2])
def test_a_changed_setting_of_flask_is_as_before_in_the_next_test(app, turn):
    assert not app.config.get("CHANGED")
    app.config["CHANGED"] = True


def test_a_visitor_is_asked_to_sign_in(client):
    answer = client.get("/")
    assert answer.status_code == 302
    assert answer.location.startswith("/login")


@pytest.mark.both_databases
def test_a_user_is_signed_in_without_a_password(as_user, world):
    assert as_user("user1").get("/").status_code in (200, 302)
    assert as_user("user1").get("/me").status_code == 200


def test_nobody_signs_in_as_a_user_who_is_not_there(as_user):
    with pytest.raises(LookupError, match="nobody"):
        as_user("nobody")


def test_two_clients_are_two_people(as_user, world):
    one, other = as_user("user1"), as_user("manager1")
    assert b"user1" in one.get("/me").data
    assert b"manager1" in other.get("/me").data


def test_a_client_sends_the_token_that_pages_send(as_user):
    client = as_user("admin")
    assert client.post("/logout").status_code == 302
    assert client.get("/me").location.startswith("/login")


def test_a_client_can_come_without_the_token(as_user):
    client = as_user("admin")
    client.csrf = False
    assert client.post("/logout").status_code == 400
    assert client.get("/me").status_code == 200


def test_a_request_inside_the_tests_own_context_is_refused(app, client):
    with app.app_context(), pytest.raises(RuntimeError, match=r"leave app\.app_context"):
        client.get("/")


def test_a_unit_of_work_is_committed_in_the_name_of_its_user(app, work):
    with work("admin") as actor:
        assert actor.superadmin
        db.session.get(User, actor.user_id).name = "Ada"
    with app.app_context():
        assert db.session.scalars(select(User.name)).all() == ["Ada"]


def test_a_unit_of_work_that_fails_leaves_nothing(app, work):
    def fail():
        with work():
            db.session.get(User, 1).name = "Ada"
            db.session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with app.app_context():
        assert db.session.get(User, 1).name != "Ada"


def test_several_installations_stand_side_by_side(app, another_database, make_app):
    other = make_app(another_database())
    with other.app_context():
        db.session.get(User, 1).name = "Other"
        db.session.commit()
    with app.app_context():
        assert db.session.get(User, 1).name != "Other"


def test_an_installation_can_be_empty(another_database, make_app):
    from sqlalchemy import inspect

    with make_app(another_database(empty=True)).app_context():
        assert not inspect(db.engine).has_table("core_user")


@pytest.mark.both_databases
def test_the_world_has_its_people_and_companies(world, work):
    assert world.users == {"admin": 1, "user1": 2, "manager1": 3, "user2": 4}
    assert world.companies == {"My Company": 1, "Customer #A": 2, "Customer #B": 3}
    assert world.roles == {"Customer": 1, "Provider": 2}
    assert world.contract_types == {"Support": 1, "Licences": 2}
    assert world.lead_types == {"Web": 1}
    with work("user1") as actor:
        assert actor.facts["company_id"] == 1
        assert actor.has("CW")
        assert not actor.has("CM")
    with work("user2") as actor:
        assert not actor.has("CR")


def test_the_world_is_that_of_the_cases(pytestconfig, app):
    told = yaml.load((pytestconfig.rootpath / "tests/cases/world.yaml").read_text(), yaml.CSafeLoader)
    assert [user["login"] for user in told["users"]] == [user["login"] for user in world_of_tests.USERS]
    with app.app_context():
        parts = {part.record_type: part for part in world_of_tests.parts()}
    made = {name: [(row["name"], row.get("parent_id"), row.get("manager_id")) for row in part.rows] for name, part in parts.items()}
    ids = {row[0]: number for number, row in enumerate(made[COMPANY], 1)}
    people = {login: ids[title] for login, title in parts[COMPANY].people.items()}
    assert {user["login"]: user.get("own_company") for user in told["users"]} == {user["login"]: people.get(user["login"]) for user in told["users"]}
    for key, name in (("company_roles", "companies.role"), ("contract_types", "contracts.type"), ("lead_types", "leads.type")):
        assert [row["name"] for row in told[key]] == [row[0] for row in made[name]]
    assert [(row["name"], row["parent"], row["manager"]) for row in told["companies"]] == made[COMPANY]


def test_a_factory_makes_up_what_a_record_needs(record_factory, world):
    contact = record_factory("contacts.contact")(fullname="Ana")
    assert (contact.fullname, contact.created_by_id) == ("Ana", world.users["admin"])
    assert contact.company_id > 3


def test_a_factory_can_make_a_record_of_each_type(app, record_factory, world):
    for name in app.extensions["cartera"].record_types:
        assert record_factory(name)().id, name


def test_a_factory_acts_as_whom_it_is_told(record_factory, world):
    make = record_factory(COMPANY, by="user1")
    assert make().manager_id == world.users["user1"]
    assert make(_by="manager1").manager_id == world.users["manager1"]
    assert len({company.name for company in make.many(3)}) == 3


def test_a_factory_refuses_a_field_that_is_not_there(record_factory, world):
    with pytest.raises(TypeError, match=r"companies\.company has no field nmae"):
        record_factory(COMPANY)(nmae="x")


@pytest.mark.browser
def test_a_browser_sees_the_app_as_a_user(signed_in_page, world):
    page = signed_in_page("user1", "/me")
    assert "user1" in page.content()
