"""The one migration runner: Alembic without alembic.ini, a version table per plugin (`<plugin>_alembic`; the core's is `core_alembic`).

One shared version table would die with the first plugin whose folder goes away. Core's revisions stand in core/migrations/versions, a
plugin's in its own migrations/versions. Import this module late: Alembic takes most of a second.
"""

import fcntl
import logging
import re
import tempfile
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic.autogenerate import RevisionContext, compare_metadata
from alembic.config import Config
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, NullPool, create_engine, inspect, text

from .base import db
from .engine import prepare
from .migrate_filters import filters, missing_search_indexes, render_type, with_search_indexes
from .migrate_sqlite import broken_keys, is_autoincrement, restore, take_notes
from .revisions import MigrationError, Source, current, head, sources

log = logging.getLogger(__name__)
PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=OFF", "busy_timeout=60000")
"""Foreign keys are off while SQLite copies a table to change it, else dropping the old one would empty what hangs on it; checked after."""
TEMPLATE_DIR = Path(__file__).parent / "revision_template"
LOCK_KEY = 0x43415254455241  # "CARTERA": the advisory lock of upgrades on PostgreSQL


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an upgrade did for one source: the revision before and after, the error if it failed (its own part is undone then)."""

    name: str
    before: str | None
    after: str | None
    error: str = ""

    @property
    def changed(self) -> bool:
        return self.before != self.after


def upgrade_all(engine: Engine, addons: Any, tell: Callable[[str], None] = log.info, *, only: set[str] | None = None) -> list[Outcome]:
    """Bring the core and all plugins (or `only` these) to their newest revision, in order.

    What fails is undone by itself and takes its dependants along. Two processes take turns. Gives an outcome per source; the caller looks
    at `error`.
    """
    outcomes: list[Outcome] = []
    failed: set[str] = set()
    with _own_engine(engine) as own, _alone(own):
        for source in (s for s in sources(addons) if only is None or s.name in only):
            before = current(own, source)
            off = "core" if "core" in failed else next((n for n in source.needs if n in failed), None)
            if off:
                outcomes.append(Outcome(name=source.name, before=before, after=before, error=f"waits for {off}, which failed"))
            elif not source.exists:
                continue
            else:
                try:
                    _run(own, source, "heads", tell)
                    outcomes.append(Outcome(name=source.name, before=before, after=current(own, source)))
                    continue
                except Exception as e:
                    log.exception("the migrations of %s failed and are undone", source.name)
                    outcomes.append(Outcome(name=source.name, before=before, after=before, error=f"{type(e).__name__}: {e}"))
            failed.add(source.name)
        if any(o.changed for o in outcomes):
            _bump(own)
    return outcomes


def downgrade(engine: Engine, source: Source, target: str = "base", tell: Callable[[str], None] = log.info) -> None:
    """Take a source back; to base also drops its version table. Raises MigrationError."""
    with _own_engine(engine) as own, _alone(own):
        _run(own, source, target, tell, down=True)
        if target == "base":
            with own.execution_options(write=True).begin() as connection:
                connection.exec_driver_sql(f'DROP TABLE IF EXISTS "{source.table}"')
        _bump(own)


def model_diff(engine: Engine, source: Source) -> list[str]:
    """In what the models of a source differ from its tables in this database, a sentence each; empty when they agree."""
    with _own_engine(engine) as own, own.connect() as connection, _quiet():
        with EnvironmentContext(Config(), _script(source)) as env:
            _configure(env, source, connection)
            found = compare_metadata(env.get_context(), db.metadata)
        flat = [d for group in found for d in (group if isinstance(group, list) else [group])]
        return [_in_words(d) for d in flat] + missing_search_indexes(connection, source.name)


def revision(addons: Any, name: str, message: str, *, empty: bool = False) -> Path | None:
    """Write the next revision of a plugin (or "core"): what its models have and its revisions don't. None when they agree.

    Compared against a throw-away SQLite database at the newest revisions, so that nobody's data matters. Raises MigrationError.
    """
    wanted = next((s for s in sources(addons) if s.name == name), None)
    if wanted is None:
        raise MigrationError(f"there is no plugin {name!r} that runs: see `cartera plugin list`")
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        engine = create_engine(f"sqlite:///{folder}/compare.db", poolclass=NullPool)
        prepare(engine)
        needs = {"core", name} | (set(addons.needs(name)) if name != "core" else set())
        for outcome in upgrade_all(engine, addons, tell=lambda line: None, only=needs):
            if outcome.error:
                raise MigrationError(f"the revisions of {outcome.name} can't be run: {outcome.error}")
        if not empty and not model_diff(engine, wanted):
            return None
        with _own_engine(engine) as own, own.connect() as connection, _quiet():
            return _write(wanted, connection, message, autogenerate=not empty)


def _write(source: Source, connection: Connection, message: str, *, autogenerate: bool) -> Path:
    script = _script(source)
    number = 1 + max((int(m[1]) for f in source.folder.glob("*.py") if (m := re.match(r"\D*?(\d{4})_", f.name))), default=0)
    arguments = {
        "message": message, "autogenerate": autogenerate, "sql": False, "head": "head", "splice": False, "branch_label": None,
        "version_path": str(source.folder), "rev_id": f"{source.name}_{number:04d}", "depends_on": None,
    }  # fmt: skip
    context = RevisionContext(Config(), script, arguments)

    def compare(rev: Any, migration: Any) -> list[Any]:
        (context.run_autogenerate if autogenerate else context.run_no_autogenerate)(rev, migration)
        return []

    with EnvironmentContext(Config(), script, fn=compare, template_args=context.template_args) as env:
        _configure(env, source, connection)
        with Operations.context(env.get_context()):
            env.get_context().run_migrations()
    path = Path(next(s for s in context.generate_scripts() if s is not None).path)
    lines = path.read_text(encoding="utf-8").splitlines()
    tidy = "\n".join(line for line in lines if not line.strip().startswith("# ### "))
    path.write_text(tidy.rstrip() + "\n", encoding="utf-8")
    return path


def _run(engine: Engine, source: Source, target: str, tell: Callable[[str], None], *, down: bool = False) -> None:
    script = _script(source)
    if not down:
        head(source)
    known = {s.revision for s in script.walk_revisions()} if source.exists else set()
    if (now := current(engine, source)) and now not in known:
        raise MigrationError(
            f"the database has revision {now} of {source.name}, which {source.folder} does not know: install the newer version of it"
        )

    def steps(rev: Any, context: Any) -> Any:
        return script._downgrade_revs(target, rev) if down else script._upgrade_revs(target, rev)

    sqlite = engine.dialect.name == "sqlite"
    with engine.execution_options(write=True).connect() as connection, connection.begin(), _quiet():
        notes = take_notes(connection, source.name) if sqlite else None
        with EnvironmentContext(Config(), script, fn=steps, destination_rev=target) as env:
            _configure(env, source, connection, on_version_apply=lambda **kw: tell(_applied(source, kw["step"])))
            with _operations(env.get_context()):
                env.get_context().run_migrations()
        if notes is not None:
            restore(connection, notes)
            if broken := broken_keys(connection, source.name):
                raise MigrationError(f"after the migration foreign keys lead to nothing: {'; '.join(broken)}")


def _applied(source: Source, step: Any) -> str:
    script = step.up_revision
    return f"{source.name}: {step.up_revision_id} {'applied' if step.is_upgrade else 'taken back'}{' · ' + script.doc if script else ''}"


@contextmanager
def _operations(migration: Any) -> Iterator[None]:
    """Alembic's `op`, except that copying an SQLite table keeps its AUTOINCREMENT: ids are never used twice."""
    with Operations.context(migration) as op:
        original = op.batch_alter_table

        def batch_alter_table(table_name: str, *args: Any, **kw: Any) -> Any:
            if op.get_bind().dialect.name == "sqlite" and is_autoincrement(op.get_bind(), table_name):
                kw["table_kwargs"] = {"sqlite_autoincrement": True, **(kw.get("table_kwargs") or {})}
            return original(table_name, *args, **kw)

        op.batch_alter_table = batch_alter_table  # type: ignore[method-assign]
        yield


def _script(source: Source) -> ScriptDirectory:
    folder = source.folder if source.folder.is_dir() else TEMPLATE_DIR
    return ScriptDirectory(
        str(TEMPLATE_DIR), file_template="%(rev)s_%(slug)s", version_locations=[str(folder)], messaging_opts={"quiet": True}
    )


def _configure(env: EnvironmentContext, source: Source, connection: Connection, **more: Any) -> None:
    env.configure(
        connection=connection, target_metadata=db.metadata, version_table=source.table, transactional_ddl=True,
        render_as_batch=connection.dialect.name == "sqlite", compare_type=True, render_item=render_type, alembic_module_prefix="op.",
        process_revision_directives=with_search_indexes, **filters(source.name), **more,
    )  # fmt: skip


def _in_words(diff: tuple[Any, ...]) -> str:
    """A difference as compare_metadata gives it, as a sentence."""
    kind, *rest = diff
    if kind in ("add_table", "remove_table"):
        return f"the table {rest[0].name} is in the {'models' if kind == 'add_table' else 'database'} only"
    if kind in ("add_column", "remove_column"):
        return f"the column {rest[1]}.{rest[2].name} is in the {'models' if kind == 'add_column' else 'database'} only"
    if kind.startswith("modify_"):
        return f"{kind.removeprefix('modify_')} of {rest[1]}.{rest[2]} is {rest[-2]!r} in the database and {rest[-1]!r} in the models"
    named = rest[0]
    where = "models" if kind.startswith("add_") else "database"
    return f"{kind.partition('_')[2]} {getattr(named, 'name', None) or named} of {getattr(named.table, 'name', '?')} is in the {where} only"


@contextmanager
def _own_engine(engine: Engine) -> Iterator[Engine]:
    """An engine of the runner's own on the same database: without foreign keys on SQLite, and without a pool."""
    if engine.dialect.name == "sqlite" and engine.url.database in (None, "", ":memory:"):
        raise MigrationError("a database in memory can't be migrated: give it a file")
    own = create_engine(engine.url, poolclass=NullPool)
    prepare(own, pragmas=PRAGMAS)
    try:
        yield own
    finally:
        own.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Two processes that upgrade at once take turns: a lock file beside an SQLite database, an advisory lock on PostgreSQL."""
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database)).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path.with_name(path.name + ".upgrade-lock"), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})


def _bump(engine: Engine) -> None:
    """Tell all processes that tables changed (core.addons.state)."""
    with engine.execution_options(write=True).begin() as connection:
        if inspect(connection).has_table("core_addon_version"):
            connection.exec_driver_sql(
                "INSERT INTO core_addon_version (id, number) VALUES (1, 1) "
                "ON CONFLICT (id) DO UPDATE SET number = core_addon_version.number + 1"
            )


@contextmanager
def _quiet() -> Iterator[None]:
    """Alembic warns of each expression index that SQLite can't reflect; those are `ix_cf_…`, which custom fields look after."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*expression-based index.*")
        warnings.filterwarnings("ignore", message=".*[Ss]kipped unsupported reflection.*")
        yield
