"""What takes long, as storing a PDF or a logo, is over before the writer's turn is taken."""

import io

import pytest

from .conftest import png
from .test_setup import GOOD

pytestmark = pytest.mark.usefixtures("world")


@pytest.fixture
def stored(monkeypatch):
    """For each file that is stored: whether its session held the writer's turn."""
    from core.db import db
    from core.files import store

    held, put = [], store.put

    def watched(*args, **more):
        session = db.session()
        held.append(bool(session.info.get("write") and session.in_transaction()))
        return put(*args, **more)

    monkeypatch.setattr(store, "put", watched)
    return held


def test_pdfs_and_logos_are_stored_before(stored, rest, as_user, monkeypatch):
    from plugins.invoices import pdf

    monkeypatch.setattr(pdf, "render_invoice", lambda i: f"%PDF-1.7 {i.bill_id} {i.revision}".encode())
    made = rest().make()
    rest().change(made["id"], reference="PO 7")
    assert stored == [False, False]
    logo = {**GOOD, "invoice_logo": (io.BytesIO(png(60, 20)), "logo.png")}
    assert as_user("admin").post("/invoices/setup", data=logo, content_type="multipart/form-data").status_code == 302
    assert stored == [False, False, False]
