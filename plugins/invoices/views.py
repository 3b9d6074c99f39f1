"""Pages that only invoices have: the form with lines, live totals, locks, the PDF, an invoice from a contract."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import Invalid, current_actor, db, load_or_404, record_type, requires
from core.access import today
from core.documents import PdfError
from core.fields import id_of, plain_number_text
from core.files import file_response_headers, open_file
from core.records import Form, export_response, read_form, writable_fields
from core.web import (
    asked_values,
    begins_reading,
    build_form,
    create_from_form,
    form_crumbs,
    load_to_edit,
    made_before,
    money,
    reading_now,
    refuse_new,
    show_changed,
    show_made,
    update_from_form,
    writing_now,
)
from plugins.contracts.models import Contract

from . import setup_values
from .csv_lines import LINE_CELLS
from .lines import UNIT, lines_of_form, parse_lines
from .models import DRAFT, Invoice
from .numbering import next_number, numbering
from .pdf import file_pdf
from .services import (
    has_pdf,
    is_foreign_lock,
    last_invoice_of,
    lock_invoice,
    pay_invoice,
    refuse_locked,
    unlock_invoice,
    values_from_contract,
)
from .sums import sums_of_form

pages = Blueprint("invoices", __name__, template_folder="templates", static_folder="static", url_prefix="/invoices")
of_contract = Blueprint("invoices_contract", __name__, url_prefix="/contracts")
BLANK = {"concept": "", "quantity": "1", "unit": UNIT, "unit_price": "", "discount": "0", "taxes": []}


@pages.route("/new", methods=["GET", "POST"])
@requires("CR")
def new() -> Any:
    """The form of a new invoice, and what it posts."""
    actor, rt = current_actor(), record_type("invoices.invoice")
    refuse_new(rt, actor)
    if request.method == "GET":
        values: dict[str, Any] = {"language": None, "currency": setup_values.currency()}
        if (contract_id := id_of(request.args.get("contract_id"))) is not None:
            contract = load_or_404("contracts.contract", contract_id)
            values, earlier = values | values_from_contract(contract, actor), last_invoice_of(contract)
        else:
            values, earlier = values | asked_values(rt, actor), None
        return _page(build_form(rt, actor, values=values), _written(values.get("lines") or []), None, earlier=earlier)
    if where := made_before():
        return redirect(where)
    kept = create_from_form(rt, actor, *_posted(None))
    if kept.record is None:
        form = build_form(rt, actor, posted=request.form, errors=_beside(kept.errors))
        return _page(form, lines_of_form(request.form), None, kept.errors, 422)
    return show_made(rt, kept, _said(kept.record))


@pages.route("/<int:id>/edit", methods=["GET", "POST"])
@requires("CR")
def edit(id: int) -> Any:
    """The form of an invoice, and what it posts."""
    actor, rt = current_actor(), record_type("invoices.invoice")
    invoice = load_to_edit("invoices.invoice", id, actor)
    refuse_locked(invoice, actor)
    if request.method == "GET":
        return _page(build_form(rt, actor, record=invoice), _written(invoice.lines), invoice)
    kept = update_from_form(rt, invoice, actor, *_posted(invoice), parts={"lines": "line_"})
    if again := kept.refused:
        lines = lines_of_form(again.posted) if "line_concept" in again.posted else _written(again.record.lines)
        return _page(again.form, lines, again.record, None, 409)
    if kept.errors:
        form = build_form(rt, actor, record=kept.record, posted=request.form, errors=_beside(kept.errors))
        return _page(form, lines_of_form(request.form), kept.record, kept.errors, 422)
    return show_changed(rt, kept, _said(kept.record), actor)


def _said(invoice: Invoice) -> str:
    if invoice.status == DRAFT:
        return _("The draft was saved. It gets its number when it is issued.")
    return _("Invoice %(number)s was saved: %(total)s.", number=invoice.bill_id, total=money(invoice.total, invoice.currency))


def _posted(invoice: Invoice | None) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """Values and messages of the posted form, its lines included. A number that stands in the form already is not a typed one."""
    rt, reading = record_type("invoices.invoice"), reading_now(current_actor())
    values, errors = read_form([f for f in writable_fields(rt) if f.form], request.form, reading, invoice)
    if request.form.get("save_as") == DRAFT and (invoice is None or invoice.status == DRAFT):
        values["status"] = DRAFT
    elif request.form.get("save_as") == "issue" and values.get("status") == DRAFT:
        values["status"] = "pending"
    if "line_concept" in request.form:
        try:
            values["lines"] = parse_lines(lines_of_form(request.form), reading)
        except Invalid as refused:
            errors |= {f"lines.{k}" if k else "lines": v for k, v in refused.errors.items()}
    return values, errors


def _beside(errors: dict[str, list[str]]) -> dict[str, list[str]]:
    """Messages of lines for the summary, told by their number."""
    out: dict[str, list[str]] = {}
    for name, messages in errors.items():
        parts = name.split(".")
        if parts[0] == "lines" and len(parts) == 3:
            out.setdefault("", []).extend(_("Line %(n)s: %(text)s", n=int(parts[1]) + 1, text=m) for m in messages)
        else:
            out[name] = messages
    return out


def _page(
    form: Form, lines: Any, invoice: Invoice | None, errors: dict[str, list[str]] | None = None, status: int = 200, *,
    earlier: Invoice | None = None,
) -> Any:  # fmt: skip
    rt = record_type("invoices.invoice")
    rules = numbering()
    blank = {**BLANK, "taxes": setup_values.default_taxes()}
    shown = [{**blank, **line} for line in lines] or [blank]
    wrong = {name: messages for name, messages in (errors or {}).items() if name.startswith("lines")}
    kept = invoice.taxes if invoice else ()
    typed = {field.name: field.value for field in form.fields()}
    if invoice is None or not invoice.bill_id:
        for field in form.fields():
            if field.name == "bill_id" and rules.automatic:
                field.placeholder = next_number(db.session(), today(current_actor()), rules=rules)
    page = render_template(
        "invoices/form.html", form=form, rt=rt, lines=shown, wrong=wrong, invoice=invoice, earlier=earlier, tax_sets=tax_sets(shown),
        blank=blank, sums=sums_of_form(shown, typed, reading_now(current_actor()), kept),
        seller=setup_values.settings().get("seller_name"), may_draft=invoice is None or invoice.status == DRAFT,
        crumbs=form_crumbs(rt, invoice),
    )  # fmt: skip
    return page, status


def _written(lines: Any) -> list[dict[str, Any]]:
    """Stored lines as they stand in the form: numbers in the reader's customs, as those of other fields."""
    locale = writing_now().locale
    numbers = ("quantity", "unit_price", "discount")
    return [{k: plain_number_text(Decimal(v).normalize(), locale) if k in numbers and v else v for k, v in row.items()} for row in lines]


def tax_sets(lines: Any) -> list[tuple[str, str]]:
    """What a line's select offers: each tax, none, and the combinations that lines have, as (names one per row, label)."""
    names = [row["name"] for row in setup_values.tax_rows()]
    sets = [*([n] for n in names), [], *(list(line["taxes"]) for line in lines)]
    default = setup_values.default_taxes()
    if default and default not in sets:
        sets.insert(0, default)
    unique = list(dict.fromkeys("\n".join(s) for s in sets))
    return [(value, " + ".join(value.split("\n")) if value else _("no tax")) for value in unique]


@pages.post("/totals")
@requires("CR")
@begins_reading
def totals() -> Any:
    """What the form as it stands adds up to, rounded as it will be: for the live totals."""
    kept: Any = ()
    if (invoice_id := id_of(request.args.get("invoice", ""))) is not None:
        kept = load_or_404("invoices.invoice", invoice_id, "edit").taxes
    return jsonify(sums_of_form(lines_of_form(request.form, every=True), request.form, reading_now(current_actor()), kept))


@pages.get("/export.csv")
@requires("CR")
def export() -> Any:
    """The list as CSV; with `lines=1` one row for each line of an invoice."""
    actor, rt = current_actor(), record_type("invoices.invoice")
    more = LINE_CELLS if request.args.get("lines") == "1" else None
    return export_response(rt, actor, request.args, reading_now(actor), writing_now(), more=more)


@pages.post("/<int:id>/lock")
def lock(id: int) -> Any:
    """Lock an invoice."""
    lock_invoice(load_or_404("invoices.invoice", id, "edit"), current_actor())
    flash(_("The invoice is locked: only who made it can change it."), "ok")
    return redirect(url_for("invoices_invoice.show", id=id))


@pages.post("/<int:id>/unlock")
def unlock(id: int) -> Any:
    """Unlock an invoice, or break its lock."""
    invoice = load_or_404("invoices.invoice", id)
    broken = is_foreign_lock(invoice, current_actor())
    unlock_invoice(invoice, current_actor())
    flash(_("The lock was broken, and history says so.") if broken else _("The invoice is open again."), "ok")
    return redirect(url_for("invoices_invoice.show", id=id))


@pages.post("/<int:id>/paid")
def mark_paid(id: int) -> Any:
    """Note that an invoice was paid today."""
    invoice = pay_invoice(load_or_404("invoices.invoice", id, "edit"), current_actor())
    flash(_("Invoice %(number)s is paid.", number=invoice.bill_id), "ok")
    return redirect(url_for("invoices_invoice.show", id=id))


@pages.get("/<int:id>/pdf")
@begins_reading
def pdf(id: int) -> Any:
    """The PDF of what the invoice says now."""
    invoice = load_or_404("invoices.invoice", id)
    if not has_pdf(invoice):
        flash(_("A draft has no PDF yet: it is made when the invoice is issued."), "bad")
        return redirect(url_for("invoices_invoice.show", id=id))
    try:
        file = file_pdf(id, current_actor().user_id)
    except PdfError as problem:
        flash(str(problem), "bad")
        return redirect(url_for("invoices_invoice.show", id=id))
    if file is None:
        return redirect(url_for("invoices.pdf", id=id))  # it was saved again while this one was made
    return Response(open_file(file), headers=dict(file_response_headers(file)))


@of_contract.get("/<int:id>/invoice")
def generate(id: int) -> Any:
    """Generate invoice: the form of a new invoice, filled in from a contract."""
    contract: Contract = load_or_404("contracts.contract", id, "edit")
    return redirect(url_for("invoices_invoice.new", contract_id=contract.id))
