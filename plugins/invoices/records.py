"""The nouns of invoices: the invoice with its fields, columns, filters and JSON, payment methods."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, case, func, null, select, type_coerce
from sqlalchemy import and_ as both

from core import Actor, Field, Filter, JsonPart, Micros, RecordType, Section, db, refuse_while_used
from core import fields as f
from core.access import today
from core.fields import kinds, label_of
from plugins.companies.models import Company

from .access import INVOICE_ACCESS, SETUP_LIST
from .lines import figures, parse_lines
from .linked import linked_to
from .models import PENDING, RECEIVED, SUBMITTED, Invoice, PaymentMethod
from .states import SHAPES, STATUSES, Status, shown_state
from .totals import round_money

TYPES = ((SUBMITTED, _l("Submitted")), (RECEIVED, _l("Received")))
CURRENCIES = tuple((c, c) for c in ("EUR", "USD", "GBP", "CHF", "MXN", "COP", "ARS", "BRL", "JPY", "KWD", "SEK", "NOK", "DKK", "PLN"))


def _company_order(model: Any) -> Any:
    return select(Company.name_key).where(Company.id == model.company_id).correlate_except(Company).scalar_subquery()


def _company_name(model: Any) -> Any:
    return select(Company.name).where(Company.id == model.company_id).correlate_except(Company).scalar_subquery()


def _contract_in_file(model: Any, actor: Actor) -> Any:
    """The contract's name in a file; one that the reader can't see has none."""
    name = label_of("contracts.contract", model.contract_id, actor)
    return case((model.contract_id.is_(None), null()), else_=func.coalesce(name, str(_l("private contract"))))


def _taxes(model: Any) -> Any:
    return type_coerce(model.total - model.base + model.withholding, Micros())


def _languages() -> Sequence[tuple[str, str]]:
    from babel import Locale

    from .setup_values import languages

    return [(code, str(Locale.parse(code.replace("-", "_")).get_display_name(code)).capitalize()) for code in languages()]


def _last_days(actor: Actor, model: Any, value: Any) -> ColumnElement[bool]:
    return model.invoice_create_date >= today(actor) - timedelta(days=int(value))  # type: ignore[no-any-return]


def _late(actor: Actor, model: Any, value: Any) -> ColumnElement[bool]:
    return both(model.status == PENDING, model.invoice_expiration_date < today(actor))


def _role(actor: Actor, model: Any, value: Any) -> ColumnElement[bool]:
    return model.company_id.in_(select(Company.id).where(Company.role_id == value))  # type: ignore[no-any-return]


def _manager(actor: Actor, model: Any, value: Any) -> ColumnElement[bool]:
    return model.company_id.in_(select(Company.id).where(Company.manager_id == value))  # type: ignore[no-any-return]


def _prepare(values: dict[str, Any], record: Any, actor: Actor) -> dict[str, Any]:
    from .services import prepare

    return prepare(values, record, actor)


def _written(ids: Sequence[int], actor: Actor) -> None:
    from .services import written

    written(ids, actor)


def _deleting(record: Any, actor: Actor) -> None:
    from .services import deleting

    deleting(record, actor)


def _closed(record: Any, actor: Actor) -> None:
    from .services import refuse_locked

    refuse_locked(record, actor)


def _sums(spec: Any) -> Any:
    from .columns import sums

    return sums(spec)


def to_json(ids: Sequence[int], actor: Actor) -> Mapping[int, Mapping[str, Any]]:
    """Lines with their amounts, taxes and figures of the invoices of a page, with the decimals of their currencies."""
    columns = (Invoice.id, Invoice.lines, Invoice.taxes, Invoice.discount_before, Invoice.irpf, Invoice.currency)
    columns += tuple(getattr(Invoice, name) for name in FIGURES)
    out = {}
    for row in db.session.execute(select(*columns).where(Invoice.id.in_(ids))):
        amounts = figures(row.lines, discount_before=row.discount_before, irpf=row.irpf, currency=row.currency, kept=row.taxes).line_amounts
        out[row.id] = {
            "lines": [{**line, "amount": str(amount)} for line, amount in zip(row.lines, amounts, strict=True)],
            "taxes": row.taxes,
            **{name: str(round_money(getattr(row, name), row.currency)) for name in FIGURES},
        }
    return out


FIGURES = ("gross", "discount", "base", "withholding", "total")
LINES_SCHEMA = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["concept", "unit_price"],
        "properties": {
            "concept": {"type": "string"},
            "quantity": {"type": "string"},
            "unit": {"type": "string"},
            "unit_price": {"type": "string"},
            "discount": {"type": "string"},
            "taxes": {"type": "array", "items": {"type": "string"}},
            "amount": {"type": "string", "readOnly": True},
        },
    },
}
TAXES_SCHEMA = {
    "type": "array",
    "items": {"type": "object", "properties": {k: {"type": "string"} for k in ("name", "rate", "base", "amount")}},
}

PAYMENT_METHOD = RecordType(
    name="invoices.payment_method",
    model=PaymentMethod,
    label=_l("Payment method"),
    labels=_l("Payment methods"),
    title="name",
    url="/invoices/payment-methods",
    icon="credit-card",
    importable=False,
    fields=[
        f.text("name", _l("Name"), required=True, max_length=100),
        f.multiline("description", _l("Printed below it"), list=True, hint=_l("As the account number. Printed on invoices.")),
    ],
    list=["name", "description"],
    access=SETUP_LIST,
    deleting=refuse_while_used,
)

INVOICE = RecordType(
    name="invoices.invoice",
    new_key="i",
    model=Invoice,
    label=_l("Invoice"),
    labels=_l("Invoices"),
    title="bill_id",
    subtitle="company_name",
    icon="receipt-euro",
    sort="-invoice_create_date",
    importable=False,
    fields=[
        f.ref("company_id", "companies.company", _l("Company"), required=True, csv="id_company", sort=True, order=_company_order, width=6),
        f.text(
            "bill_id", _l("Bill ID"), max_length=60, csv="bill_id", width=3, hint=_l("Empty: the next number, given when it is issued.")
        ),
        f.choice("invoice_type", _l("Type"), TYPES, csv="invoice_type", default=SUBMITTED),
        Field(
            name="status",
            label=_l("Invoice status"),
            kind=Status(options=STATUSES, shape=SHAPES),
            csv="status",
            default=PENDING,
            sort=True,
            page_column=shown_state,
        ),
        f.ref(
            "contract_id",
            "contracts.contract",
            _l("Contract number"),
            list=False,
            width=6,
            tab_label=_l("Invoices"),
            tab_rows=linked_to,
            masked=_l("private contract"),
        ),
        f.text(
            "contract_name", _l("Contract"), csv="contract", form=False, written=False, list=False, filter=False, api=False, sort=False,
            column=lambda model: null(), seen_column=_contract_in_file,
        ),
        f.text("reference", _l("Reference"), csv="reference", width=3, hint=_l("Order number or the like, printed.")),
        f.date("invoice_create_date", _l("Date"), required=True, csv="invoice_create_date", default=today),
        f.date("invoice_expiration_date", _l("Due"), csv="invoice_expiration_date", hint=_l("Empty: by the company's payment conditions.")),
        f.date("invoice_payment_date", _l("Paid on"), csv="invoice_payment_date", list=False),
        f.choice("currency", _l("Currency"), CURRENCIES, csv="currency", list=True),
        f.amount("gross", _l("Sum"), form=False, written=False, csv="gross", list=False, filter=False),
        f.amount("discount", _l("Discount"), form=False, written=False, csv="discount", list=False, filter=False),
        f.amount("base", _l("Base"), form=False, written=False, csv="base", filter=False),
        f.amount(
            "tax_sum", _l("Taxes"), form=False, written=False, csv="taxes", list=False, filter=False, api=False, sort=False, column=_taxes
        ),
        f.amount("withholding", _l("Withholding"), form=False, written=False, csv="withholding", list=False, filter=False),
        f.amount("total", _l("Total"), form=False, written=False, csv="total"),
        f.number("discount_before", _l("Discount %"), minimum=0, maximum=100, default=0, list=False, filter=False, width=2),
        f.text("discount_concept", _l("Name of the discount"), list=False, filter=False, sort=False),
        f.number("irpf", _l("Withholding %"), minimum=0, maximum=100, default=0, list=False, filter=False, width=2),
        f.text("concept_irpf", _l("Name of the withholding"), list=False, filter=False, sort=False),
        f.choice("currency_change", _l("Total also in"), CURRENCIES, list=False, filter=False),
        f.number("rates", _l("Rate"), minimum=0, list=False, filter=False),
        f.ref("payment_method_id", "invoices.payment_method", _l("Payment method"), few=True, tab=False, link=False, list=False, width=3),
        f.choice("language", _l("Language of the PDF"), _languages, csv="language", list=False, filter=False),
        f.multiline("description", _l("Description, printed"), csv="description", width=6),
        f.multiline("internal_note", _l("Internal note, never printed"), csv="internal_note", width=6),
        f.ref("rectifies_id", "invoices.invoice", _l("Credit note for"), tab=False, list=False, filter=False, width=3),
        f.text("reason", _l("Reason"), list=False, filter=False, sort=False, width=3),
        f.flag("locked", _l("Locked"), form=False, csv="locked", list=False, written=False),
        f.text(
            "company_name", _l("Company"), csv="company", form=False, written=False, list=False, filter=False, api=False, sort=False,
            column=_company_name,
        ),
        f.integer("id", _l("No."), csv="id", form=False, written=False, list=False, filter=False),
    ],
    list=["company_id", "bill_id", "status", "invoice_create_date", "invoice_expiration_date", "reference", "base", "total", "currency"],
    form=[
        Section(
            name="invoice",
            label=_l("Invoice"),
            fields=(
                "company_id",
                "contract_id",
                "bill_id",
                "invoice_create_date",
                "invoice_expiration_date",
                "reference",
                "status",
                "payment_method_id",
                "language",
                "currency",
                "invoice_type",
                "invoice_payment_date",
            ),
        ),
        Section(
            name="reductions", label=_l("Discount and withholding"), fields=("discount_before", "discount_concept", "irpf", "concept_irpf")
        ),
        Section(name="more", label=_l("Texts"), fields=("description", "internal_note")),
        Section(name="special", label=_l("Second currency, credit note"), fields=("currency_change", "rates", "rectifies_id", "reason")),
    ],
    filters=[
        Filter(name="late", label=_l("Late"), kind=kinds.Flag(), condition=_late, basic=True),
        Filter(name="last_days", label=_l("Of the last days"), kind=kinds.Integer(minimum=1, maximum=3650), condition=_last_days),
        Filter(name="role_id", label=_l("Role of the company (id)"), kind=kinds.Integer(minimum=1), condition=_role),
        Filter(name="manager_id", label=_l("Manager of the company (id)"), kind=kinds.Integer(minimum=1), condition=_manager),
    ],
    csv=(
        "id",
        "bill_id",
        "invoice_type",
        "status",
        "id_company",
        "company",
        "contract",
        "reference",
        "invoice_create_date",
        "invoice_expiration_date",
        "invoice_payment_date",
        "currency",
        "gross",
        "discount",
        "base",
        "taxes",
        "withholding",
        "total",
        "language",
        "locked",
        "description",
        "internal_note",
    ),
    json_parts=(JsonPart(name="lines", schema=LINES_SCHEMA, parse=parse_lines), JsonPart(name="taxes", schema=TAXES_SCHEMA)),
    to_json=to_json,
    access=INVOICE_ACCESS,
    prepare=_prepare,
    written=_written,
    deleting=_deleting,
    closed=_closed,
    foot=_sums,
    templates={"form": "invoices/form.html", "record": "invoices/record.html"},
)
