"""`cartera plugin …`: what runs and what failed, switching, checking, making new plugins, writing their migrations, dropping their data."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask

from core.db import db
from core.errors import Conflict

from . import scaffold
from .check import check
from .loaded import Addons, Plugin
from .state import UnknownPlugin

MakeApp = Callable[..., Flask]
"""Makes an app; keyword arguments are settings that go before those of the environment."""


def plugin_commands(make_app: MakeApp) -> click.Group:
    """The group `plugin`, for core/cli: `cli.add_command(plugin_commands(make_app))`."""

    @click.group()
    def plugin() -> None:
        """Plugins: list, switch, check, make, migrate, drop."""

    @contextmanager
    def installation(**settings: Any) -> Iterator[tuple[Flask, Addons]]:
        app = make_app(**settings)
        with app.app_context(), _in_words():
            yield app, app.extensions["cartera"].addons

    @plugin.command("list")
    def list_() -> None:
        """Show all plugins with their state; why one failed; whose folder is gone."""
        with installation() as (_app, addons):
            show_list(addons)

    def switch(name: str, state: str, with_dependants: bool = False) -> None:
        with installation() as (_app, addons):
            back = addons.states.went_with(name) if state == "enabled" else {}
            changed = addons.states.set_state(name, state, None, with_dependants=with_dependants)
            for each, old, new, _undo in changed:
                click.echo(f"{each}: {old} → {new}")
            if not changed:
                click.echo(f"{name} is {addons.states.current().state(name)} already")
            for each, before in back.items():
                verb = "hide" if before == "hidden" else "enable"
                click.echo(f"{each}, which was disabled with {name}, is off still: cartera plugin {verb} {each}")
            if reason := addons.states.current().reasons.get(name):
                click.echo(f"{name} does not run yet: {reason}")

    @plugin.command()
    @click.argument("name")
    def enable(name: str) -> None:
        """Switch a plugin on, and what it depends on."""
        switch(name, "enabled")

    @plugin.command()
    @click.argument("name")
    @click.option("--with-dependants", is_flag=True, help="Also disable the plugins that need it.")
    def disable(name: str, with_dependants: bool) -> None:
        """Switch a plugin off; its data stays."""
        switch(name, "disabled", with_dependants)

    @plugin.command()
    @click.argument("name")
    def hide(name: str) -> None:
        """Keep a plugin working for superadmins only."""
        switch(name, "hidden")

    @plugin.command()
    @click.argument("name")
    def show(name: str) -> None:
        """Show all about one plugin."""
        with installation() as (_app, addons):
            show_one(addons, _get(addons, name))

    @plugin.command()
    @click.argument("name")
    @click.argument("folder", type=click.Path(file_okay=False, path_type=Path), default=".")
    def new(name: str, folder: Path) -> None:
        """Make a working plugin: model, record type, menu, migration, test."""
        try:
            written = scaffold.create(name, folder)
        except ValueError as e:
            raise click.ClickException(str(e)) from e
        for path in written:
            click.echo(path)
        click.echo(f"Its test: pytest {folder / name}")
        click.echo(f"To use it: CARTERA_ADDONS={folder.absolute()} cartera upgrade, then serve the same way.")

    @plugin.command("check")
    @click.argument("path", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
    def check_(path: Path | None) -> None:
        """Say what is wrong with plugins before they run: all, or those in PATH."""
        with tempfile.TemporaryDirectory() as scratch:
            settings: dict[str, Any] = {"data_dir": scratch, "database_url": f"sqlite:///{scratch}/cartera.db", "strict": False}
            if path is not None:
                settings["addons"] = (*make_settings_addons(), path.resolve())
            with installation(**settings) as (app, _addons):
                problems = check(app, path)
                db.engine.dispose()
        for problem in problems:
            click.echo(f"{problem.plugin or 'installation'}: {problem.what}")
            if problem.traceback:
                click.echo(_indented(problem.traceback))
            if problem.cure:
                click.echo(f"    {problem.cure}")
        if problems:
            click.echo(f"{len(problems)} problem{'s' if len(problems) > 1 else ''}", err=True)
            sys.exit(1)
        click.echo("Nothing is wrong.")

    @plugin.command()
    @click.argument("name")
    @click.option("--yes", is_flag=True, help="Do not ask for the name to be typed.")
    def drop(name: str, yes: bool) -> None:
        """Delete a plugin's tables; they are written to CSV files before."""
        from .drop import count_rows
        from .drop import drop as drop_tables

        with installation() as (app, addons):
            target = _get(addons, name)
            if not target.loaded:
                raise click.ClickException(f"{name} failed, so its migrations can't be taken back: see `cartera plugin show {name}`")
            rows = count_rows(db.engine, name)
            click.echo(f"This deletes {len(rows)} tables of {name} with {sum(rows.values())} rows, after writing them to CSV files.")
            if not yes and click.prompt("Type the plugin's name to go on", default="", show_default=False) != name:
                raise click.ClickException("that was not the name: nothing was changed")
            folder = app.extensions["cartera"].settings.data_dir / "dropped"
            if addons.states.current().runs(name):
                addons.states.set_state(name, "disabled", None)
            for path in drop_tables(db.engine, addons, target, folder):
                click.echo(path)
            addons.states.refresh()
            click.echo(f"The tables of {name} are gone; it is disabled. Take its folder away, or `cartera upgrade` makes them anew.")

    @plugin.command()
    @click.argument("name")
    @click.option("-m", "--message", default="", help="What changes; the first revision is called start.")
    @click.option("--empty", is_flag=True, help="An empty revision, for a change of data.")
    def migrate(name: str, message: str, empty: bool) -> None:
        """Write a revision: what the models have and the migrations don't."""
        from core.db import migrate as runner
        from core.db.revisions import CORE, MigrationError, source_of

        with installation() as (_app, addons):
            if name != "core":
                failed = _get(addons, name).failure
                if failed is not None:
                    raise click.ClickException(f"{name} failed: {failed.reason}")
            source = CORE if name == "core" else source_of(addons[name])
            words = message or ("change" if source.exists else "start")
            try:
                path = runner.revision(addons, name, words, empty=empty)
            except MigrationError as e:
                raise click.ClickException(str(e)) from e
            agree = f"The models and migrations of {name} agree: nothing to write."
            click.echo(f"{path}\nRead it, then: cartera upgrade" if path else agree)

    def make_settings_addons() -> tuple[Path, ...]:
        from core.config import Settings

        return Settings.load().addons

    return plugin


def show_list(addons: Addons) -> None:
    """One line per plugin; under it why it does not run."""
    from core.db.revisions import left_behind

    states = addons.states.current()
    width = max((len(p.name) for p in addons.plugins), default=10) + 2
    for plugin in addons.plugins:
        where = plugin.source if plugin.source == "bundled" else str(plugin.path)
        state = states.state(plugin.name) if plugin.loaded else "failed"
        click.echo(f"{plugin.name:<{width}}{plugin.version or '–':<10}{state:<10}{where}")
        if plugin.failure is not None:
            click.echo(_indented("\n".join(t for t in (plugin.failure.reason, plugin.failure.traceback, plugin.failure.cure) if t)))
        elif reason := states.reasons.get(plugin.name):
            click.echo(_indented(reason))
    for name, rows in left_behind(db.engine, addons).items():
        click.echo(f"{name:<{width}}{'–':<10}missing: its tables and {rows} record{'' if rows == 1 else 's'} are kept")
    for problem in addons.problems:
        click.echo(problem)


def show_one(addons: Addons, plugin: Plugin) -> None:
    """Manifest, state, relations, declarations, tables and migrations of one plugin; why it failed."""
    manifest = plugin.manifest
    rows: list[tuple[str, Any]] = [("title", plugin.title), ("version", plugin.version), ("source", plugin.source), ("folder", plugin.path)]
    if manifest is not None:
        needs = ", ".join(f"{n} {v}".strip() for n, v in manifest.depends.items())
        rows += [
            ("summary", manifest.summary), ("author", manifest.author), ("license", manifest.license), ("website", manifest.website),
            ("made for core", manifest.core), ("needs", needs), ("addresses", ", ".join(manifest.url_prefixes)),
        ]  # fmt: skip
    if plugin.loaded:
        from core.db.revisions import current, head, source_of

        from .drop import count_rows

        source = source_of(plugin)
        states = addons.states.current()
        rows += [
            ("state", states.state(plugin.name) + (f" ({states.reasons[plugin.name]})" if plugin.name in states.reasons else "")),
            ("needed by", ", ".join(addons.needed_by(plugin.name))),
            ("declares", ", ".join(f"{hook} {len(items)}" for hook, items in plugin.declared.items() if items)),
            ("revision", f"{current(db.engine, source) or 'none'} of {head(source) or 'none'}"),
            ("tables", ", ".join(f"{t} {n}" for t, n in count_rows(db.engine, plugin.name).items())),
        ]
    for label, value in rows:
        if value not in ("", None):
            click.echo(f"{label:<14}{value}")
    if plugin.failure is not None:
        click.echo(f"{'failed':<14}{plugin.failure.reason}")
        click.echo(_indented("\n".join(t for t in (plugin.failure.traceback, plugin.failure.cure) if t)))


def _get(addons: Addons, name: str) -> Plugin:
    try:
        return addons[name]
    except KeyError:
        raise click.ClickException(f"there is no plugin {name!r}: see `cartera plugin list`") from None


def _indented(text: str) -> str:
    return "\n".join("    " + line for line in text.rstrip().splitlines())


@contextmanager
def _in_words() -> Iterator[None]:
    """Refusals as one line that says what to do, with an honest exit code."""
    try:
        yield
    except Conflict as e:
        names = ", ".join(e.details or ())
        cure = f"\nIn the way: {names}. `disable … --with-dependants` disables them with it." if names else ""
        raise click.ClickException(f"{e}{cure}") from e
    except UnknownPlugin as e:
        raise click.ClickException(str(e)) from e
