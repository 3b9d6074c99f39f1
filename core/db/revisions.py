"""Which migrations there are and which of them a database has, without Alembic, whose import takes most of a second.

Each start asks; only `core.db.migrate`, which runs them, needs Alembic.
"""

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, inspect

CORE_VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
ASSIGNED = re.compile(r"^(revision|down_revision)\b[^=\n]*=\s*(.+)$", re.M)


class MigrationError(Exception):
    """A migration can't be run or written; the message says what to do."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Whose revisions: the core's or a plugin's. `needs` are names whose revisions go before."""

    name: str
    folder: Path
    needs: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The version table."""
        return f"{self.name}_alembic"

    @property
    def files(self) -> list[Path]:
        """Where the revisions stand, one in each."""
        return sorted(self.folder.glob("[!_]*.py"))

    @property
    def exists(self) -> bool:
        """Whether there is any revision."""
        return bool(self.files)


CORE = Source(name="core", folder=CORE_VERSIONS)


def source_of(plugin: Any) -> Source:
    """The revisions of a plugin (core.addons.Plugin)."""
    return Source(name=plugin.name, folder=plugin.path / "migrations" / "versions", needs=tuple(plugin.depends))


def sources(addons: Any) -> list[Source]:
    """The core's revisions, then those of each loaded plugin, dependencies first. Failed plugins' never run."""
    return [CORE, *(source_of(p) for p in addons)]


def current(engine: Engine, source: Source) -> str | None:
    """The revision of a source in this database, or None."""
    with engine.connect() as connection:
        if not inspect(connection).has_table(source.table):
            return None
        return connection.exec_driver_sql(f'SELECT version_num FROM "{source.table}"').scalar()  # noqa: S608 - a checked name


def head(source: Source) -> str | None:
    """The newest revision of a source in its folder, or None: the one that no other follows. Its files are read, not run.

    Raises MigrationError when there are two, or when a file can't be read that way.
    """
    there: set[str] = set()
    followed: set[str] = set()
    for path in source.files:
        names = _names(path)
        if isinstance(names.get("revision"), str):
            there.add(names["revision"])
            before = names.get("down_revision") or ()
            followed |= {before} if isinstance(before, str) else set(before)
    heads = sorted(there - followed)
    if len(heads) > 1:
        raise MigrationError(f"{source.name} has two newest revisions ({', '.join(heads)}): let one name the other as its down_revision")
    return heads[0] if heads else None


def _names(path: Path) -> dict[str, Any]:
    """`revision` and `down_revision` as a file of Alembic assigns them."""
    try:
        return {name: ast.literal_eval(value) for name, value in ASSIGNED.findall(path.read_text(encoding="utf-8"))}
    except (SyntaxError, ValueError) as error:
        raise MigrationError(f"{path}: revision and down_revision can't be read ({error}): write them as plain texts") from error


def pending(engine: Engine, addons: Any) -> list[Source]:
    """The sources that an upgrade would change."""
    return [s for s in sources(addons) if s.exists and head(s) != current(engine, s)]


def left_behind(engine: Engine, addons: Any) -> dict[str, int]:
    """Plugins whose tables are in the database but which aren't there any more: name → number of records that are kept."""
    known = {"core", *(p.name for p in addons.plugins)}
    with engine.connect() as connection:
        tables = inspect(connection).get_table_names()
        gone = {t.removesuffix("_alembic") for t in tables if t.endswith("_alembic")} - known
        kept = {name: [t for t in tables if t.startswith(name + "_") and not re.search(r"_alembic$|_fts(_\w+)?$", t)] for name in gone}
        count = lambda t: connection.exec_driver_sql(f'SELECT count(*) FROM "{t}"').scalar() or 0  # noqa: E731, S608
        return {name: sum(count(t) for t in kept[name]) for name in sorted(gone)}
