"""Invoices: what was billed, by which number, and what is still unpaid."""
