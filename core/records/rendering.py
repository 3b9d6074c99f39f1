"""Templates as parts of pages: what a template gives is HTML already, so that autoescape must not touch it twice."""

from typing import Any

from markupsafe import Markup

from core.addons.runtime import runtime, this_app


def render_markup(template: str, **context: Any) -> Markup:
    """A rendered template as Markup, for tabs, panels and cards."""
    app = this_app()
    shared = runtime().parts["shared_context"]()
    return Markup(app.jinja_env.get_template(template).render({**shared, **context}))  # noqa: S704 - the template has escaped its values
