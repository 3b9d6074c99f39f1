"""Import and export of companies, timed by rows per second."""

import csv
import io
import json
import time
from collections.abc import Callable
from itertools import islice
from secrets import token_hex
from typing import Any

import sqlalchemy as sa

from . import rows
from .data import Data
from .servers import Site

ROWS = 10_000


def new_companies(n: int = ROWS) -> bytes:
    """A CSV of companies that are not there yet."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(["name", "country", "website"])
    mark = token_hex(3)
    for row in islice(rows.companies(rows.Size(companies=n)), n):
        writer.writerow([f"{row['name']} {mark}", row["country"], row["website"]])
    return buffer.getvalue().encode()


def import_rate_of_limit(site: Site) -> float:
    """Rows per second of the limit's import."""
    body = new_companies()

    def run() -> None:
        status, _headers, answer = site.ask("/import", body, {"Content-Type": "text/csv"})
        if status != 200 or not answer.startswith(f"{ROWS} new".encode()):
            raise RuntimeError(f"the limit's import was answered with {status}: {answer[:300]!r}")

    return ROWS / _seconds(run)


def import_rate_of_product(site: Site, data: Data) -> float:
    """Rows per second from the upload of the file to the last row: the check and the import itself, as its pages do them."""
    body, boundary = new_companies(), token_hex(16)
    part = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="companies.csv"\r\nContent-Type: text/csv\r\n\r\n'
    form = part.encode() + body + f"\r\n--{boundary}--\r\n".encode()
    engine = sa.create_engine(data.product_url)
    before = _companies(engine)

    def run() -> None:
        where = _moved(site, "/companies/import", form, f"multipart/form-data; boundary={boundary}")
        _wait(engine, "checked")
        _moved(site, where, b"mode=all", "application/x-www-form-urlencoded")
        _wait(engine, "done")

    seconds = _seconds(run)
    made = _companies(engine) - before
    engine.dispose()
    if made != ROWS:
        raise RuntimeError(f"the import made {made} companies of {ROWS}")
    return ROWS / seconds


def _moved(site: Site, path: str, body: bytes, kind: str) -> str:
    status, headers, answer = site.ask(path, body, {"Content-Type": kind})
    if status not in (302, 303):
        raise RuntimeError(f"{path} was answered with {status}: {answer[:500]!r}")
    return headers["Location"]


def _companies(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.text("SELECT count(*) FROM companies_company")).scalar_one())


def _wait(engine: sa.Engine, wanted: str) -> None:
    """Until the newest import is in this state. Raises RuntimeError when it went another way."""
    end = time.monotonic() + 600
    while time.monotonic() < end:
        with engine.connect() as connection:
            state, report = connection.execute(sa.text("SELECT state, report FROM core_import ORDER BY id DESC LIMIT 1")).one()
        if state == wanted:
            return
        if state == "checked":
            raise RuntimeError(f"the import was refused: {report if isinstance(report, str) else json.dumps(report)}"[:1000])
        time.sleep(0.02)
    raise RuntimeError(f"the import was not {wanted} within ten minutes")


def export_rate(site: Site, path: str) -> float:
    """Rows per second of an export, the best of three."""
    return max(_export(site, path) for _ in range(3))


def _export(site: Site, path: str) -> float:
    answer: Any = None

    def run() -> None:
        nonlocal answer
        answer = site.ask(path)

    seconds = _seconds(run)
    status, _headers, body = answer
    if status != 200:
        raise RuntimeError(f"{path} was answered with {status}")
    return sum(1 for _ in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))) / seconds


def _seconds(run: Callable[[], None]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun
