"""What an invoice of the tests has when they don't say: one line."""

USUAL = {"invoices.invoice": {"lines": [{"concept": "Service", "unit_price": "100"}]}}
