"""Pages that only invoices have: the form with lines, live totals, locks, the PDF, an invoice from a contract."""

from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core import Conflict, Forbidden, Invalid, create_record, current_actor, db, load_or_404, record_type, requires, update_record
from core.access import today
from core.db.work import rollback
from core.documents.pdf import PdfError
from core.fields import id_of
from core.fields.format import plain_number_text
from core.files.services import file_response_headers, open_file
from core.records import once
from core.records.csv_out import export_response
from core.records.forms import Form, read_form
from core.records.services import missing, writable_fields
from core.web.guards import begins_reading
from core.web.jinja import money
from core.web.records.conflicts import after_conflict
from core.web.records.views import build_form, reading_now, writing_now
from plugins.contracts.models import Contract

from . import setup_values
from .csv_lines import LINE_CELLS
from .lines import check_taxes, figures, lines_of_form, parse_lines
from .models import DRAFT, Invoice
from .numbering import next_number, numbering
from .pdf import file_pdf
from .services import has_pdf, lock_invoice, pay_invoice, refuse_locked, unlock_invoice, values_from_contract

pages = Blueprint("invoices", __name__, template_folder="templates", static_folder="static", url_prefix="/invoices")
of_contract = Blueprint("invoices_contract", __name__, url_prefix="/contracts")
BLANK = {"concept": "", "quantity": "1", "unit_price": "", "discount": "0", "taxes": []}


@pages.route("/new", methods=["GET", "POST"])
@requires("CR")
def new() -> Any:
    """The form of a new invoice, and what it posts."""
    actor, rt = current_actor(), record_type("invoices.invoice")
    if not rt.access.create(actor) or actor.read_only:
        raise Forbidden
    if request.method == "GET":
        values: dict[str, Any] = {"language": None, "currency": setup_values.currency()}
        if (contract_id := id_of(request.args.get("contract_id"))) is not None:
            values |= values_from_contract(load_or_404("contracts.contract", contract_id), actor)
        else:
            given, _errors = read_form([f for f in writable_fields(rt) if f.name in request.args], request.args, reading_now(actor))
            values |= given
        return _page(build_form(rt, actor, values=values), _written(values.get("lines") or []), None)
    key = request.form.get("form_id", "")
    if key and (made := once.result_of(key, actor.user_id)):
        return redirect(made)
    values, errors = _posted(None)
    invoice = None
    if not errors:
        try:
            invoice = create_record(rt, values, actor)
        except Invalid as refused:
            errors = refused.errors
    else:
        errors = {**{k: [str(m) for m in v] for k, v in missing(rt, values).items() if k in values}, **errors}
    if invoice is None:
        return _page(build_form(rt, actor, posted=request.form, errors=_beside(errors)), lines_of_form(request.form), None, errors, 422)
    where = url_for("invoices_invoice.show", id=invoice.id)
    if key:
        once.remember(key, actor.user_id, where)
    flash(_said(invoice), "ok")
    return redirect(where)


@pages.route("/<int:id>/edit", methods=["GET", "POST"])
def edit(id: int) -> Any:
    """The form of an invoice, and what it posts."""
    actor, rt = current_actor(), record_type("invoices.invoice")
    invoice = load_or_404("invoices.invoice", id, "edit")
    if actor.read_only:
        raise Forbidden
    refuse_locked(invoice, actor)
    if request.method == "GET":
        return _page(build_form(rt, actor, record=invoice), _written(invoice.lines), invoice)
    values, errors = _posted(invoice)
    version = request.form.get("version", "")
    if not errors:
        try:
            update_record(rt, invoice, values, actor, version=id_of(version))
        except Invalid as refused:
            errors = refused.errors
            rollback()
            invoice = load_or_404("invoices.invoice", id, "edit")
        except Conflict as conflict:
            again = after_conflict(
                rt, id, actor, conflict, lambda now, sent: build_form(rt, actor, record=now, posted=sent), parts={"lines": "line_"}
            )
            lines = lines_of_form(again.posted) if "line_concept" in again.posted else _written(again.record.lines)
            return _page(again.form, lines, again.record, None, 409)
    if errors:
        form = build_form(rt, actor, record=invoice, posted=request.form, errors=_beside(errors))
        return _page(form, lines_of_form(request.form), invoice, errors, 422)
    flash(_said(invoice), "ok")
    return redirect(url_for("invoices_invoice.show", id=id))


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


def _page(form: Form, lines: Any, invoice: Invoice | None, errors: dict[str, list[str]] | None = None, status: int = 200) -> Any:
    rt = record_type("invoices.invoice")
    rules = numbering()
    shown = [{**BLANK, "taxes": setup_values.default_taxes(), **line} for line in lines] or [
        {**BLANK, "taxes": setup_values.default_taxes()}
    ]
    wrong = {name: messages for name, messages in (errors or {}).items() if name.startswith("lines")}
    if invoice is None or not invoice.bill_id:
        for field in form.fields():
            if field.name == "bill_id" and rules.automatic:
                field.placeholder = next_number(db.session(), today(current_actor()), rules=rules)
    page = render_template(
        "invoices/form.html", form=form, rt=rt, lines=shown, wrong=wrong, invoice=invoice, tax_sets=tax_sets(shown),
        taxes=[(tax["name"], Decimal(tax["amount"])) for tax in invoice.taxes] if invoice else [],
        may_draft=invoice is None or invoice.status == DRAFT, crumbs=[(rt.labels, url_for("invoices_invoice.list"))],
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
    rt, reading = record_type("invoices.invoice"), reading_now(current_actor())
    wanted = {"currency", "discount_before", "irpf"}
    values, _errors = read_form([f for f in writable_fields(rt) if f.name in wanted], request.form, reading)
    rows = lines_of_form(request.form)
    of = request.args.get("invoice", "")
    taxes_kept = load_or_404("invoices.invoice", invoice_id, "edit").taxes if (invoice_id := id_of(of)) is not None else ()
    kept, good = [], []
    for n, row in enumerate(rows):
        try:
            line = parse_lines([{**row, "concept": row["concept"] or "–"}], reading)
            check_taxes(line, taxes_kept)
            good += line
            kept.append(n)
        except Invalid:
            continue
    currency = values.get("currency") or setup_values.currency()
    found = figures(
        good, discount_before=values.get("discount_before") or 0, irpf=values.get("irpf") or 0, currency=currency, kept=taxes_kept
    )
    amounts = [""] * len(rows)
    for n, amount in zip(kept, found.line_amounts, strict=True):
        amounts[n] = money(amount, currency)
    told = []
    if found.discount:
        told += [(_("Sum"), found.gross), (_("Discount"), -found.discount)]
    told.append((_("Base"), found.base))
    told += [(f"{t.name} · {money(t.base, currency)}", t.amount) for t in found.taxes]
    if found.withholding:
        told.append((_("Withholding"), -found.withholding))
    shown = [{"label": label, "value": money(value, currency), "sum": False} for label, value in told]
    return jsonify(lines=amounts, totals=[*shown, {"label": _("Total"), "value": money(found.total, currency), "sum": True}])


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
    unlock_invoice(load_or_404("invoices.invoice", id), current_actor())
    flash(_("The invoice is open again."), "ok")
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
