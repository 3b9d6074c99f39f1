"""Statements that are kept per reader are never another reader's, and never those of yesterday's rights."""

from dataclasses import replace

import pytest
from sqlalchemy import bindparam, select
from werkzeug.datastructures import MultiDict

from core.access import allowed, for_reader
from core.addons.runtime import runtime
from core.custom_fields.definitions import CACHE
from core.fields import Filter, Reading
from core.fields.kinds import Flag
from core.records.catalogue import record_type
from core.records.list_spec import parse_list
from core.visibility.services import set_visibility
from plugins.companies.models import Company

pytestmark = [pytest.mark.usefixtures("world")]


@for_reader
def companies_of(actor, limit=10):
    return select(Company.id).where(allowed(record_type("companies.company"), "view", actor)).limit(limit)


def test_the_same_reader_gets_the_same_statement(work):
    with work("user1") as actor:
        first = companies_of(actor)
    with work("user1") as actor:
        assert companies_of(actor) is first


def test_another_reader_or_another_argument_gets_another_one(work):
    with work("user1") as actor:
        first = companies_of(actor, 10)
        assert companies_of(actor, 11) is not first
    with work("manager1") as actor:
        assert companies_of(actor, 10) is not first


@pytest.mark.parametrize(
    "changed",
    [
        {"permissions": frozenset({"CR", "CW", "CM"})}, {"groups": frozenset({99})}, {"facts": {"company_id": 77}}, {"superadmin": True},
        {"read_only": True}, {"scopes": frozenset({"read"})}, {"facts": {"desks": [1, 2]}},
    ],
)  # fmt: skip
def test_whoever_gains_or_loses_a_right_gets_another_one(work, changed):
    with work("user1") as actor:
        assert companies_of(replace(actor, **changed)) is not companies_of(actor)


@pytest.mark.parametrize("name", [CACHE, "visibility"])
def test_it_is_built_anew_after_custom_fields_or_visibility_changed(work, name):
    with work("user1") as actor:
        first = companies_of(actor)
    with work("user1") as actor:
        runtime().parts["versioned"].changed(name)
        assert companies_of(actor) is not first, "in the unit of work itself"
    with work("user1") as actor:
        later = companies_of(actor)
        assert later is not first
        assert companies_of(actor) is later


def test_it_is_built_anew_after_a_plugin_was_switched(work, app):
    with work("user1") as actor:
        first = companies_of(actor)
    states = app.extensions["cartera"].addons.states
    with app.app_context():
        states.set_state("leads", "hidden", None)
    with work("user1") as actor:
        assert companies_of(actor) is not first


def test_visibility_set_in_between_is_seen_at_once(work):
    with work("user1") as actor:
        first = companies_of(actor)
    with work():
        set_visibility("plugin:leads", None, "hidden")
    with work("user1") as actor:
        assert companies_of(actor) is not first


def test_the_values_of_one_execution_are_not_those_of_the_next(work):
    built = []

    @for_reader
    def one(actor):
        built.append(actor.user_id)
        return select(Company.id).where(Company.id == bindparam("company_id"))

    from core.db import db

    with work("manager1") as actor:
        found = [db.session.scalar(one(actor), {"company_id": key}) for key in (1, 2, 1)]
    assert found == [1, 2, 1]
    assert built == [actor.user_id]


def test_what_has_no_key_is_not_kept(work):
    class Unkept:
        kept_key = None

    @for_reader
    def of(actor, spec):
        return object()

    with work("user1") as actor:
        spec = Unkept()
        assert of(actor, spec) is not of(actor, spec)


def test_what_has_no_key_is_not_kept_within_others_either(work):
    class Unkept:
        kept_key = None

    @for_reader
    def of(actor, specs):
        return object()

    with work("user1") as actor:
        assert of(actor, (Unkept(), 1)) is not of(actor, (Unkept(), 1))
        assert of(actor, (True,)) is not of(actor, (1,))


def test_only_so_many_are_kept(work, monkeypatch):
    from core.access import kept

    monkeypatch.setattr(kept, "MOST", 3)
    with work("user1") as actor:
        store = runtime().parts["kept"]
        made = [companies_of(actor, n) for n in range(1, 6)]
        assert len(store._made) == 3
        assert companies_of(actor, 5) is made[-1]
        assert companies_of(actor, 1) is not made[0]


def test_lists_that_leave_out_other_rows_are_kept_apart(work):
    def off(name):
        return Filter(
            name=name, label=name, kind=Flag(), condition=lambda actor, model, value: model.id > 0, otherwise=lambda model: model.name != name
        )

    with work("admin") as actor:
        rt = replace(record_type("companies.role"), filters=[off("a"), off("b")])
        keys = [parse_list(rt, actor, MultiDict({name: "0"}), reading=Reading(actor=actor)).kept_key for name in ("a", "b")]
    assert None not in keys
    assert keys[0] != keys[1]
