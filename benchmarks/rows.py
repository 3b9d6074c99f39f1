"""The rows of both databases: made up from nothing but their number, so that each run and each database has the same.

Row n of a kind follows from (kind, n) alone. Companies stand in three levels: one in twenty has no parent, a quarter hang on those, the
rest on that quarter. A few rows are made for the figures: the company RECORD and its twenty contacts, contracts and invoices.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b
from struct import unpack
from typing import Any

USERS = 200
HOUSE = 3
"""People who share an own company: each then sees about 1.4 % of the companies, as by the table of rights in limit_data.py."""
SELLER = 7
"""The user who is measured: no superadmin, but with every right of the CRM on what is his."""
RECORD, CHILDREN = 761, 20
"""The company whose page is measured, and how many contacts, contracts and invoices it has at least."""
SMALL_RECORD, FEW = 762, 5
"""Another with few of them, to count statements."""
STAGES = ((0, "new"), (20, "met"), (40, "asked"), (60, "offered"), (80, "agreed"), (200, "won"))
COUNTRIES = ("DE", "FR", "PT", "NO", "AT", "IT", "ES", "PL", "SE", "BE", "CZ", "DK", "FI", "IE", "NL", "CH")
FIRST_DAY, DAYS = date(2023, 1, 1), 1000

_FIRST = (
    "Aurora", "Boreal", "Cumbre", "Dorado", "Estrella", "Fuente", "Girasol", "Horizon", "Islet", "Jasper", "Kestrel", "Lantern",
    "Mosaic", "Northwind", "Opal", "Prairie",
)  # fmt: skip
_TRADE = (
    "Bakeries", "Steelworks", "Freight", "Weaving", "Automation", "Studios", "Power", "Stationery", "Lenses", "Shipyards",
    "Systems", "Clinics", "Sawmills", "Glassworks",
)  # fmt: skip
_FORM = (
    "GmbH", "SARL", "Lda", "AS", "AG", "SpA", "Oy", "AB", "NV", "Ltd",
)  # fmt: skip
_CITY = (
    "Berlin", "Lyon", "Porto", "Oslo", "Graz", "Turin", "Gdansk", "Malmo", "Ghent", "Brno",
)  # fmt: skip
_GIVEN = (
    "Alma", "Bruno", "Clara", "Diego", "Elena", "Felix", "Greta", "Henrik", "Irene", "Jonas", "Kaisa", "Lucia", "Marek", "Nora",
)  # fmt: skip
_FAMILY = (
    "Arlt", "Benitez", "Conti", "Dvorak", "Engel", "Fournier", "Garrido", "Hansen", "Iglesias", "Jokinen", "Kowal", "Lindt",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many rows there are of each kind, told by the number of companies."""

    companies: int

    @property
    def contracts(self) -> int:
        return self.companies // 2


def _numbers(kind: str, n: int) -> tuple[int, ...]:
    """Eight numbers below 2³² that belong to this row."""
    return unpack("<8I", blake2b(f"{kind} {n}".encode(), digest_size=32).digest())


def parent_of(n: int, companies: int) -> int | None:
    """The parent of a company; None on the first level."""
    first, second = companies // 20, companies * 3 // 10
    if n <= first:
        return None
    below = (n * 2_654_435_761) % (first if n <= second else second - first)
    return below + 1 if n <= second else first + below + 1


def house_of(user: int, companies: int) -> int:
    """A user's own company: one of the second level, so that its people see it."""
    return companies // 20 + 1 + (user - 1) // HOUSE


def _day(number: int) -> date:
    return FIRST_DAY + timedelta(days=number % DAYS)


def _company_of(n: int, number: int, companies: int) -> int:
    """The company that a row hangs on: the first rows on those whose page is measured."""
    return RECORD if n <= CHILDREN else SMALL_RECORD if n <= CHILDREN + FEW else number % companies + 1


def companies(size: Size) -> Iterator[dict[str, Any]]:
    """id, name, parent_id, owner_id, city, country, phone, email, website, revenue, created."""
    for n in range(1, size.companies + 1):
        k = _numbers("company", n)
        yield {
            "id": n, "name": f"{_FIRST[k[0] % 16]} {_TRADE[k[1] % 14]} {_FORM[k[2] % 10]} {n:07d}",
            "parent_id": parent_of(n, size.companies), "owner_id": SELLER if n in (RECORD, SMALL_RECORD) else k[3] % USERS + 1,
            "city": _CITY[k[4] % 10], "country": COUNTRIES[k[5] % 16],
            "phone": f"+49 30 {k[6] % 10**7:07d}", "email": f"office{n}@c{n}.example", "website": f"https://c{n}.example",
            "revenue": k[7] % 10**7, "created": _day(k[0] >> 8),
        }  # fmt: skip


def contacts(size: Size) -> Iterator[dict[str, Any]]:
    """id, name, company_id, email, phone."""
    for n in range(1, size.companies + 1):
        k = _numbers("contact", n)
        yield {
            "id": n, "name": f"{_GIVEN[k[0] % 14]} {_FAMILY[k[1] % 12]} {n}", "company_id": _company_of(n, k[2], size.companies),
            "email": f"person{n}@p.example", "phone": f"+33 1 {k[3] % 10**7:07d}",
        }  # fmt: skip


def contracts(size: Size) -> Iterator[dict[str, Any]]:
    """id, number, company_id, start, end (a year later), value."""
    for n in range(1, size.contracts + 1):
        k = _numbers("contract", n)
        start = _day(k[0])
        yield {
            "id": n, "number": f"C{n:07d}", "company_id": _company_of(n, k[1], size.companies), "start": start,
            "end": start + timedelta(days=365), "value": k[2] % 10**6,
        }  # fmt: skip


def invoices(size: Size) -> Iterator[dict[str, Any]]:
    """id, number, company_id, date, state, total; those of the measured companies have been sent, and have twelve lines."""
    for n in range(1, size.companies + 1):
        k = _numbers("invoice", n)
        yield {
            "id": n, "number": f"I{n:07d}", "company_id": _company_of(n, k[0], size.companies), "date": _day(k[1]),
            "state": "sent" if n <= CHILDREN + FEW else ("draft", "sent", "paid", "canceled")[k[2] % 4], "total": k[3] % 10**6,
            "lines": 12 if n <= CHILDREN + FEW else 1,
        }  # fmt: skip


def leads(size: Size) -> Iterator[dict[str, Any]]:
    """id, title, company_id, owner_id, country, stage (its place in STAGES), amount, created."""
    for n in range(1, size.companies + 1):
        k = _numbers("lead", n)
        yield {
            "id": n, "title": f"{_GIVEN[k[0] % 14]} {_TRADE[k[1] % 14]} {n:06d}", "company_id": k[2] % size.companies + 1,
            "owner_id": k[3] % USERS + 1, "country": COUNTRIES[k[4] % 16], "stage": k[5] % 6, "amount": k[6] % 10**5, "created": _day(k[7]),
        }  # fmt: skip
