"""Where the databases are: made once per size, kept in benchmarks/data/, and measured on copies that may be written to.

A change of the rows, of the tables or of what fills them makes them anew. PostgreSQL is started for a run and filled in that run.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.testing.parts import postgres
from core.testing.parts.run import Run

from . import limit_data, product_data, rows

HERE = Path(__file__).parent
FOLDER = HERE / "data"


@dataclass(frozen=True, kw_only=True)
class Data:
    """Both databases of one size. `data_dir` is the product's folder; `password` is that of product_data.LOGIN."""

    size: rows.Size
    limit_url: str
    product_url: str
    data_dir: Path
    password: str


def version() -> str:
    """A mark that differs when the cached databases would come out differently now."""
    sources = [HERE / f"{name}.py" for name in ("rows", "limit_data", "product_data")]
    root = HERE.parent
    sources += sorted([*root.glob("core/migrations/versions/*.py"), *root.glob("plugins/*/migrations/versions/*.py")])
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def on_sqlite(size: rows.Size, scratch: Path, say: Callable[[str], None]) -> Data:
    """Copies in `scratch` of the databases of this size, which are made if they are not there."""
    kept = FOLDER / f"{version()}-{size.companies}"
    if not (kept / "done.json").exists():
        say(f"Making databases of {size.companies:,} companies in {kept} …")
        _forget_old(size)
        making = kept.with_suffix(f".{os.getpid()}")
        making.mkdir(parents=True)
        limit_data.fill(f"sqlite:///{making / 'limit.db'}", size)
        password = product_data.fill(making / "product", "", size)
        (making / "done.json").write_text(json.dumps({"password": password}))
        making.rename(kept)
    folder = scratch / str(size.companies)
    shutil.copytree(kept, folder)
    password = json.loads((folder / "done.json").read_text())["password"]
    data_dir = folder / "product"
    urls = {"limit_url": f"sqlite:///{folder / 'limit.db'}", "product_url": f"sqlite:///{data_dir / 'cartera.db'}"}
    return Data(size=size, data_dir=data_dir, password=password, **urls)


def _forget_old(size: rows.Size) -> None:
    for old in FOLDER.glob(f"*-{size.companies}*"):
        shutil.rmtree(old)


def on_postgresql(size: rows.Size, scratch: Path, say: Callable[[str], None], server: postgres.Postgres) -> Data:
    """New databases on a server that ends with this run."""
    say(f"Making databases of {size.companies:,} companies on PostgreSQL …")
    data_dir = scratch / f"{size.companies}-product"
    limit_url, product_url = (server.create(f"{name}_{size.companies}") for name in ("limit", "product"))
    limit_data.fill(limit_url, size)
    password = product_data.fill(data_dir, product_url, size)
    return Data(size=size, limit_url=limit_url, product_url=product_url, data_dir=data_dir, password=password)


def start_postgresql(scratch: Path) -> postgres.Postgres:
    """A server of our own, gone when this process is."""
    return postgres.start(Run(folder=scratch, owner=os.getpid(), worker="main"))
