"""What the engine promises, kept by invoices and payment methods."""

from core.testing.contracts import RecordContract


class TestInvoices(RecordContract):
    record_type = "invoices.invoice"
    deleter = "admin"  # nobody else deletes what was issued
    leave_out = (
        "bill_id", "invoice_type", "currency_change", "rates", "invoice_payment_date", "invoice_expiration_date", "language", "status",
    )  # fmt: skip
    computed = ("revision", "snapshot")

    def values(self, world, place, n):
        lines = [{"concept": f"Service {n}", "quantity": "2", "unit_price": f"{100 + n}.5"}]
        return {
            **super().values(world, place, n), "lines": lines, "invoice_create_date": "2026-02-01", "invoice_expiration_date": "2026-03-01",
            "currency": "EUR", **({"status": "draft"} if 10 <= n < 100 else {}),  # most stay drafts: issuing makes a PDF
        }  # fmt: skip

    def filled_form(self, stage, client, n=700):
        data = super().filled_form(stage, client, n)
        data["line_concept"], data["line_unit_price"] = "Typed by hand", "12.5"
        return data


class TestPaymentMethods(RecordContract):
    record_type = "invoices.payment_method"
    editor, deleter, reader, hides = "admin", "admin", "manager1", False
