"""What SQLite loses when a table is copied to change it (batch mode), and how it comes back: triggers, expression indexes, numbering."""

import re
from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Note:
    """A trigger or index as SQLite remembers it."""

    kind: str
    name: str
    table: str
    sql: str


def take_notes(connection: Connection, prefix: str) -> list[Note]:
    """The search triggers and the indexes on custom fields of a plugin's tables, before it is migrated."""
    found = connection.execute(
        text("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND sql IS NOT NULL ORDER BY name")
    )
    notes = [Note(*row) for row in found]
    ours = [n for n in notes if n.table.startswith(prefix + "_")]
    return [n for n in ours if n.name.startswith("ix_cf_") or (n.kind == "trigger" and "_fts_" in n.name)]


def restore(connection: Connection, notes: list[Note]) -> None:
    """Make again what was dropped along with a table that is still there (and, for a trigger, whose search index is)."""
    there = {row[0] for row in connection.execute(text("SELECT name FROM sqlite_master"))}
    for note in notes:
        needs = {note.table} | ({note.table + "_fts"} if note.kind == "trigger" else set())
        if note.name not in there and needs <= there:
            connection.exec_driver_sql(note.sql)


def broken_keys(connection: Connection, prefix: str) -> list[str]:
    """Rows whose foreign key leads to nothing after a migration, a sentence per table (at most ten)."""
    rows = connection.execute(text('SELECT DISTINCT "table", parent FROM pragma_foreign_key_check LIMIT 10')).all()
    return [f"{table} → {parent}" for table, parent in rows if str(table).startswith(prefix + "_") or str(parent).startswith(prefix + "_")]


def is_autoincrement(connection: Connection, table: str) -> bool:
    """Whether a table never uses an id twice."""
    sql = connection.execute(text("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = :name"), {"name": table}).scalar()
    return bool(sql and re.search(r"\bAUTOINCREMENT\b", sql, re.IGNORECASE))
