"""What a plugin hands over is checked when it is registered, in the words of its author: hook names, types, names, addresses, tables."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Any

import click
import pluggy
from flask import Blueprint, Flask
from sqlalchemy import Table
from sqlalchemy.orm import Mapper

from core.db import db, plugin_base

from . import declarations as d
from .loaded import Hooks, Plugin
from .prefixes import inside

TYPES: dict[str, type] = {
    "blueprints": Blueprint, "permissions": d.Permission, "menu_entries": d.Entry, "record_tabs": d.Tab, "record_actions": d.Action,
    "record_panels": d.Panel, "record_facts": d.Fact, "list_columns": d.ListColumn, "macros": d.Macro, "statistics": d.Statistic,
    "dashboard_cards": d.Card, "setup_tabs": d.SetupTab, "api_operations": d.ApiOperation, "classic_operations": d.ClassicOperation,
    "job_kinds": d.JobKind, "periodic_jobs": d.PeriodicJob, "commands": click.Command, "user_fields": d.UserField,
}  # fmt: skip


class ContractBroken(Exception):
    """A plugin does not keep the contract; the message says what and how to cure it."""


def misspelt_hooks(functions: Hooks, pm: pluggy.PluginManager) -> list[str]:
    """Sentences on hook implementations whose name no hook has. `optionalhook=True` is for hooks of plugins that may be absent."""
    hooks = [h for h in vars(pm.hook) if not h.startswith("_") and getattr(pm.hook, h).has_spec()]
    out = []
    for name in vars(functions):
        options = pm.parse_hookimpl_opts(functions, name)
        if options is None or options.get("optionalhook"):
            continue
        hook = options.get("specname") or name
        if hook not in hooks:
            near = difflib.get_close_matches(hook, hooks, n=1)
            may_be_absent = "see core/hookspecs.py; for a hook of a plugin that may be absent write @hookimpl(optionalhook=True)"
            cure = f"did you mean {near[0]!r}?" if near else may_be_absent
            out.append(f"there is no hook {hook!r}: {cure}")
    return out


def check_items(plugin: Plugin, hook: str, items: Any) -> tuple[Any, ...]:
    """What a declaration hook returned, as a tuple. Raises ContractBroken."""
    if not isinstance(items, (list, tuple)):
        raise ContractBroken(f"{hook}() returned {_a(items)}: a declaration returns a list")
    for item in items:
        if (wanted := TYPES.get(hook)) and not isinstance(item, wanted):
            raise ContractBroken(f"{hook}() returned {_a(item)} in its list: it takes {wanted.__name__} objects")
        if check := _CHECKS.get(hook):
            check(plugin, item)
    names = [n for i in items if isinstance(n := getattr(i, "name", None), str) and n]
    if hook in ("record_types", "job_kinds", "periodic_jobs", "dashboard_cards", "setup_tabs", "commands", "user_fields"):
        if double := next((n for n in names if names.count(n) > 1), None):
            raise ContractBroken(f"{hook}() returned two that are called {double!r}")
    return tuple(items)


def _a(item: Any) -> str:
    return "nothing" if item is None else f"{type(item).__name__} {item!r}"[:120]


def _model(plugin: Plugin, item: Any) -> None:
    table = getattr(item, "__table__", None)
    if not isinstance(item, type) or not isinstance(table, Table):
        raise ContractBroken(f"models() returned {_a(item)}: it takes classes built on plugin_base({plugin.name!r})")
    if item.registry is not plugin_base(plugin.name).registry:  # type: ignore[attr-defined]
        raise ContractBroken(f"the model {item.__name__} is not built on plugin_base({plugin.name!r})")


def _record_type(plugin: Plugin, item: Any) -> None:
    name = getattr(item, "name", None)
    if not isinstance(name, str) or not hasattr(item, "model"):
        raise ContractBroken(f"record_types() returned {_a(item)}: it takes RecordType objects")
    if name.partition(".")[0] != plugin.name or "." not in name:
        raise ContractBroken(f"the record type {name!r} must be called {plugin.name}.<thing>")
    prefixes = plugin.manifest.url_prefixes  # type: ignore[union-attr]
    if (url := getattr(item, "url", "")) and not any(inside(url, prefix) for prefix in prefixes):
        raise ContractBroken(f"the address {url} of {name} is outside of the plugin's own ({', '.join(prefixes)}): see `url_prefixes`")


def _rule(plugin: Plugin, item: Any) -> None:
    if getattr(item, "effect", None) != "restrict" or not getattr(item, "target", ""):
        cure = "it takes restrict(…, target=…); a type's own rules stand in its `access`"
        raise ContractBroken(f"access_rules() returned {_a(item)}: {cure}")
    if item.target.partition(".")[0] == plugin.name:
        raise ContractBroken(f"access_rules() holds a rule on {item.target!r}: rules on a type of one's own stand in its `access`")


def _job(plugin: Plugin, item: Any) -> None:
    if item.name.partition(".")[0] != plugin.name:
        raise ContractBroken(f"the job {item.name!r} must be called {plugin.name}.<name>")


def _callable(plugin: Plugin, item: Any) -> None:
    if not callable(item):
        raise ContractBroken(f"demo_data() returned {_a(item)}: it takes functions make(actor)")


def _kind(plugin: Plugin, item: Any) -> None:
    if not isinstance(item, tuple) or len(item) != 3 or not isinstance(item[0], str) or not callable(item[2]):
        raise ContractBroken(f"field_kinds() returned {_a(item)}: it takes tuples (name, label, make)")


_CHECKS = {
    "models": _model, "record_types": _record_type, "access_rules": _rule, "job_kinds": _job, "periodic_jobs": _job,
    "demo_data": _callable, "field_kinds": _kind,
}  # fmt: skip


def check_blueprints(plugin: Plugin, blueprints: Sequence[Blueprint]) -> None:
    """Register the blueprints on an app that is thrown away: names, addresses, and that they act on their own pages only."""
    rehearsal = Flask("rehearsal", static_folder=None)
    generic = {t.name.replace(".", "_") for t in plugin.declared.get("record_types", ())}
    for blueprint in blueprints:
        if blueprint.name in generic:
            raise ContractBroken(f"the blueprint {blueprint.name!r} is called as that of a record type's own pages: choose another name")
        if blueprint.name != plugin.name and not blueprint.name.startswith(plugin.name + "_"):
            raise ContractBroken(f"the blueprint {blueprint.name!r} must be called {plugin.name!r} or {plugin.name}_…")
        rehearsal.register_blueprint(blueprint)
    prefixes = plugin.manifest.url_prefixes  # type: ignore[union-attr]
    for rule in rehearsal.url_map.iter_rules():
        if not any(inside(rule.rule, prefix) for prefix in prefixes):
            own = f"the plugin's own ({', '.join(prefixes)}): see `url_prefixes`"
            raise ContractBroken(f"the address {rule.rule} of {rule.endpoint} is outside of {own}")
    app_wide: dict[str, Any] = {
        "before_app_request": rehearsal.before_request_funcs.get(None),
        "after_app_request": rehearsal.after_request_funcs.get(None),
        "teardown_app_request": rehearsal.teardown_request_funcs.get(None),
        "app_url_value_preprocessor": rehearsal.url_value_preprocessors.get(None),
        "app_url_defaults": rehearsal.url_default_functions.get(None),
        "app_errorhandler": any(rehearsal.error_handler_spec.get(None, {}).values()),
        "app_context_processor": rehearsal.template_context_processors[None][1:],  # the first is Flask's own
    }
    if used := [name for name, funcs in app_wide.items() if funcs]:
        where = f"would act on everybody's pages, even while {plugin.name} is off"
        raise ContractBroken(f"{', '.join(used)} {where}: a blueprint keeps to its own")


def check_tables(plugin: Plugin, new: Iterable[Table], needs: Iterable[str]) -> None:
    """Tables carry the plugin's name; foreign keys lead to primary keys of the core and of what it depends on."""
    own = plugin.name
    reachable = (own, "core", *needs)
    for table in new:
        if not table.name.startswith(tuple(n + "_" for n in reachable)):
            raise ContractBroken(f"the table {table.name!r} must be called {own}_…: build its model on plugin_base({own!r})")
    for table in [t for t in db.metadata.tables.values() if t.name.startswith(own + "_")]:
        for key in table.foreign_keys:
            target, _, column = key.target_fullname.rpartition(".")
            if not target.startswith(tuple(n + "_" for n in reachable)):
                raise ContractBroken(f"{table.name}.{key.parent.name} leads to {target}, which is of no plugin in `depends`")
            found = db.metadata.tables.get(target)
            is_key = found is None or (column in found.c and found.c[column].primary_key)
            if not is_key and not target.startswith(own + "_"):
                where = f"{table.name}.{key.parent.name} leads to {target}.{column}"
                raise ContractBroken(f"{where}: foreign keys to others' tables lead to primary keys only")


def check_relationships(plugin: Plugin) -> None:
    """No backref across plugins: undoing this plugin would take the other's class along."""
    registry = plugin_base(plugin.name).registry
    for mapper in list(registry.mappers):
        for prop in mapper._props.values():  # the public `relationships` would configure, which is what must not happen yet
            if not getattr(prop, "backref", None) and not getattr(prop, "back_populates", None):
                continue
            target = getattr(prop, "argument", None)
            target = target() if callable(target) and not isinstance(target, (type, Mapper)) else target
            target = getattr(target, "class_", target)
            if isinstance(target, type) and getattr(target, "registry", registry) is not registry:
                name = f"{mapper.class_.__name__}.{prop.key}"
                raise ContractBroken(f"{name} has a backref on {target.__name__} of another plugin: leave it out")
