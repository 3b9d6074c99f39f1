"""Databases for tests. Each test begins with a fresh copy of a template, which is made once per run by the real migrations.

Copying costs milliseconds: a file on SQLite, `CREATE DATABASE … TEMPLATE` on PostgreSQL.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .parts.postgres import Postgres
from .parts.run import Run

KINDS = ("sqlite", "postgresql")
FILES = ("cartera.db", "runtime.db")


@dataclass(frozen=True, kw_only=True)
class Database:
    """A database with its data folder, as an installation has them."""

    kind: str
    data_dir: Path
    url: str

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of an app on it."""
        return {"data_dir": self.data_dir, "database_url": self.url}


class Databases:
    """Makes databases for the tests of one worker. `server` starts PostgreSQL when it is first needed."""

    def __init__(self, run: Run, server: Callable[[], Postgres]) -> None:
        self.run = run
        self.server = server
        self._made = 0

    def empty(self, kind: str, folder: Path, name: str) -> Database:
        """A database without any table, and an empty data folder."""
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if kind == "postgresql":
            return Database(kind=kind, data_dir=folder, url=self.server().create(name))
        return Database(kind=kind, data_dir=folder, url=f"sqlite:///{folder / 'cartera.db'}")

    def copy(self, template: Database, folder: Path, name: str) -> Database:
        """A copy of a template, in place of what was in `folder` and under `name` before."""
        keep = folder / "secret.key"
        for path in folder.iterdir() if folder.is_dir() else ():
            if path != keep:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        if template.kind == "postgresql":
            return Database(kind=template.kind, data_dir=folder, url=self.server().create(name, template=_name_of(template)))
        for file in FILES:
            shutil.copyfile(template.data_dir / file, folder / file)
        return Database(kind=template.kind, data_dir=folder, url=f"sqlite:///{folder / 'cartera.db'}")

    def template(self, kind: str, what: str, settings: Mapping[str, Any], fill: Callable[[Database], None]) -> Database:
        """The template `what` for apps with these settings, filled by `fill` when this run has none yet."""
        mark = hashlib.sha256(json.dumps([what, sorted(map(str, settings.get("addons", ())))]).encode()).hexdigest()[:10]
        name = f"template_{what}_{mark}"
        folder = self.run.folder / f"{name}_{kind}"

        def make() -> dict[str, str]:
            made = self.empty(kind, folder, name)
            fill(made)
            for file in FILES if kind == "sqlite" else ():
                with closing(sqlite3.connect(folder / file)) as connection:
                    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that the file alone holds everything
            return {"url": made.url}

        return Database(kind=kind, data_dir=folder, url=self.run.once(f"{name}_{kind}", make)["url"])

    def another(self, template: Database) -> Database:
        """A further copy under a name of its own, for tests that need several."""
        self._made += 1
        name = f"cartera_{self.run.worker}_{self._made}"
        return self.copy(template, self.run.folder / f"{name}_{template.kind}", name)


def _name_of(database: Database) -> str:
    return database.url.partition("?")[0].rpartition("/")[2]
