"""The index behind text search, made and dropped in migrations: FTS5 with trigrams on SQLite, pg_trgm on PostgreSQL where it can be had.

The FTS5 table holds no text of its own (external content): it points to `search_text` of the record's table, kept up by three triggers.
"""

from typing import Any

COLUMN = "search_text"


def create_search_index(op: Any, table: str) -> None:
    """Index `search_text` of a table for searching parts of words; what stands in it already is indexed too.

    In a revision: `create_search_index(op, "companies_company")`. PostgreSQL without the right to pg_trgm goes without (plain LIKE).
    """
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for sql in sqlite_statements(table):
            op.execute(sql)
    elif has_trigrams(connection):
        op.execute(f"CREATE INDEX ix_{table}_{COLUMN}_trgm ON {table} USING gin ({COLUMN} gin_trgm_ops)")


def sqlite_statements(table: str) -> list[str]:
    """What makes the index on SQLite: the FTS5 table, its three triggers, and the indexing of what is there."""
    fts = f"{table}_fts"
    add = f"INSERT INTO {fts} (rowid, {COLUMN}) VALUES (new.id, new.{COLUMN});"  # noqa: S608 - names of our own tables, no values
    remove = f"INSERT INTO {fts} ({fts}, rowid, {COLUMN}) VALUES ('delete', old.id, old.{COLUMN});"  # noqa: S608
    # Updates only when the text differs: most don't touch it, and each would rewrite its trigrams.
    changed = f"AFTER UPDATE OF {COLUMN} ON {table} WHEN old.{COLUMN} IS NOT new.{COLUMN}"
    return [
        f"CREATE VIRTUAL TABLE {fts} USING fts5({COLUMN}, content='{table}', content_rowid='id', tokenize='trigram')",
        f"CREATE TRIGGER {fts}_ai AFTER INSERT ON {table} BEGIN {add} END",
        f"CREATE TRIGGER {fts}_ad AFTER DELETE ON {table} BEGIN {remove} END",
        f"CREATE TRIGGER {fts}_au {changed} BEGIN {remove} {add} END",
        f"INSERT INTO {fts} ({fts}) VALUES ('rebuild')",  # noqa: S608
    ]


def drop_search_index(op: Any, table: str) -> None:
    """Take the index of a table away; call it before the table is dropped."""
    if op.get_bind().dialect.name == "sqlite":
        for name in ("ai", "ad", "au"):
            op.execute(f"DROP TRIGGER IF EXISTS {table}_fts_{name}")
        op.execute(f"DROP TABLE IF EXISTS {table}_fts")
    else:
        op.execute(f"DROP INDEX IF EXISTS ix_{table}_{COLUMN}_trgm")


def has_trigrams(connection: Any) -> bool:
    """Whether PostgreSQL has pg_trgm, or lets us have it. The attempt is undone by itself when it fails."""
    if connection.exec_driver_sql("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'").scalar():
        return True
    if not connection.exec_driver_sql("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'").scalar():
        return False
    from sqlalchemy.exc import DBAPIError

    try:
        with connection.begin_nested():
            connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except DBAPIError:  # not a superuser, and the extension is not trusted here
        return False
    return True
