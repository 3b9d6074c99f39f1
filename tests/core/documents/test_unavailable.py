import pytest

from core.documents import PdfUnavailable, pdf, pdf_available


@pytest.fixture
def fresh(monkeypatch):
    """A renderer that has not started yet, in place of this process' own."""
    made = pdf._Renderer()
    monkeypatch.setattr(pdf, "_renderer", made)
    pdf._libraries_load.cache_clear()
    yield made
    made.stop()
    pdf._libraries_load.cache_clear()


def test_a_machine_without_pango_says_what_to_type_without_starting_anything(fresh, monkeypatch):
    monkeypatch.setattr(pdf, "LIBRARIES", (("libpango-that-is-not-there.so",),))
    assert pdf_available() == "PDFs need Pango: sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
    assert not fresh.ready


def test_a_child_without_pango_says_the_same(fresh, monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PdfUnavailable, match="sudo apt install libpango"):
        pdf.render_pdf("x")
    assert "sudo apt install libpango" in pdf_available()
    monkeypatch.delenv("PYTHONPATH")
    with pytest.raises(PdfUnavailable):  # not tried again on each page
        pdf.render_pdf("x")
    fresh.failed_at -= pdf.TRY_AGAIN_SECONDS
    assert pdf.render_pdf("x").pages == 1
    assert pdf_available() is None


def test_a_child_that_dies_at_its_start_asks_for_a_font(fresh, monkeypatch, tmp_path):
    (tmp_path / "weasyprint.py").write_text("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PdfUnavailable, match="need a font"):
        pdf.render_pdf("x")
