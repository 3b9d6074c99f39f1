"""The PDF of an issued invoice: made after the commit by a job, filed on the invoice, replaced on every save that changes what it prints.

`/invoices/<id>/pdf` never serves one that is older than the record: it makes it at once when the job has not come to it yet.
"""

import re
from typing import Any

from flask import render_template
from sqlalchemy import select

from core import db, unit_of_work
from core.documents import render_pdf
from core.files import File, replace_file, store_bytes

from .models import Invoice
from .printed import logo_asset, printed
from .services import has_pdf

KIND = "invoice_pdf"


def file_name(bill_id: str) -> str:
    """`invoice_<number made safe>.pdf`."""
    return f"invoice_{re.sub(r'[^A-Za-z0-9._-]+', '-', bill_id).strip('-') or 'draft'}.pdf"


def current_pdf(invoice: Invoice) -> File | None:
    """The filed PDF of what the invoice says now, or None while it is being made."""
    stmt = select(File).where(
        File.record_type == "invoices.invoice", File.record_id == invoice.id, File.kind == KIND, File.replaced_at.is_(None)
    )
    file = db.session.scalars(stmt.order_by(File.id.desc()).limit(1)).first()
    return file if file is not None and file.note == str(invoice.revision) else None


def render_invoice(invoice: Invoice) -> bytes:
    """The PDF's bytes. Raises DocumentTooComplex or PdfUnavailable."""
    html = render_template("invoices/pdf.html", **printed(invoice))
    return render_pdf(html, assets=logo_asset(invoice.snapshot or {}), language=invoice.language).data


def file_pdf(invoice_id: int, actor_id: int | None) -> File | None:
    """Make the PDF of what the invoice says now and file it in place of the one before; None where there is nothing to make.

    Reads, renders and stores first; writes in a short unit of work of its own, and only if the invoice still says the same.
    """
    invoice = db.session.get(Invoice, invoice_id, populate_existing=True)
    if invoice is None or invoice.trashed_at is not None or not has_pdf(invoice):
        return None
    if (filed := current_pdf(invoice)) is not None:
        return filed
    revision, stored, name = invoice.revision, store_bytes(render_invoice(invoice)), file_name(invoice.bill_id or "")
    with unit_of_work(actor_id):
        invoice = db.session.get(Invoice, invoice_id, populate_existing=True)
        if invoice is None or invoice.revision != revision:
            return None  # saved again meanwhile: that save's own job makes the newer one
        stmt = select(File).where(
            File.record_type == "invoices.invoice", File.record_id == invoice_id, File.kind == KIND, File.replaced_at.is_(None)
        )
        before = list(db.session.scalars(stmt.order_by(File.id)))
        for older in before[:-1]:
            older.replaced_at = older.created_at
        if before and before[-1].note == str(revision):
            return before[-1]
        file = replace_file(before[-1] if before else None, "invoices.invoice", invoice_id, stored, name, actor_id, kind=KIND)
        file.note = str(revision)
        return file


def file_pdf_job(progress: Any, *, invoice_id: int) -> None:
    """The job that follows a save."""
    file_pdf(invoice_id, None)
