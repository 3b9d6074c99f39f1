"""What is worth a look but refuses nothing: a fiscal id whose check digit is wrong, a company that seems to be there already."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import literal, select, union_all

from core import Actor, db
from core.db import among, sort_key

from .access import sees
from .models import Company, same_name

MODULES = ("vat", "tin", "ein", "codicefiscale", "siren", "siret", "nif", "uid", "orgnr")
"""Names under which python-stdnum keeps the number that stands on a company's invoices; the first that a country has is asked."""


def doubtful_fiscal_id(of: Callable[[str], Any]) -> str | None:
    """What looks wrong about a company's fiscal id (`Field.doubt`)."""
    return fiscal_id_problem(of("fiscal_id"), of("country"))


def fiscal_id_problem(fiscal_id: str | None, country: str | None) -> str | None:
    """Why a fiscal id can't be right in its country, or None: when it is, or when nobody knows a rule for it."""
    if not fiscal_id or not country or len(country) != 2:
        return None
    modules = _modules(country.lower())
    if not modules or any(_fits(m, fiscal_id) for m in modules):
        return None
    return _("“%(value)s” is no fiscal id of this country: the length or the check digit is wrong.", value=fiscal_id)


@cache
def _modules(code: str) -> list[Any]:
    """The rules of a country. Looked up once: imports ask for each row, and a module that isn't there is looked for in all folders."""
    from stdnum import get_cc_module

    return [m for name in MODULES if (m := get_cc_module({"gr": "gr", "uk": "gb"}.get(code, code), name)) is not None]


def _fits(module: Any, value: str) -> bool:
    from stdnum.exceptions import ValidationError

    try:
        module.validate(value)
    except ValidationError:
        return False
    return True


def warns(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> list[list[tuple[str, Any]]]:
    """Warnings for each (values, record or None): companies that the actor sees of the same name or fiscal id. One statement for up
    to 500 rows."""
    out: list[list[tuple[str, Any]]] = []
    twins = _twins(rows, actor)
    for values, record in rows:
        found: list[tuple[str, Any]] = []
        if twins:
            own_id = getattr(record, "id", None)
            for field, key in (("name", same_name(values.get("name"))), ("fiscal_id", values.get("fiscal_id"))):
                other = next((row for row in twins.get((field, key), ()) if row[0] != own_id), None) if key else None
                if other is not None:
                    found.append((field, _("There is already “%(name)s” (no. %(id)s) with this value.", name=other[1], id=other[0])))
        out.append(found)
    return out


def _twins(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> dict[tuple[str, str], list[tuple[int, str]]]:
    names = sorted({sort_key(v) for values, _record in rows if (v := values.get("name"))})
    fiscal_ids = sorted({v for values, _record in rows if (v := values.get("fiscal_id"))})
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    visible = [] if actor.superadmin else [sees(actor, Company.id)]
    for start in range(0, max(len(names), len(fiscal_ids)), 500):
        ways = [
            select(literal(field).label("field"), Company.id, Company.name, Company.fiscal_id)
            .where(among(column, some), Company.trashed_at.is_(None), *visible)
            for field, column, values in (("name", Company.name_key, names), ("fiscal_id", Company.fiscal_id, fiscal_ids))
            if (some := values[start : start + 500])
        ]  # fmt: skip
        rows = union_all(*ways).subquery("twins").c
        for row in db.session.execute(select(rows.field, rows.id, rows.name, rows.fiscal_id).order_by(rows.id).limit(2000)):
            found.setdefault((row.field, same_name(row.name) if row.field == "name" else row.fiscal_id), []).append((row.id, row.name))
    return found
