"""The limit's database: plain tables with the indexes that its queries need, and one row per user and company that he may see."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from . import rows

METADATA = sa.MetaData()
BATCH = 10_000


def _table(name: str, *columns: Any) -> sa.Table:
    return sa.Table(name, METADATA, sa.Column("id", sa.Integer, primary_key=True), *columns)


def _text(name: str, length: int, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.String(length), **options)


def _number(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, **options)


PERSON = _table("person", _text("name", 40))
COMPANY = _table(
    "company", _text("name", 80, index=True), _number("parent_id", index=True), _number("owner_id"), _text("city", 30), _text("country", 2),
    _text("phone", 30), _text("email", 60), _text("website", 60), _number("revenue"), sa.Column("created", sa.Date),
)  # fmt: skip
MAY_SEE = sa.Table(
    "may_see", METADATA, _number("person_id", primary_key=True), _text("name", 80, primary_key=True),
    _number("company_id", primary_key=True),
)  # fmt: skip
CONTACT = _table("contact", _text("name", 60), _number("company_id", index=True), _text("email", 60), _text("phone", 30))
CONTRACT = _table(
    "contract", _text("number", 12), _number("company_id", index=True), sa.Column("start", sa.Date), sa.Column("end", sa.Date),
    _number("value"),
)  # fmt: skip
INVOICE = _table(
    "invoice", _text("number", 12), _number("company_id", index=True), sa.Column("date", sa.Date), _text("state", 10), _number("total")
)
LEAD = _table(
    "lead", _text("title", 60), _number("company_id"), _number("owner_id"), _number("stage"), _number("amount"),
    sa.Column("created", sa.Date), sa.Index("ix_lead_of_owner", "owner_id", "stage", "created"),
)  # fmt: skip


def engine(url: str) -> sa.Engine:
    """An engine on the limit's database."""
    made = sa.create_engine(url)
    if made.dialect.name == "sqlite":

        @sa.event.listens_for(made, "connect")
        def _connect(connection: Any, _record: Any) -> None:
            for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536", "mmap_size=1073741824"):
                connection.execute(f"PRAGMA {pragma}").close()

    return made


def batches(source: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Rows by the ten thousand."""
    left = iter(source)
    while batch := list(islice(left, BATCH)):
        yield batch


def fill(url: str, size: rows.Size) -> None:
    """Make the tables and put the rows into them."""
    database = engine(url)
    METADATA.create_all(database)
    with database.begin() as connection:
        connection.execute(PERSON.insert(), [{"id": n, "name": f"Person {n}"} for n in range(1, rows.USERS + 1)])
        of = {COMPANY: rows.companies, CONTACT: rows.contacts, CONTRACT: rows.contracts, INVOICE: rows.invoices, LEAD: rows.leads}
        for table, source in of.items():
            names = set(table.columns.keys())
            for batch in batches(source(size)):
                connection.execute(table.insert(), [{k: v for k, v in row.items() if k in names} for row in batch])
        own, above, top = COMPANY.alias(), COMPANY.alias(), COMPANY.alias()
        below = own.join(above, own.c.parent_id == above.c.id)
        seen = sa.union(
            sa.select(own.c.owner_id, own.c.name, own.c.id),
            sa.select(above.c.owner_id, own.c.name, own.c.id).select_from(below),
            sa.select(top.c.owner_id, own.c.name, own.c.id).select_from(below.join(top, above.c.parent_id == top.c.id)),
        )
        connection.execute(MAY_SEE.insert().from_select(["person_id", "name", "company_id"], seen))
    with database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    database.dispose()
