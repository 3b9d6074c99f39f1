"""Plugins that fail are undone and shown; everything else runs."""

import logging
import sys

import pytest
from sqlalchemy import select

from core.addons import loader
from core.addons.loaded import PluginFailed
from core.db import db

MODEL = """
    from core.db import Mapped, mapped_column, plugin_base

    class Thing(plugin_base("{name}")):
        id: Mapped[int] = mapped_column(primary_key=True)
"""
MODELS = """
    @hookimpl
    def models():
        from .models import Thing
        return [Thing]
"""


def _failure(addons, name=None):
    [plugin] = [p for p in addons.failed if name in (None, p.name)]
    return plugin.failure


def test_a_folder_plugin_is_importable_as_plugins_name(load_only, write):
    load_only(write("visits", "ANSWER = 42\n", helper="X = 1\n"))
    from plugins.visits import ANSWER, helper

    assert (ANSWER, helper.X) == (42, 1)


def test_what_is_declared_is_tagged_and_in_order(load_only, write, tmp_path):
    hook = "@hookimpl\ndef permissions():\n    from core import Permission\n    return [Permission('{0}', label='{0}')]\n"
    write("second", hook.format("S"), manifest='depends = ["zero"]')
    write("zero", hook.format("Z"))
    addons = load_only(tmp_path)
    assert [(name, p.code) for name, p in addons.declared("permissions")] == [("zero", "Z"), ("second", "S")]


def test_the_core_declares_through_the_same_hooks_and_comes_first(load_only, write):
    class Part:
        @loader.hookspecs.hookimpl
        def commands(self):
            return ["a command"]

        @loader.hookspecs.hookimpl
        def startup(self, app):
            return app

    addons = load_only(core=[Part()])
    assert addons.declared("commands") == [("core", "a command")]
    assert addons.call("startup", app="the app") == ["the app"]


def test_a_missing_library_is_shown_with_the_file_the_line_and_the_cure(load_only):
    failure = _failure(load_only("broken_import"))
    assert "a_module_that_does_not_exist_anywhere" in failure.reason
    assert 'broken_import/__init__.py", line 3' in failure.traceback
    assert "core/addons" not in failure.traceback
    assert failure.cure == "Install what the plugin needs: pip install a_module_that_does_not_exist_anywhere"


def test_a_syntax_error_is_shown_with_its_file_and_line(load_only):
    failure = _failure(load_only("broken_syntax"))
    assert failure.reason.startswith("SyntaxError")
    assert 'broken_syntax/__init__.py", line 1' in failure.traceback
    assert "Correct line 1" in failure.cure


def test_a_broken_relationship_does_not_poison_the_others(load_only, write):
    sound = write("sound", MODELS, models=MODEL.format(name="sound"))
    addons = load_only("broken_relationship", sound)
    assert addons.names == ("sound",)
    assert "NoSuchModel" in _failure(addons).reason
    assert "broken_relationship_broken" not in db.metadata.tables
    assert "plugins.broken_relationship.models" not in sys.modules
    [thing] = addons.declared("models")
    assert "sound_thing" in str(select(thing[1]))


def test_the_others_run_and_dependants_carry_the_chain(load_only, write, tmp_path):
    write("bad", "raise RuntimeError('out of order')\n")
    write("near", manifest='depends = ["bad"]')
    write("far", manifest='depends = ["near"]')
    write("fine")
    addons = load_only(tmp_path)
    assert addons.names == ("fine",)
    assert _failure(addons, "far").reason == "needs near, which failed: needs bad, which failed: RuntimeError: out of order"


def test_dependants_that_were_imported_already_are_undone_too(load_only, write, tmp_path):
    write("base", MODELS + "\n    @hookimpl\n    def commands():\n        return ['no command']\n", models=MODEL.format(name="base"))
    write("above", MODELS, manifest='depends = ["base"]', models=MODEL.format(name="above"))
    addons = load_only(tmp_path)
    assert addons.names == ()
    assert "it takes Command objects" in _failure(addons, "base").reason
    assert not {"base_thing", "above_thing"} & set(db.metadata.tables)
    assert "plugins.above" not in sys.modules
    assert addons.pm.list_name_plugin() == []


def test_sys_exit_in_a_plugin_does_not_end_the_product(load_only, write):
    failure = _failure(load_only(write("quitter", "import sys\nsys.exit(3)\n")))
    assert "SystemExit" in failure.reason
    assert "sys.exit()" in failure.cure


def test_a_plugin_that_hangs_is_logged_while_it_hangs(load_only, write, caplog, monkeypatch):
    monkeypatch.setattr(loader, "SLOW", 0.01)
    load_only(write("sleeper", "import time\ntime.sleep(0.1)\n"))
    assert "busy with loading 'sleeper'" in caplog.text


def test_a_misspelt_hook_is_told_the_nearest_match(load_only):
    assert _failure(load_only("misspelt_hook")).reason == "there is no hook 'menu_entry': did you mean 'menu_entries'?"


def test_a_hook_of_a_plugin_that_is_absent_may_be_implemented_when_it_says_so(load_only, write):
    assert load_only(write("guest", "@hookimpl(optionalhook=True)\ndef invoice_issued(invoice):\n    pass\n")).names == ("guest",)


def test_a_hook_that_raises_fails_the_plugin_and_names_the_hook(load_only):
    failure = _failure(load_only("bad_hook"))
    assert failure.reason == "RuntimeError: bad_hook: menu"
    assert "in menu_entries()" in failure.traceback


def test_a_hook_with_an_argument_that_does_not_exist_is_refused(load_only, write):
    failure = _failure(load_only(write("curious", "@hookimpl\ndef record_saved(change, weather):\n    pass\n")))
    assert "weather" in failure.reason


@pytest.mark.parametrize(("hook", "value", "words"), [
    ("menu_entries", "None", "menu_entries() returned nothing: a declaration returns a list"),
    ("menu_entries", "['Birthdays']", "it takes Entry objects"),
    ("record_types", "[object()]", "it takes RecordType objects"),
    ("models", "[dict]", "it takes classes built on plugin_base('picky')"),
    ("demo_data", "[1]", "it takes functions make(actor)"),
    ("access_rules", "[1]", "it takes restrict("),
    ("field_kinds", "[1]", "it takes tuples (name, label, make)"),
])  # fmt: skip
def test_a_declaration_of_the_wrong_type_is_told_what_the_hook_takes(load_only, write, hook, value, words):
    assert words in _failure(load_only(write("picky", f"@hookimpl\ndef {hook}():\n    return {value}\n"))).reason


def test_jobs_are_called_after_their_plugin(load_only, write):
    init = """
        from core.addons.declarations import PeriodicJob

        @hookimpl
        def periodic_jobs():
            return [PeriodicJob("digest", run=print, every=60)]
    """
    assert "must be called tidy.<name>" in _failure(load_only(write("tidy", init))).reason


BLUEPRINT = """
    from flask import Blueprint

    @hookimpl
    def blueprints():
        pages = Blueprint("{name}", __name__, url_prefix="{prefix}")
        pages.add_url_rule("{rule}", "x", lambda: "x")
        {more}
        return [pages]
"""


@pytest.mark.parametrize(("values", "words"), [
    ({"name": "other"}, "the blueprint 'other' must be called 'pages_of' or pages_of_…"),
    ({"prefix": "/companies"}, "the address /companies/x of pages_of.x is outside of the plugin's own (/pages_of)"),
    ({"prefix": "/pages_of_"}, "is outside of the plugin's own"),
    ({"more": "pages.before_app_request(print)"}, "before_app_request would act on everybody's pages"),
    ({"more": "pages.app_errorhandler(404)(print)"}, "app_errorhandler would act on everybody's pages"),
    ({"more": "pages.app_context_processor(dict)"}, "app_context_processor would act on everybody's pages"),
    ({"prefix": "", "rule": "/x"}, "the address /x of pages_of.x is outside of the plugin's own"),
])  # fmt: skip
def test_a_blueprint_keeps_to_its_name_and_addresses(load_only, write, values, words):
    init = BLUEPRINT.format(**({"name": "pages_of", "prefix": "/pages_of", "rule": "/x", "more": ""} | values))
    assert words in _failure(load_only(write("pages_of", init))).reason


def test_a_table_is_called_after_its_plugin(load_only, write):
    models = "import sqlalchemy as s\nfrom core.db import db\nT = s.Table('stray', db.metadata, s.Column('id', s.Integer))\n"
    failure = _failure(load_only(write("loose", "from . import models\n", models=models)))
    assert "the table 'stray' must be called loose_…" in failure.reason
    db.metadata.remove(db.metadata.tables["stray"])  # it bears no name by which it could be undone


def test_a_foreign_key_leads_only_to_what_is_depended_on(load_only, write, tmp_path):
    model = """
        from sqlalchemy import ForeignKey
        from core.db import Mapped, mapped_column, plugin_base

        class Thing(plugin_base("above")):
            id: Mapped[int] = mapped_column(primary_key=True)
            base_id: Mapped[int] = mapped_column(ForeignKey("base_thing.id"))
    """
    write("base", MODELS, models=MODEL.format(name="base"))
    above = write("above", MODELS, models=model)
    assert "which is of no plugin in `depends`" in _failure(load_only(tmp_path)).reason
    (above / "manifest.toml").write_text((above / "manifest.toml").read_text() + 'depends = ["base"]\n')
    assert load_only(tmp_path).names == ("base", "above")


def test_a_backref_on_a_foreign_class_is_refused_before_it_is_there(load_only, write, tmp_path):
    model = """
        from sqlalchemy import ForeignKey
        from sqlalchemy.orm import relationship
        from core.db import Mapped, mapped_column, plugin_base
        from plugins.base.models import Thing as Base

        class Thing(plugin_base("above")):
            id: Mapped[int] = mapped_column(primary_key=True)
            base_id: Mapped[int] = mapped_column(ForeignKey(Base.id))
            base: Mapped[Base] = relationship(Base, backref="things")
    """
    write("base", MODELS, models=MODEL.format(name="base"))
    write("above", MODELS, manifest='depends = ["base"]', models=model)
    addons = load_only(tmp_path)
    assert "Thing.base has a backref on Thing of another plugin" in _failure(addons).reason
    [(_, base)] = addons.declared("models")
    assert "base_thing" in str(select(base))
    assert not hasattr(base, "things")


def test_strict_stops_at_the_first_plugin_that_fails(load_only):
    with pytest.raises(PluginFailed, match="broken_import"):
        load_only("broken_import", strict=True)
    with pytest.raises(PluginFailed, match="no_such_plugin"):
        load_only("needs_missing", strict=True)


def test_two_apps_in_one_process_have_their_own_plugins(load_only, write, tmp_path):
    write("visits", MODELS, models=MODEL.format(name="visits"))
    with_it, without = load_only(tmp_path), load_only()
    assert (with_it.names, without.names) == (("visits",), ())
    assert with_it.pm is not without.pm
    again = load_only(tmp_path)
    assert again.declared("models") == with_it.declared("models")


def test_one_name_from_another_folder_replaces_the_first(load_only, write, tmp_path):
    first = load_only(write("visits", "    WHO = 1\n" + MODELS, into=tmp_path / "a", models=MODEL.format(name="visits")))
    second = load_only(write("visits", "    WHO = 2\n" + MODELS, into=tmp_path / "b", models=MODEL.format(name="visits")))
    assert (first["visits"].path.parent.name, second["visits"].path.parent.name) == ("a", "b")
    from plugins.visits import WHO

    assert WHO == 2


def test_a_hook_is_found_though_a_file_of_its_name_was_imported_first(load_only, write, tmp_path):
    folder = write("visits", MODELS, models=MODEL.format(name="visits"))
    load_only(folder)
    loader._hooks.clear()  # as if only `from plugins.visits.models import Thing` had been run
    addons = load_only(folder)
    assert [m.__tablename__ for _, m in addons.declared("models")] == ["visits_thing"]


EVENT = """
    @hookimpl
    def record_saved(change):
        {body}

    @hookimpl
    def record_saving(change):
        {body}
"""


def test_a_failing_record_saved_is_logged_and_breaks_nothing(load_only, write, tmp_path, caplog):
    write("angry", EVENT.format(body="raise ValueError('no')"))
    write("calm", EVENT.format(body="return 'done'"))
    addons = load_only(tmp_path)
    addons.states.current = lambda: _Everything()
    assert addons.call("record_saved", change=None) == ["done"]
    assert "plugin 'angry': record_saved failed" in caplog.text


def test_a_refusing_record_saving_reaches_the_caller_with_its_plugins_name(load_only, write, tmp_path):
    write("angry", EVENT.format(body="raise ValueError('no')"))
    addons = load_only(tmp_path)
    addons.states.current = lambda: _Everything()
    with pytest.raises(ValueError, match="no") as refusal:
        addons.call("record_saving", change=None)
    assert refusal.value.__notes__ == ["raised by record_saving of plugin 'angry'"]


def test_events_reach_no_disabled_plugin(load_only, write, tmp_path):
    write("calm", EVENT.format(body="return 'done'"))
    addons = load_only(tmp_path)
    addons.states.current = lambda: _Everything(runs=False)
    assert addons.call("record_saved", change=None) == []


def test_a_plugins_own_hook_is_implemented_by_others_without_depending_on_it(load_only, write, tmp_path):
    specs = """
        from core.hookspecs import hookspec

        @hookspec
        def bill_issued(bill):
            ...
    """
    write("bills", hookspecs=specs)
    write("archive", "@hookimpl(optionalhook=True)\ndef bill_issued(bill):\n    return bill * 2\n")
    addons = load_only(tmp_path)
    addons.states.current = lambda: _Everything()
    assert addons.call("bill_issued", bill=4) == [8]


def test_the_first_that_takes_a_mail_ends_the_round(load_only, write, tmp_path):
    write("early", "@hookimpl\ndef mail_received(message):\n    return message == 'mine' or None\n")
    write("late", "TAKEN = []\n\n@hookimpl\ndef mail_received(message):\n    TAKEN.append(message)\n")
    addons = load_only(tmp_path)
    addons.states.current = lambda: _Everything()
    assert addons.call("mail_received", message="mine") == [True]
    assert addons.call("mail_received", message="yours") == []
    from plugins.late import TAKEN

    assert TAKEN == ["yours"]


def test_an_event_that_nobody_declared_is_an_error_of_the_caller(load_only):
    with pytest.raises(LookupError, match="there is no event 'record_eaten'"):
        load_only().call("record_eaten")


def test_the_trace_switch_logs_calls_with_arguments_and_results(load_only, write, tmp_path, caplog):
    write("calm", EVENT.format(body="return 'done'"))
    addons = load_only(tmp_path, trace=True)
    addons.states.current = lambda: _Everything()
    with caplog.at_level(logging.INFO):
        addons.call("record_saved", change="the change")
    assert "trace record_saved of 'calm': {'change': 'the change'} → 'done'" in caplog.text


class _Everything:
    def __init__(self, runs=True):
        self.runs = lambda name: runs
