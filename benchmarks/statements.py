"""How many SQL statements a page needs, with few rows and with many: no clock can say it as surely."""

from dataclasses import dataclass
from typing import Any

from core.testing.queries import count_queries

from . import product_data, rows
from .data import Data

PAGES = {
    "list": ("/companies/?limit=5", "/companies/?limit=50"),
    "record": (f"/companies/{rows.SMALL_RECORD}", f"/companies/{rows.RECORD}"),
    "tab": (f"/companies/{rows.SMALL_RECORD}?tab=contacts", f"/companies/{rows.RECORD}?tab=contacts"),
    "pipeline": ("/leads/pipeline?closed=1&country=DE&estimated_sale_from=80000", "/leads/pipeline?closed=1&country=DE"),
}
"""Addresses that show few rows, and many."""


@dataclass(frozen=True, kw_only=True)
class Counted:
    """Statements of a page with few rows and with many."""

    few: int
    many: int


def count_statements(data: Data) -> dict[str, Counted]:
    """The statements of each page for SELLER, reading his session included, in an app of this process."""
    from core.app import create_app

    app = create_app({"data_dir": data.data_dir, "database_url": data.product_url, "jobs": "off"})
    client = app.test_client()
    token = _token(client.get("/login").text)
    client.post("/login", data={"user": product_data.LOGIN, "password": data.password, "csrf_token": token})
    found = {name: Counted(few=_count(client, few), many=_count(client, many)) for name, (few, many) in PAGES.items()}
    with app.app_context():
        from core.db import db

        db.engine.dispose()
    app.extensions["cartera"].parts["runtime_engine"].dispose()
    return found


def _count(client: Any, path: str) -> int:
    """The fewest of three: once a second a process also asks whether what it keeps in memory has changed."""
    client.get(path)
    counts = []
    for _ in range(3):
        with count_queries() as queries:
            answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} was answered with {answer.status_code}")
        counts.append(queries.count)
    return min(counts)


def _token(page: str) -> str:
    from .servers import token_in

    return token_in(page.encode())
