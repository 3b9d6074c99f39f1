"""The nouns of contracts: the contract with its fields, columns and filters, types, templates."""

from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy import and_ as both

from core import Actor, CustomFields, Filter, RecordType, Section, call_hook, refuse_while_used
from core import fields as f
from core.access import today
from core.fields import kinds
from plugins.companies.models import Company

from .access import CONTRACT_ACCESS, SHARED
from .models import Contract, ContractTemplate, ContractType

STATUSES = ((1, _l("Active")), (0, _l("Inactive")), (2, _l("Pending")))
SHAPES = {1: "ok", 0: "hollow", 2: "info half"}
RENEWALS = (("none", _l("Ends by itself")), ("explicit", _l("Somebody must renew it")), ("tacit", _l("Goes on unless cancelled")))
PERIODS = (("once", _l("Once")), ("monthly", _l("Monthly")), ("quarterly", _l("Quarterly")), ("yearly", _l("Yearly")))
USUAL = "EUR"
CURRENCIES = tuple((c, c) for c in ("EUR", "USD", "GBP", "CHF", "MXN", "BRL", "JPY", "KWD"))


def _company_name(model: Any) -> Any:
    return select(Company.name).where(Company.id == model.company_id).correlate_except(Company).scalar_subquery()


def _company_order(model: Any) -> Any:
    return select(Company.name_key).where(Company.id == model.company_id).correlate_except(Company).scalar_subquery()


def _type_order(model: Any) -> Any:
    return select(ContractType.name_key).where(ContractType.id == model.type_id).correlate_except(ContractType).scalar_subquery()


def _expires(actor: Any, model: Any, value: Any) -> ColumnElement[bool]:
    day = today(actor)
    if value == "expired":
        return both(model.date_end < day, model.status == 1)
    until = day + timedelta(days=int(value))
    return or_(model.date_end.between(day, until), model.decision_on.between(day, until))


EXPIRY = (
    ("7", _l("within 7 days")),
    ("15", _l("within 15 days")),
    ("30", _l("within 30 days")),
    ("60", _l("within 60 days")),
    ("90", _l("within 90 days")),
    ("expired", _l("expired, still active")),
)


def _prepare(values: dict[str, Any], record: Any, actor: Any) -> dict[str, Any]:
    from .services import prepare

    return prepare(values, record, actor)


def _written(ids: Any, actor: Any) -> None:
    from .services import written

    written(ids, actor)


def _csv_warns(rows: Any, actor: Any) -> Any:
    from .services import csv_warns

    return csv_warns(rows, actor)


def _template_warns(rows: Any, actor: Any) -> Any:
    from .macros import template_warns

    return template_warns(rows, actor)


def usual_currency(actor: Any) -> str:
    """The currency of a new contract: the one that somebody bills in (`billing_currency`), if contracts have it."""
    said = next((code for code in call_hook("billing_currency") if code in dict(CURRENCIES)), None)
    return said or USUAL


TYPE = RecordType(
    name="contracts.type",
    model=ContractType,
    label=_l("Type of contract"),
    labels=_l("Types of contract"),
    title="name",
    url="/contracts/types",
    icon="category",
    importable=False,
    fields=[
        f.text("name", _l("Name"), required=True),
        f.multiline("description", _l("Description"), list=True),
    ],
    list=["name", "description"],
    access=SHARED,
    deleting=refuse_while_used,
)

TEMPLATE = RecordType(
    name="contracts.template",
    model=ContractTemplate,
    label=_l("Contract template"),
    labels=_l("Contract templates"),
    title="name",
    url="/contracts/templates",
    icon="template",
    importable=False,
    fields=[
        f.text("name", _l("Name"), required=True),
        f.text("description", _l("Description"), list=True, width=8, filter=False),
        f.html("body", _l("HTML"), template=True, hint=_l("Macros such as _company_name_ become the contract's data.")),
    ],
    list=["name", "description"],
    access=SHARED,
    deleting=refuse_while_used,
    templates={"form": "contracts/template_form.html", "record": "contracts/template_record.html"},
    warns=_template_warns,
)

CONTRACT = RecordType(
    name="contracts.contract",
    new_key="c",
    model=Contract,
    label=_l("Contract"),
    labels=_l("Contracts"),
    title="name",
    icon="file-certificate",
    subtitle="contract_number",
    sort="name",
    fields=[
        f.text("name", _l("Contract reference"), required=True, search=True, csv="name", hint=_l("The short text that lists show.")),
        f.text(
            "contract_number",
            _l("External code"),
            max_length=1000,
            search=True,
            csv="contract_number",
            hint=_l("Numbers of invoices of this contract, separated by commas, as 15/1000, 15/1001: they show under Invoices."),
        ),
        f.multiline("description", _l("Description"), search=True, csv="description"),
        f.date("date_begin", _l("Begins on"), required=True, csv="date_begin"),
        f.date("date_end", _l("Ends on"), csv="date_end", hint=_l("Empty: open-ended.")),
        f.ref("company_id", "companies.company", _l("Company"), required=True, csv="id_company", sort=True, order=_company_order),
        f.integer(
            "sla_id",
            _l("SLA"),
            minimum=0,
            csv="id_sla",
            list=False,
            filter=False,
            width=3,
            hint=_l("Number of the service level in the help desk, kept for files. Nothing here depends on it."),
        ),
        f.ref(
            "group_id",
            "core.group",
            _l("Group"),
            few=True,
            csv="id_group",
            tab=False,
            list=False,
            filter=False,
            width=3,
            hint=_l("One of Setup → Groups. Gives no rights to the contract."),
        ),
        f.flag(
            "private", _l("Private"), csv="private", default=False, hint=_l("Only for the company's manager and those of his own company.")
        ),
        f.choice("status", _l("Status"), STATUSES, shape=SHAPES, csv="status", default=1),
        f.ref(
            "type_id",
            "contracts.type",
            _l("Type of contract"),
            few=True,
            csv="id_contract_type",
            tab=False,
            link=False,
            sort=True,
            order=_type_order,
        ),
        f.ref(
            "related_contract_id",
            "contracts.contract",
            _l("Renews"),
            csv="related_contract",
            tab=False,
            list=False,
            filter=False,
            masked=_l("private contract"),
        ),
        f.choice("renewal", _l("Renewal"), RENEWALS, default="none", list=False),
        f.integer(
            "notice_days",
            _l("Days of notice"),
            days=True,
            minimum=0,
            maximum=3650,
            default=0,
            list=False,
            filter=False,
            width=2,
            hint=_l("Days before the end by which one must decide."),
        ),
        f.date("decision_on", _l("Decide by"), form=False, written=False),
        f.amount("amount", _l("Amount of a term"), minimum=0, list=True),
        f.choice("currency", _l("Currency"), CURRENCIES, list=False, filter=False, width=2, default=usual_currency),
        f.choice("billing_period", _l("Billing period"), PERIODS, list=False, filter=False, width=2),
        f.ref(
            "manager_id",
            "core.user",
            _l("Manager"),
            csv="manager",
            tab=False,
            list=True,
            hint=_l("Who looks after it; empty: the company's manager. Gives no rights."),
        ),
        f.text(
            "company_name",
            _l("Company"),
            csv="company",
            form=False,
            written=False,
            list=False,
            filter=False,
            api=False,
            sort=False,
            column=_company_name,
        ),
    ],
    list=["name", "company_id", "status", "date_begin", "date_end", "type_id", "contract_number", "amount"],
    form=[
        Section(
            name="contract", label=_l("Contract"), fields=("name", "company_id", "type_id", "status", "contract_number", "description")
        ),
        Section(name="term", label=_l("Term"), fields=("date_begin", "date_end", "renewal", "notice_days", "related_contract_id")),
        Section(name="terms", label=_l("Money"), fields=("amount", "currency", "billing_period")),
        Section(name="people", label=_l("People and access"), fields=("manager_id", "private", "group_id", "sla_id")),
    ],
    filters=[
        Filter(name="expires", label=_l("Ends or needs a decision"), kind=kinds.Choice(options=EXPIRY), condition=_expires, basic=True),
    ],
    csv=(
        "name",
        "contract_number",
        "description",
        "date_begin",
        "date_end",
        "id_company",
        "id_sla",
        "id_group",
        "private",
        "status",
        "id_contract_type",
        "related_contract",
        "manager",
        "company",
    ),
    csv_left_out=("related_contract", "manager", "company"),
    csv_warns=_csv_warns,
    access=CONTRACT_ACCESS,
    custom=CustomFields(url="/contracts/types/<int:type_id>/fields", type_attribute="type_id", type_name="contracts.type"),
    prepare=_prepare,
    written=_written,
    deleting=refuse_while_used,
)


def ends_within(days: int, actor: Actor) -> ColumnElement[bool]:
    """Active contracts that end in the coming days, counted from the actor's own."""
    day = today(actor)
    return both(Contract.status == 1, Contract.trashed_at.is_(None), Contract.date_end.between(day, day + timedelta(days=days)))


__all__ = ["CONTRACT", "STATUSES", "TEMPLATE", "TYPE", "ends_within"]
