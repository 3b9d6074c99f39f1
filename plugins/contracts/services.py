"""The verbs of contracts: checks before a write, copies for renewal, documents from templates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy import Select, func, select

from core import Actor, Conflict, Invalid, allowed, create_record, db, record_type
from core.access import for_reader
from core.custom_fields import unique_fields
from core.db import among, read
from core.documents import clean_html, expand, left_out, render_pdf
from core.history import reassign
from core.records import answer, same_text, unguard
from plugins.companies.models import Company
from plugins.companies.services import managers_of, require_edit, touch_companies

from .macros import macro_values
from .models import Contract, ContractTemplate
from .terms import decision_day, next_term

_NOT_COPIED = {"id", "contract_number", "date_begin", "date_end", "related_contract_id", "company_name"}


def prepare(values: dict[str, Any], record: Contract | None, actor: Actor) -> dict[str, Any]:
    """Complete and check what is about to be written: the order of dates, the company that it moves to, the manager."""

    def now(name: str) -> Any:
        return values[name] if name in values else getattr(record, name, None)

    begin, end = now("date_begin"), now("date_end")
    if begin and end and end < begin:
        raise Invalid({"date_end": _l("The end (%(end)s) lies before the beginning (%(begin)s).", end=end, begin=begin)})
    if record is not None and values.get("related_contract_id") == record.id:
        raise Invalid({"related_contract_id": _l("A contract can't renew itself.")})
    if record is not None and values.get("company_id") not in (None, record.company_id):
        require_edit(values["company_id"], actor)
    if record is None and values.get("private"):
        require_edit(values.get("company_id"), actor)  # a private one would be out of his own sight, and look like no company
    if record is None and values.get("manager_id") is None and values.get("company_id"):
        values = {**values, "manager_id": answer(managers_of, values["company_id"], actor)}
    if {"date_end", "notice_days"} & set(values) or record is None:
        try:
            values = {**values, "decision_on": decision_day(end, now("notice_days"))}
        except OverflowError:
            raise Invalid({"notice_days": _l("This notice would have to be given before the calendar begins.")}) from None
    return {k: v for k, v in values.items() if not (v is None and k in ("status", "renewal", "notice_days", "private"))}


def written(ids: Sequence[int], actor: Actor) -> None:
    """A written contract is activity of its company."""
    touch_companies(db.session.scalars(select(Contract.company_id).where(Contract.id.in_(ids)).distinct()).all())


def hand_over(user_id: int, heir_id: int | None) -> None:
    """A user is disabled: his heir looks after his contracts."""
    if heir_id is not None:
        reassign(Contract, "manager_id", user_id, heir_id)


def csv_warns(rows: Sequence[tuple[Mapping[str, str], Mapping[str, Any]]], actor: Actor) -> Sequence[Sequence[tuple[str, Any]]]:
    """The column `company` is for the reader: where it disagrees with id_company, the id counts and the row carries a warning."""
    ids = {values.get("company_id") for _cells, values in rows if values.get("company_id")}
    names = dict(db.session.execute(select(Company.id, Company.name).where(Company.id.in_(ids))).all()) if ids else {}
    out: list[list[tuple[str, Any]]] = []
    for cells, values in rows:
        said, name = (cells.get("company") or "").strip(), names.get(values.get("company_id"))
        differs = bool(said and name and same_text(unguard(said)) != same_text(name))
        message = _l("The company is called “%(name)s”; id_company counts.", name=name)
        out.append([("company", message)] if differs else [])
    return out


def copy_contract(contract: Contract, actor: Actor) -> Contract:
    """The next contract on the same terms: it begins the day after this one's end, spans the same term and says what it renews.

    Raises Conflict for an open-ended contract: it has no next term.
    """
    if contract.date_end is None:
        raise Conflict(_l("This contract is open-ended: give it an end before you copy it for the next term."))
    rt = record_type("contracts.contract")
    try:
        begin, end = next_term(contract.date_begin, contract.date_end)
    except (OverflowError, ValueError):
        raise Conflict(_l("The next term would end after the year 9999: give this contract an earlier end, or none.")) from None
    values = {f.name: getattr(contract, f.name) for f in rt.fields if f.written and f.name not in _NOT_COPIED}
    once = {f.name for f in unique_fields(rt.name)}
    values |= {name: value for name, value in (contract.custom or {}).items() if name not in once}
    values |= {"date_begin": begin, "date_end": end, "related_contract_id": contract.id}
    made: Contract = create_record(rt, values, actor, required=False)
    return made


def expand_template(contract: Contract, template: ContractTemplate) -> Any:
    """The template's HTML with this contract's data in place of macros; `unknown` names what no macro stands for."""
    return expand(template.body or "", macro_values(contract, template))


def document_html(body: str, language: str, title: str) -> str:
    """The expanded body as a page for the PDF, cleaned once more: a macro may have brought an address into a link."""
    from flask import render_template

    cleaned = Markup(clean_html(body))  # noqa: S704 - what clean_html leaves is markup
    return render_template("contracts/document.html", body=cleaned, language=language, title=title)


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document of a contract. `left_out` are addresses that it may not use, `unknown` what looks like a macro and is none."""

    name: str
    data: bytes
    left_out: Sequence[str]
    unknown: Sequence[str]


def make_document(contract: Contract, template: ContractTemplate) -> Document:
    """The PDF of a template with a contract's data. Raises HtmlTooComplex, DocumentTooComplex or PdfUnavailable."""
    from core.identity import site_language

    expanded = expand_template(contract, template)
    language = site_language()
    pdf = render_pdf(document_html(expanded.html, language, template.name), language=language)
    gone = dict.fromkeys((*left_out(expanded.html), *pdf.refused))
    name = f"{template.name}_{contract.name}.pdf".replace("/", "-")  # else what stands before it is taken for a folder
    return Document(name=name, data=pdf.data, left_out=tuple(gone), unknown=expanded.unknown)


@for_reader
def _counts(actor: Actor) -> Select[Any]:
    contract = Contract.__table__.c
    here = among(contract.company_id, "ids"), contract.trashed_at.is_(None)
    visible = allowed(record_type("contracts.contract"), "view", actor)
    return select(contract.company_id, func.count()).where(*here, visible).group_by(contract.company_id)


def count_contracts(company_ids: Sequence[int], actor: Actor) -> dict[int, int]:
    """Company id → number of its contracts that the actor sees."""
    return dict(read(_counts(actor), {"ids": list(company_ids)}).all())
