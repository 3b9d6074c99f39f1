"""What the helpdesk does when it is told of something: the events that its own tests don't reach."""

import logging
from pathlib import Path

import pytest

HELPDESK = Path(__file__).parents[1] / "addons" / "helpdesk"


@pytest.fixture
def app_settings():
    return {"addons": (HELPDESK,)}


@pytest.fixture
def desk(app, world, record_factory, work):
    """A desk at which user1 sits."""
    from core.addons.runtime import runtime
    from core.db import db
    from core.identity.models import User

    made = record_factory("helpdesk.desk")(name="First line")
    with work():
        [field] = [f for plugin, f in runtime().addons.declared("user_fields") if plugin == "helpdesk"]
        field.write(db.session.get(User, world.users["user1"]), made.id)
    return made


def desks(work):
    from core.addons.runtime import runtime

    with work():
        [field] = [f for plugin, f in runtime().addons.declared("user_fields") if plugin == "helpdesk"]
        return field.read([1, 2, 3, 4])


def test_user_disabling_hands_the_desk_to_the_heir(app, world, desk, work):
    from core.identity.services import disable_user, find_user

    with work():
        disable_user(find_user("user1"), heir=find_user("manager1"))
    assert desks(work) == {world.users["manager1"]: desk.id}


def test_record_saved_comes_after_the_commit_and_never_for_what_was_refused(app, world, as_user, caplog, desk):
    form = {"subject": "It smokes", "company_id": world.companies["Customer #A"], "state": "new"}
    with caplog.at_level(logging.INFO, logger="plugins.helpdesk.services"):
        assert as_user("user1").post("/helpdesk/new", data=form).status_code == 302
        assert [r.getMessage() for r in caplog.records] == ["ticket 1: create"]
        caplog.clear()
        assert as_user("user1").post("/helpdesk/new", data={**form, "urgent": "1"}).status_code == 422  # no desk takes it
        assert not caplog.records


def test_startup_finds_the_whole_app_and_adds_to_its_templates(app):
    from types import SimpleNamespace

    assert app.jinja_env.tests["open_ticket"](SimpleNamespace(state="new"))
    assert not app.jinja_env.tests["open_ticket"](SimpleNamespace(state="closed"))
