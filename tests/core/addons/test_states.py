"""Enabled, hidden, disabled: in the database, in one transaction, in every process within a second."""

import os
import threading
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_babel import Babel
from sqlalchemy import delete, select

from core.addons.state import AddonState, AddonVersion, States, SwitchedSince, UnknownPlugin
from core.db import db
from core.db.engine import prepare
from core.errors import Conflict

BOSS, USER = SimpleNamespace(superadmin=True), SimpleNamespace(superadmin=False)


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(request, tmp_path):
    url = f"sqlite:///{tmp_path}/test.db"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").create(f"states_{os.getpid()}")
    app = Flask("states")
    app.config.update(SQLALCHEMY_DATABASE_URI=url, SECRET_KEY="x")
    db.init_app(app)
    Babel(app)
    with app.app_context():
        prepare(db.engine)
        db.metadata.create_all(db.engine, tables=[AddonState.__table__, AddonVersion.__table__])
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def zoo(app, write, tmp_path, load_only):
    """companies ← contacts ← invoices, companies ← contracts; alone."""
    write("base")
    write("people", manifest='depends = ["base"]')
    write("deals", manifest='depends = ["base"]')
    write("bills", manifest='depends = ["people", "deals"]')
    write("alone")
    return load_only(tmp_path)


def _states(addons):
    return {n: addons.snapshot().state(n) for n in addons.names}


def test_at_first_the_manifest_decides(app, write, load_only, tmp_path):
    write("on")
    write("off", manifest='default_state = "disabled"')
    write("shy", manifest='default_state = "hidden"')
    assert _states(load_only(tmp_path)) == {"on": "enabled", "off": "disabled", "shy": "hidden"}


def test_hidden_is_for_superadmins_and_disabled_for_nobody(zoo):
    zoo.states.set_state("alone", "hidden", 1)
    snapshot = zoo.snapshot()
    assert (snapshot.visible("alone", BOSS), snapshot.visible("alone", USER), snapshot.visible("alone", None)) == (True, False, False)
    assert snapshot.runs("alone")
    zoo.states.set_state("alone", "disabled", 1)
    snapshot = zoo.snapshot()
    assert (snapshot.visible("alone", BOSS), snapshot.runs("alone")) == (False, False)


def test_disabling_what_others_need_is_refused_with_all_their_names(zoo):
    with pytest.raises(Conflict) as refusal:
        zoo.states.set_state("base", "disabled", 1)
    assert refusal.value.details == ["deals", "people", "bills"]
    assert "Bills" in str(refusal.value)
    assert set(_states(zoo).values()) == {"enabled"}


def test_with_its_dependants_it_is_one_step(zoo):
    changed = zoo.states.set_state("base", "disabled", 1, with_dependants=True)
    assert [each.name for each in changed] == ["base", "deals", "people", "bills"]
    assert _states(zoo) == {"alone": "enabled", "base": "disabled", "deals": "disabled", "people": "disabled", "bills": "disabled"}


def test_what_is_disabled_already_needs_nothing_any_more(zoo):
    for name in ("bills", "people", "deals", "base"):
        zoo.states.set_state(name, "disabled", 1)
    assert _states(zoo)["alone"] == "enabled"


def test_what_is_undone_follows_its_manifest_again_where_nobody_had_chosen_before(app, write, load_only, tmp_path):
    write("left")
    write("glue", manifest='depends = ["left"]\nauto_enable = true')
    addons = load_only(tmp_path)
    done = addons.states.set_state("left", "disabled", 1, with_dependants=True)
    assert [(each.name, each.undo) for each in done] == [("left", "default"), ("glue", "default")]
    addons.states.set_states({each.name: each.undo for each in done}, 1, expected={each.name: each.new for each in done})
    assert _states(addons) == {"left": "enabled", "glue": "enabled"}
    assert db.session.scalars(select(AddonState)).all() == []


def test_what_was_switched_since_is_left_as_it_is(zoo):
    zoo.states.set_state("alone", "hidden", 1)
    with pytest.raises(SwitchedSince, match="switched again since"):
        zoo.states.set_states({"deals": "disabled", "alone": "enabled"}, 1, expected={"alone": "disabled"})
    assert (_states(zoo)["alone"], _states(zoo)["deals"]) == ("hidden", "enabled")


def test_enabling_pulls_what_it_needs(zoo):
    zoo.states.set_state("base", "disabled", 1, with_dependants=True)
    zoo.states.set_state("bills", "enabled", 1)
    assert set(_states(zoo).values()) == {"enabled"}


def test_a_hidden_dependency_stays_hidden_when_something_above_is_enabled(zoo):
    zoo.states.set_state("bills", "disabled", 1)
    zoo.states.set_state("people", "hidden", 1)
    zoo.states.set_state("bills", "enabled", 1)
    assert _states(zoo)["people"] == "hidden"


def test_who_changed_it_and_when_is_kept(zoo):
    zoo.states.set_state("alone", "hidden", 7)
    row = db.session.get(AddonState, "alone")
    assert (row.state, row.changed_by_id) == ("hidden", 7)
    assert row.changed_at.tzinfo is not None


def test_failed_and_unknown_plugins_have_no_state(app, load_only):
    addons = load_only("broken_import")
    with pytest.raises(UnknownPlugin, match="a_module_that_does_not_exist"):
        addons.states.set_state("broken_import", "enabled", 1)
    with pytest.raises(UnknownPlugin, match="There is no plugin nobody"):
        addons.states.set_state("nobody", "enabled", 1)


def test_glue_is_on_while_all_that_it_joins_is_on(app, write, load_only, tmp_path):
    write("left")
    write("right")
    write("glue", manifest='depends = ["left", "right"]\nauto_enable = true')
    addons = load_only(tmp_path)
    assert _states(addons)["glue"] == "enabled"
    addons.states.set_state("left", "disabled", 1, with_dependants=True)
    assert _states(addons)["glue"] == "disabled"


def test_an_own_change_is_seen_at_once_and_anothers_within_a_second(zoo):
    clock = Clock()
    other = States(zoo, clock=clock)
    own = States(zoo, clock=clock)
    assert other.current().state("alone") == "enabled"
    own.set_state("alone", "disabled", 1)
    assert own.current().state("alone") == "disabled"
    assert other.current().state("alone") == "enabled"
    clock.now = 1.0
    assert other.current().state("alone") == "disabled"


def test_the_database_is_asked_at_most_once_a_second_and_then_one_indexed_row(zoo, count_queries):
    clock = Clock()
    states = States(zoo, clock=clock)
    states.current()
    with count_queries() as q:
        for _ in range(50):
            states.current()
    assert q.count == 0
    clock.now = 1.5
    with count_queries() as q:
        states.current()
    assert q.count == 1


def test_a_request_keeps_the_states_that_it_began_with(zoo):
    with zoo.states.pinned() as snapshot:
        zoo.states.set_state("alone", "disabled", 1)
        assert zoo.snapshot() is snapshot
        assert zoo.snapshot().state("alone") == "enabled"
    assert zoo.snapshot().state("alone") == "disabled"


def test_the_event_follows_the_commit_and_a_rollback_tells_nobody(app, write, load_only):
    init = """
        TOLD = []

        @hookimpl
        def plugin_state_changed(name, old, new):
            TOLD.append((name, old, new))
    """
    addons = load_only(write("ear", init), write("subject"))
    from core.db import unit_of_work
    from plugins.ear import TOLD

    def change_and_fail():
        with unit_of_work():
            addons.states.set_state("subject", "hidden", 1)
            assert TOLD == []
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_and_fail()
    assert TOLD == []
    assert addons.snapshot().state("subject") == "enabled"
    addons.states.set_state("subject", "hidden", 1)
    assert TOLD == [("subject", "enabled", "hidden")]


def test_a_plugin_whose_tables_are_not_there_yet_is_off_and_says_why(app, write, load_only):
    from tests.core.addons.test_loader import MODEL, MODELS

    addons = load_only(write("fresh", MODELS, models=MODEL.format(name="fresh")))
    assert addons.snapshot().state("fresh") == "disabled"
    assert "cartera plugin migrate fresh" in addons.snapshot().reasons["fresh"]
    db.metadata.create_all(db.engine, tables=[db.metadata.tables["fresh_thing"]])
    assert addons.states.refresh().state("fresh") == "enabled"


def test_a_database_that_was_never_made_has_the_manifests_states(app, zoo):
    AddonVersion.__table__.drop(db.engine)
    AddonState.__table__.drop(db.engine)
    assert set(States(zoo).current().states.values()) == {"enabled"}


def test_two_administrators_at_once_never_leave_half(app, zoo):
    """One disables base with all that needs it while the other enables bills with all it needs: one of both results, never a mixture."""
    for _ in range(5):
        db.session.execute(delete(AddonState))
        db.session.commit()
        zoo.states.refresh()
        gate = threading.Barrier(2)

        def run(*args, gate=gate, **kw):
            with app.app_context():
                gate.wait()
                zoo.states.set_state(*args, **kw)

        threads = [
            threading.Thread(target=run, args=("base", "disabled", 1), kwargs={"with_dependants": True}),
            threading.Thread(target=run, args=("bills", "enabled", 2)),
        ]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        states = {n: zoo.states.refresh().state(n) for n in ("base", "people", "deals", "bills")}
        assert len(set(states.values())) == 1
