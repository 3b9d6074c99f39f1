"""Which invoices belong to a contract: those that name it, and those whose number stands in its External code.

External code meets issued invoices, and received ones of the contract's company only: two suppliers may both send number 1.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from core import db
from core.db import sort_key
from plugins.contracts.models import Contract

from .models import SUBMITTED, Invoice
from .pattern import NumberError, clean_number

MOST = 200
"""Numbers of one External code that are looked for."""


def codes_of(text: str | None) -> list[str]:
    """The numbers in an External code, as keys that invoices are found by; what can't be a number is passed over."""
    keys: dict[str, None] = {}
    for part in (text or "").split(",")[:MOST]:
        try:
            keys[sort_key(clean_number(part))] = None
        except NumberError:
            continue
    return list(keys)


def by_code(model: Any, keys: Iterable[str], company_id: int) -> ColumnElement[bool]:
    """The invoice's number is one of these, and it was issued, or received from this company."""
    return and_(model.bill_id_key.in_(list(keys)), or_(model.invoice_type == SUBMITTED, model.company_id == company_id))


def linked_to(model: Any, contract_id: int) -> ColumnElement[bool]:
    """The invoices of a contract, for its tab."""
    row = db.session.execute(select(Contract.contract_number, Contract.company_id).where(Contract.id == contract_id)).first()
    keys = codes_of(row.contract_number) if row else []
    mine: ColumnElement[bool] = model.contract_id == contract_id
    return or_(mine, by_code(model, keys, row.company_id)) if row and keys else mine


def count_linked(contract_ids: Sequence[int], visible: Any) -> Mapping[int, int]:
    """Contract id → number of its invoices under a condition (the reader's rights). Two statements, three where External code is used."""
    there = [Invoice.trashed_at.is_(None), visible]
    stmt = select(Invoice.contract_id, func.count()).where(Invoice.contract_id.in_(contract_ids), *there)
    counts: dict[int, int] = dict(db.session.execute(stmt.group_by(Invoice.contract_id)).all())
    coded = select(Contract.id, Contract.company_id, Contract.contract_number)
    rows = [
        (row.id, row.company_id, codes_of(row.contract_number))
        for row in db.session.execute(coded.where(Contract.id.in_(contract_ids), Contract.contract_number.is_not(None)))
    ]
    every = {key for _id, _company, keys in rows for key in keys}
    if not every:
        return counts
    found: dict[str, list[Any]] = {}
    stmt_codes = select(Invoice.bill_id_key, Invoice.contract_id, Invoice.company_id, Invoice.invoice_type)
    for row in db.session.execute(stmt_codes.where(Invoice.bill_id_key.in_(every), *there)):
        found.setdefault(row.bill_id_key, []).append(row)
    for contract_id, company_id, keys in rows:
        more = sum(
            1
            for key in keys
            for row in found.get(key, ())
            if row.contract_id != contract_id and (row.invoice_type == SUBMITTED or row.company_id == company_id)
        )
        if more:
            counts[contract_id] = counts.get(contract_id, 0) + more
    return counts
