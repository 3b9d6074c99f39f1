"""Templates as parts of pages: what a template gives is HTML already, so that autoescape must not touch it twice."""

from typing import Any

from flask import current_app, g
from flask_babel import get_locale
from markupsafe import Markup


def render_markup(template: str, **context: Any) -> Markup:
    """A rendered template as Markup, for tabs, panels and cards."""
    found = current_app.jinja_env.get_template(template)
    return Markup(found.render({**_shared(), **context}))  # noqa: S704 - the template has escaped its values


def _shared() -> dict[str, Any]:
    """What each template finds: asked once per reader and language, for a page has a template per panel."""
    asked = g.get("actor"), get_locale()
    known = g.get("shared_context")
    if known is None or known[0] != asked:
        shared: dict[str, Any] = {}
        current_app.update_template_context(shared)
        known = g.shared_context = asked, shared
    return known[1]  # type: ignore[no-any-return]

