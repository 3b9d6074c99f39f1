"""Templates as parts of pages: what a template gives is HTML already, so that autoescape must not touch it twice."""

from typing import Any

from flask import render_template
from markupsafe import Markup


def render_markup(template: str, **context: Any) -> Markup:
    """A rendered template as Markup, for tabs, panels and cards."""
    return Markup(render_template(template, **context))  # noqa: S704 - the template has escaped its values
