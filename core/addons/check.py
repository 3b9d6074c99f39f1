"""`cartera plugin check`: what is wrong with a plugin, said before it runs for anybody. Reads a throw-away app, changes nothing.

Manifest and import errors, broken contract, open routes, tables without migrations, imports from inside of core and from plugins that it
does not depend on, folders that others can write to.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from .face import FACE, private_names
from .icons import icon_names, shown_icon
from .loaded import Addons, Plugin

PUBLIC = {"models", "services", "access"}
"""What a plugin may import of one that it depends on."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Something that is wrong: with which plugin (empty: with the installation), what, and how it is cured."""

    plugin: str
    what: str
    cure: str = ""
    traceback: str = ""


def check(app: Flask, under: Path | None = None) -> list[Problem]:
    """All that is wrong with the plugins of an app on a scratch database; `under` limits it to those in a folder."""
    addons: Addons = app.extensions["cartera"].addons
    found = [] if under else [Problem(plugin="", what=text) for text in addons.problems]
    data_dir = app.extensions["cartera"].settings.data_dir
    for plugin in addons.plugins:
        if under is not None and not plugin.path.resolve().is_relative_to(under.resolve()):
            continue
        if plugin.failure is not None:
            f = plugin.failure
            found.append(Problem(plugin=plugin.name, what=f.reason, cure=f.cure, traceback=f.traceback))
            continue
        found += open_routes(app, plugin)
        found += foreign_imports(addons, plugin)
        found += private_imports(plugin)
        found += unknown_icons(addons, plugin)
        found += _tables(app, addons, plugin)
        if plugin.source == "folder":
            found += _exposed(plugin, data_dir)
    if under is not None and not any(p.path.resolve().is_relative_to(under.resolve()) for p in addons.plugins):
        found.append(Problem(plugin="", what=f"there is no plugin in {under}", cure="Give the plugin's folder, or a folder of plugins."))
    return found


def open_routes(app: Flask, plugin: Plugin) -> Iterator[Problem]:
    """Routes of the plugin's own blueprints that neither carry a guard nor load their record through `load_or_404`."""
    own = {b.name: b for b in plugin.declared.get("blueprints", ())}
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        blueprint = own.get(rule.endpoint.partition(".")[0])
        if blueprint is None or rule.endpoint.endswith(".static"):
            continue
        before = blueprint.before_request_funcs.get(None, ())
        if not is_guarded(app.view_functions[rule.endpoint]) and not any(is_guarded(f) for f in before):
            yield Problem(
                plugin=plugin.name,
                what=f"the route {rule.rule} ({rule.endpoint}) is open: anybody who is signed in gets there",
                cure='Put @requires("CR") under the route, or load its record through load_or_404(record_type, id, action).',
            )


def is_guarded(view: Any) -> bool:
    """Whether a view carries a guard of core/web/guards.py or calls `load_or_404` itself."""
    seen = view
    while seen is not None:
        if getattr(seen, "__cartera_guard__", False):
            return True
        if _calls(seen, "load_or_404"):
            return True
        seen = getattr(seen, "__wrapped__", None)
    view_class = getattr(view, "view_class", None)
    return view_class is not None and (bool(getattr(view_class, "__cartera_guard__", False)) or _calls(view_class, "load_or_404"))


def _calls(thing: Any, name: str) -> bool:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError):
        return False
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return any((isinstance(f, ast.Name) and f.id == name) or (isinstance(f, ast.Attribute) and f.attr == name) for f in calls)


def _files(plugin: Plugin, *left_out: str) -> Iterator[tuple[Path, ast.AST]]:
    for path in sorted(plugin.path.rglob("*.py")):
        if {"tests", *left_out} & set(path.relative_to(plugin.path).parts):
            continue
        try:
            yield path, ast.parse(path.read_text(encoding="utf-8"))
        except SyntaxError:
            continue  # a file that is imported fails by itself, with a traceback


def private_imports(plugin: Plugin) -> Iterator[Problem]:
    """Imports from inside of core, which may be another with the next version."""
    for path, tree in _files(plugin):
        for line, name in private_names(tree):
            where = f"{path.relative_to(plugin.path)}, line {line}"
            cure = f"Public are the names in `__all__` of {', '.join(sorted(FACE))}."
            yield Problem(plugin=plugin.name, what=f"{where} imports {name}, which is not public", cure=cure)


def foreign_imports(addons: Addons, plugin: Plugin) -> Iterator[Problem]:
    """Imports from plugins that are not in `depends`, or from other than their public face."""
    for path, tree in _files(plugin, "migrations"):
        for line, module in _imported(tree):
            other, *rest = module.split(".")[1:] or [""]
            if not other or other == plugin.name:
                continue
            where = f"{path.relative_to(plugin.path)}, line {line}"
            if other not in addons.needs(plugin.name):
                yield Problem(plugin=plugin.name, what=f"{where} imports {module}", cure=f"Add {other!r} to `depends` in the manifest.")
            elif rest and rest[0] not in PUBLIC:
                cure = f"Of other plugins only {', '.join(sorted(PUBLIC))} may be imported."
                yield Problem(plugin=plugin.name, what=f"{where} imports {module}", cure=cure)


def _imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, a.name) for a in node.names if a.name.startswith("plugins."))
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            if node.module == "plugins":
                yield from ((node.lineno, f"plugins.{a.name}") for a in node.names)
            elif node.module.startswith("plugins."):
                if node.module.count(".") == 1:
                    yield from ((node.lineno, f"{node.module}.{a.name}") for a in node.names)
                else:
                    yield node.lineno, node.module


def unknown_icons(addons: Addons, plugin: Plugin) -> Iterator[Problem]:
    """Menu entries whose icon is not among those that come with the product."""
    for name, entry in addons.declared("menu_entries"):
        if name == plugin.name and shown_icon(entry.icon) != entry.icon:
            cure = f"Take one of these: {', '.join(sorted(icon_names()))}."
            yield Problem(plugin=plugin.name, what=f"there is no icon {entry.icon!r} for the menu entry {str(entry.label)!r}", cure=cure)


def _tables(app: Flask, addons: Addons, plugin: Plugin) -> Iterator[Problem]:
    from core.db import db, migrate
    from core.db.revisions import MigrationError, source_of

    if not plugin.declared.get("models") and not any(t.startswith(plugin.name + "_") for t in db.metadata.tables):
        return
    source = source_of(plugin)
    cure = f"Run `cartera plugin migrate {plugin.name}`, and look at what it wrote."
    if not source.exists:
        yield Problem(plugin=plugin.name, what="its tables have no migrations", cure=cure)
        return
    with app.app_context():
        engine = db.engine
    try:
        needs = {"core", plugin.name, *addons.needs(plugin.name)}
        failed = [o for o in migrate.upgrade_all(engine, addons, tell=lambda line: None, only=needs) if o.error]
        differences = [] if failed else migrate.model_diff(engine, source)
    except MigrationError as e:
        yield Problem(plugin=plugin.name, what=str(e))
        return
    yield from (Problem(plugin=plugin.name, what=f"the migrations of {o.name} can't be run: {o.error}") for o in failed)
    if differences:
        yield Problem(plugin=plugin.name, what=f"models and migrations differ: {'; '.join(differences)}", cure=cure)


def _exposed(plugin: Plugin, data_dir: Path) -> Iterator[Problem]:
    if plugin.path.stat().st_mode & 0o002:
        yield Problem(plugin=plugin.name, what=f"everybody on this machine can write to {plugin.path}", cure=f"chmod o-w {plugin.path}")
    if plugin.path.is_relative_to(data_dir):
        cure = "A plugin is code: keep it apart from what people upload."
        yield Problem(plugin=plugin.name, what=f"{plugin.path} lies in the data folder", cure=cure)
