"""Documents: HTML to PDF in a child process, macros in templates, cleaning of HTML that people write.

Knows no contract and no invoice: whoever wants a PDF brings HTML and the files that it may show.
"""

from .html import HtmlTooComplex, clean_html, left_out
from .macros import Expanded, ExpandedText, expand, expand_text, unknown_macros
from .pdf import DocumentTooComplex, Pdf, PdfError, PdfUnavailable, pdf_available, render_pdf
from .pictures import PictureRefused, picture_type

__all__ = [
    "DocumentTooComplex", "Expanded", "ExpandedText", "HtmlTooComplex", "Pdf", "PdfError", "PdfUnavailable",
    "PictureRefused", "clean_html", "expand", "expand_text", "left_out", "pdf_available", "picture_type", "render_pdf",
    "unknown_macros",
]
