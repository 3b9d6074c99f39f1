"""The macros of contract templates (manual: "Macros para plantillas de contratos"), and what each becomes for one contract.

Dates are ISO, but for those that end in `_words`; private is 0 or 1; status, country and the language of written dates are the
site's.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core import Actor, db, declared, runtime, utcnow
from core.custom_fields import custom_fields, fields_of_type
from core.documents import unknown_macros
from core.fields import Ref, Writing, country_name, labels, long_date_text
from core.identity import User, site_language
from plugins.companies.models import Company

from .models import Contract, ContractTemplate, ContractType
from .records import STATUSES

GROUPS: tuple[tuple[Any, tuple[tuple[str, Any], ...]], ...] = (
    (_l("Contract"), (
        ("id_contract", _l("Id of the contract")), ("name_contract", _l("Contract reference")), ("contract_number", _l("External code")),
        ("contract_description", _l("Description")), ("date_begin", _l("Begins on")), ("date_end", _l("Ends on")),
        ("date_begin_words", _l("Begins on, in words")), ("date_end_words", _l("Ends on, in words")),
        ("id_company", _l("Id of the company")), ("private", _l("Private: 1 or 0")), ("id_status", _l("Status: 0, 1 or 2")),
        ("name_status", _l("Name of the status")),
    )),
    (_l("Company"), (
        ("company_name", _l("Name")), ("company_address", _l("Address")), ("company_fiscal_id", _l("Fiscal ID")),
        ("company_country", _l("Country")), ("company_website", _l("Website")), ("company_comments", _l("Comments")),
        ("company_manager", _l("Manager")), ("company_last_update", _l("Last activity")),
        ("company_payment_conditions", _l("Payment conditions")),
    )),
    (_l("Type of contract"), (
        ("contract_type_id", _l("Id")), ("contract_type_name", _l("Name")), ("contract_type_description", _l("Description")),
    )),
    (_l("Template"), (
        ("template_id", _l("Id")), ("template_name", _l("Name")), ("template_description", _l("Description")),
    )),
    (_l("Today"), (
        ("today_words", _l("In words, as 11 April 2024")),
        ("format_long_time", _l("As 11 Thu April 2024")), ("format_short_time", _l("As 11/04/2024")), ("format_annual_date", _l("As 2024")),
    )),
)  # fmt: skip
"""All macros by group, as (name without its underscores, what it stands for)."""


def macro_values(contract: Contract, template: ContractTemplate, *, now: datetime | None = None) -> Mapping[str, str]:
    """Macro, without its underscores → text, for one contract and template. `now` is the moment of making (the site's clock)."""
    language = site_language()
    with force_locale(language.replace("-", "_")):
        return _values(contract, template, language, now)


def _values(contract: Contract, template: ContractTemplate, language: str, now: datetime | None) -> Mapping[str, str]:
    def in_words(day: date | None) -> str:
        return long_date_text(day, language) if day else ""

    settings = runtime().settings
    zone = ZoneInfo(settings.default_timezone)
    today = (now or utcnow()).astimezone(zone).date()
    company, manager = db.session.execute(
        select(Company, User.name).outerjoin(User, User.id == Company.manager_id).where(Company.id == contract.company_id)
    ).one()
    kind = db.session.get(ContractType, contract.type_id) if contract.type_id else None
    values: dict[str, Any] = {
        "id_contract": contract.id, "name_contract": contract.name, "contract_number": contract.contract_number,
        "contract_description": contract.description, "date_begin": contract.date_begin, "date_end": contract.date_end,
        "date_begin_words": in_words(contract.date_begin), "date_end_words": in_words(contract.date_end), "today_words": in_words(today),
        "id_company": contract.company_id, "private": int(contract.private), "id_status": contract.status,
        "name_status": dict(STATUSES).get(contract.status, contract.status),
        "company_name": company.name, "company_address": company.address, "company_fiscal_id": company.fiscal_id,
        "company_country": country_name(company.country, language), "company_website": company.website,
        "company_comments": company.comments, "company_manager": manager,
        "company_last_update": company.last_update.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S") if company.last_update else "",
        "company_payment_conditions": company.payment_conditions,
        "contract_type_id": kind.id if kind else "", "contract_type_name": kind.name if kind else "",
        "contract_type_description": kind.description if kind else "",
        "template_id": template.id, "template_name": template.name, "template_description": template.description,
        "format_long_time": long_date(today, language), "format_short_time": today.strftime("%d/%m/%Y"),
        "format_annual_date": today.strftime("%Y"),
    }  # fmt: skip
    writing = Writing(locale=language, timezone=settings.default_timezone)
    for field in fields_of_type("contracts.contract", contract.type_id):
        value = (contract.custom or {}).get(field.name)
        if isinstance(field.kind, Ref):
            values[f"custom_{field.custom_id}"] = labels(field.kind.target, [value]).get(value, "") if value else ""
        else:
            values[f"custom_{field.custom_id}"] = (
                field.kind.csv(value) if value is None or field.kind.widget == "date" else field.kind.text(value, writing)
            )
    for macro in declared("macros"):
        if macro.target == "contracts.contract":
            values[macro.name] = macro.value(contract, template)
    return {name: "" if value is None else str(value) for name, value in values.items()}


def macro_groups() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """All macros that can stand in a template now, by group: those above, the fields of the types, what plugins add."""
    out = [(label, list(names)) for label, names in GROUPS]
    kinds = dict(db.session.execute(select(ContractType.id, ContractType.name)).all())
    own: dict[Any, list[tuple[str, Any]]] = {}
    for field in custom_fields("contracts.contract"):
        for type_id in field.type_ids or ():
            own.setdefault(kinds.get(type_id, type_id), []).append((f"custom_{field.custom_id}", field.label))
    for macro in declared("macros"):
        if macro.target == "contracts.contract":
            own.setdefault(macro.group or macro.label, []).append((macro.name, macro.label))
    return out + list(own.items())


def template_warns(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> list[list[tuple[str, Any]]]:
    """What looks like a macro in a template and is none: it stays as typed."""
    known = [name for _label, names in macro_groups() for name, _words in names]
    out: list[list[tuple[str, Any]]] = []
    for values, _record in rows:
        unknown = unknown_macros(values.get("body") or "", known)
        out.append([("body", _l("These are no macros and stay as typed: %(what)s", what=", ".join(unknown)[:300]))] if unknown else [])
    return out


def long_date(day: Any, language: str) -> str:
    """A date as the manual writes it: day, short weekday, month, year ("11 Thu April 2024"), in the site's language."""
    return " ".join(format_date(day, part, locale=language) for part in ("d", "EEE", "LLLL", "y"))
