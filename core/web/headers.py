"""Security headers of every answer: a content security policy without exceptions, no sniffing, no referrer, no caching of pages.

A view that needs another policy sets the header itself before it returns: `answer.headers["Content-Security-Policy"] = FRAMED`.
"""

from flask import Flask, Response, request

POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "frame-src": "'self'",
    "object-src": "'none'",
    "manifest-src": "'self'",
}
REPORTS = "/csp-report"


def policy(**changes: str) -> str:
    """The policy as a header's value, with some directives changed: policy(frame_ancestors="'self'")."""
    parts = {**POLICY, **{name.replace("_", "-"): value for name, value in changes.items()}}
    return "; ".join(f"{name} {value}" for name, value in parts.items())


PAGE = policy()
FRAMED = policy(frame_ancestors="'self'")
"""For PDFs and previews that our own pages show in a frame."""
FOREIGN = "default-src 'none'; img-src data: blob:; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""For HTML from mails and other strangers: it is shown, and can do nothing."""


def init_headers(app: Flask) -> None:
    """Set the headers after each request; in testing mode collect violations in `app.extensions["csp_reports"]`."""
    page = PAGE
    if app.testing:
        page = f"{PAGE}; report-uri {REPORTS}"
        app.extensions["csp_reports"] = []
        app.add_url_rule(REPORTS, "csp_report", collect_report, methods=["POST"])

    @app.after_request
    def add_headers(answer: Response) -> Response:
        headers = answer.headers
        headers.setdefault("Content-Security-Policy", page)
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        if "Cache-Control" not in headers:
            headers["Cache-Control"] = "no-store"
        if request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        return answer


def collect_report() -> tuple[str, int]:
    """Keep a browser's report of a violation for the test that runs it."""
    from flask import current_app

    current_app.extensions["csp_reports"].append(request.get_json(force=True, silent=True))
    return "", 204
