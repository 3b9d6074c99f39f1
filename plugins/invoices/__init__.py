"""Invoices: lines and totals, numbers without gap, the PDF of every save, locks; received ones beside issued ones.

Other plugins use `models.Invoice` and the events of `hookspecs.py`: `invoice_issuing` (may refuse) and `invoice_issued`.
"""

from flask_babel import lazy_gettext as _l

from core import Action, ApiOperation, ClassicOperation, Entry, JobKind, hookimpl


@hookimpl
def models():
    from .models import Invoice, PaymentMethod
    from .numbering_models import Number, Series, Tombstone

    return [PaymentMethod, Invoice, Series, Number, Tombstone]


@hookimpl
def blueprints():
    from .views import of_contract, pages

    return [pages, of_contract]


@hookimpl
def record_types():
    from .records import INVOICE, PAYMENT_METHOD

    return [INVOICE, PAYMENT_METHOD]


@hookimpl
def menu_entries():
    from .panels import late_badge

    return [
        Entry(_l("Invoices"), name="invoices", record_type="invoices.invoice", weight=40, icon="receipt-euro", key="i", badge=late_badge)
    ]


@hookimpl
def record_actions():
    from .services import can_be_locked, can_be_paid, has_pdf, is_foreign_lock, is_own_lock

    invoice = "invoices.invoice"
    return [
        Action(
            "contracts.contract",
            _l("Generate invoice"),
            name="invoice",
            endpoint="invoices_contract.generate",
            method="GET",
            icon="receipt-euro",
            weight=10,
            primary=True,
        ),
        Action(invoice, _l("Lock"), name="lock", endpoint="invoices.lock", icon="lock", visible=can_be_locked, weight=10),
        Action(
            invoice,
            _l("Unlock"),
            name="unlock",
            endpoint="invoices.unlock",
            icon="lock-open",
            needs="view",
            visible=is_own_lock,
            weight=10,
        ),
        Action(
            invoice,
            _l("Break lock"),
            name="break_lock",
            endpoint="invoices.unlock",
            icon="lock-open",
            needs="view",
            visible=is_foreign_lock,
            weight=10,
        ),
        Action(invoice, _l("Mark as paid"), name="pay", endpoint="invoices.mark_paid", icon="cash", visible=can_be_paid, weight=20),
        Action(
            invoice,
            _l("PDF"),
            name="pdf",
            endpoint="invoices.pdf",
            method="GET",
            needs="view",
            icon="file-type-pdf",
            visible=has_pdf,
            weight=30,
        ),
    ]


@hookimpl
def record_panels():
    from .panels import PANELS

    return PANELS


@hookimpl
def record_facts():
    from .panels import FACTS

    return FACTS


@hookimpl
def list_columns():
    from .columns import COLUMNS

    return COLUMNS


@hookimpl
def statistics():
    from .statistics import STATISTICS

    return STATISTICS


@hookimpl
def dashboard_cards():
    from .panels import CARDS

    return CARDS


@hookimpl
def setup_tabs():
    from .setup_pages import TABS

    return TABS


@hookimpl
def api_operations():
    from .services import lock_by_rest, unlock_by_rest

    return [
        ApiOperation("invoices.invoice", "lock", run=lock_by_rest, summary="Lock an invoice: only its creator can change it"),
        ApiOperation("invoices.invoice", "unlock", run=unlock_by_rest, needs="view", summary="Unlock an invoice"),
    ]


@hookimpl
def classic_operations():
    from .classic import create_invoice, get_invoice, get_last_invoice_id

    return [
        ClassicOperation("create_invoice", run=create_invoice),
        ClassicOperation("get_invoice", run=get_invoice, scope="read"),
        ClassicOperation("get_last_invoice_id", run=get_last_invoice_id, scope="read"),
    ]


@hookimpl
def job_kinds():
    from .pdf import file_pdf_job

    return [JobKind("invoices.pdf", run=file_pdf_job, label=_l("PDF of an invoice"), one_transaction=False)]


@hookimpl
def record_saving(change):
    if change.record_type == "invoices.invoice":
        from .services import invoice_saving

        invoice_saving(change)


@hookimpl(optionalhook=True)
def billing_currency():
    from .setup_values import currency

    return currency()


@hookimpl
def demo_data():
    from .demo import make

    return [make]
