"""What the tests of invoices share: invoices as people make them, and PDFs only where a test asks for one."""

import io
import struct
import zlib
from types import SimpleNamespace

import pytest

CONCEPTS = ("concept", "quantity", "unit_price", "discount", "taxes")


@pytest.fixture
def asked(monkeypatch):
    """The PDFs that would be made after the commits, as (invoice id): making each takes longer than the rest of a test."""
    from plugins.invoices import services

    found = []
    monkeypatch.setattr(services, "enqueue", lambda kind, *, invoice_id, **more: found.append(invoice_id))
    return found


@pytest.fixture
def taxes(work):
    """Setup's taxes become these: names and rates, as `taxes("VAT 21", 21)`. Names are the rates where none is given."""

    def change(*rates, default=()):
        from core import set_option
        from plugins.invoices import setup_values

        rows = [{"name": str(r), "rate": str(r), "category": "S", "default": str(r) in default} for r in rates]
        with work():
            set_option("invoices.taxes", rows)
            setup_values.settings_changed()

    return change


@pytest.fixture
def setting(work):
    """`setting(invoice_id_pattern="F[1]")` changes Setup."""

    def change(**values):
        from core import set_option
        from plugins.invoices import setup_values

        with work():
            for name, value in values.items():
                set_option(f"invoices.{name}", value)
            setup_values.settings_changed()

    return change


def line(concept="Service", price="100", taxes=(), **more):
    """A line as REST takes it."""
    return {"concept": concept, "unit_price": price, "taxes": list(taxes), **more}


@pytest.fixture
def rest(api_as):
    """`rest("user1")` calls REST as this person: `.make(…)`, `.change(id, …)`, `.read(id)`, and `.post`, `.get`, `.delete`."""

    def as_person(login="admin"):
        client = api_as(login)

        def make(answer=201, /, **values):
            body = {"company_id": 2, "invoice_create_date": "2026-01-15", "lines": [line()], **values}
            reply = client.post("/api/v1/invoices", json=body)
            assert reply.status_code == answer, reply.json
            return reply.json

        def change(invoice_id, answer=200, /, **values):
            reply = client.patch(f"/api/v1/invoices/{invoice_id}", json=values)
            assert reply.status_code == answer, reply.json
            return reply.json

        return SimpleNamespace(
            make=make, change=change, read=lambda invoice_id: client.get(f"/api/v1/invoices/{invoice_id}").json,
            post=lambda path, **more: client.post(f"/api/v1/invoices/{path}", **more),
            get=lambda path: client.get(f"/api/v1/invoices{path}"),
            delete=lambda invoice_id: client.delete(f"/api/v1/invoices/{invoice_id}"),
        )  # fmt: skip

    return as_person


def form(**values):
    """What the form of an invoice posts; `lines` as tuples of concept, quantity, price, discount, taxes."""
    lines = values.pop("lines", [("Service", "1", "100", "0", "")])
    out = {"company_id": "2", "invoice_create_date": "2026-01-15", "status": "pending", "invoice_type": "Submitted", "currency": "EUR"}
    out |= {f"line_{name}": [row[n] for row in lines] for n, name in enumerate(CONCEPTS)}
    return out | values


@pytest.fixture
def pdf_text():
    """The text of a PDF by page."""

    def read(data):
        from pypdf import PdfReader

        return [page.extract_text() for page in PdfReader(io.BytesIO(data)).pages]

    return read


def png(width, height):
    """A white picture of one bit per pixel."""
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))  # noqa: E731
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compress(b"\x00" * (height * (1 + (width + 7) // 8)), 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
