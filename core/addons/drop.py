"""Taking a plugin's data out of the database: a separate, spoken act. Everything is written to CSV files before anything goes."""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine, MetaData, Table, inspect, select

from core.errors import Conflict

from .loaded import Addons, Plugin


def tables_of(engine: Engine, name: str) -> list[str]:
    """The tables of a plugin in the database, without its version table and search indexes."""
    names = inspect(engine).get_table_names()
    return [t for t in names if t.startswith(name + "_") and t != f"{name}_alembic" and not re.search(r"_fts(_\w+)?$", t)]


def count_rows(engine: Engine, name: str) -> dict[str, int]:
    """Table → number of rows, of a plugin."""
    with engine.connect() as connection:
        return {t: connection.exec_driver_sql(f'SELECT count(*) FROM "{t}"').scalar() or 0 for t in tables_of(engine, name)}  # noqa: S608


def export_tables(engine: Engine, name: str, into: Path) -> list[Path]:
    """Each table of a plugin as a CSV file in a new folder below `into`: UTF-8, values as the database holds them, NULL empty."""
    folder = into / f"{name}-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
    folder.mkdir(parents=True)
    written = []
    with engine.connect() as connection:
        for table_name in tables_of(engine, name):
            table = Table(table_name, MetaData(), autoload_with=connection, resolve_fks=False)
            path = folder / f"{table_name}.csv"
            with path.open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow([c.name for c in table.columns])
                rows = connection.execution_options(yield_per=1000).execute(select(table))
                writer.writerows(rows)
            written.append(path)
    return written


def drop(engine: Engine, addons: Addons, plugin: Plugin, into: Path) -> list[Path]:
    """Export a plugin's tables, then take its migrations back to nothing; gives the files.

    Raises Conflict when others build on its tables.
    """
    from core.db import migrate
    from core.db.revisions import source_of

    users = [n for n in addons.needed_by(plugin.name) if tables_of(engine, n)]
    if users:
        raise Conflict(f"{', '.join(users)} build on the tables of {plugin.name}: drop them first", details=users)
    files = export_tables(engine, plugin.name, into)
    migrate.downgrade(engine, source_of(plugin), "base", tell=lambda line: None)
    if left := tables_of(engine, plugin.name):
        raise Conflict(f"the migrations of {plugin.name} left tables behind: {', '.join(left)}", details=left)
    return files
