"""A small app with the web parts alone: no database, no plugins. What the whole app does with them is tested in tests/browser."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace as Some
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask, render_template, render_template_string, request
from flask.testing import FlaskClient
from flask_wtf import CSRFProtect

from core.access import Actor
from core.web.assets import init_assets
from core.web.context import draw_shell
from core.web.errors import init_errors
from core.web.headers import init_headers
from core.web.i18n import init_i18n
from core.web.jinja import init_jinja
from core.web.menu import MenuItem, MenuSection

TEMPLATES = Path(__file__).parents[3] / "core/web/templates"
IRENE = Actor(user_id=7, login="irene", name="Irene Salcedo", permissions=frozenset({"CR", "CW"}))


def form_field(name: str, kind: str = "text", **values: Any) -> Some:
    """A FormField as the record engine makes them, with everything empty that isn't given."""
    empty: dict[str, Any] = {
        "label": name.title(), "value": "", "values": [], "options": [], "pick_url": "", "picked": [], "required": False, "hint": "",
        "errors": [], "readonly": False, "width": 3, "placeholder": "", "attrs": {},
    }  # fmt: skip
    return Some(**{"name": name, "id": f"f-{name}", "kind": kind, **empty, **values})


@pytest.fixture
def app() -> Flask:
    app = Flask("small", static_folder=None, template_folder=str(TEMPLATES))
    app.config.update(SECRET_KEY="a key of the tests", TESTING=True, PROPAGATE_EXCEPTIONS=False)
    app.extensions["cartera"] = Some(settings=Some(max_upload=100_000_000))
    CSRFProtect(app)
    assets = init_assets(app)
    init_i18n(app, locale=lambda: request.args.get("lang"), timezone=lambda: ZoneInfo("Europe/Madrid"))
    init_jinja(app, assets)
    init_headers(app)
    init_errors(app)

    @app.context_processor
    def shell() -> dict[str, Any]:
        menu = [
            MenuSection(
                label="CRM", items=[MenuItem(label="Company", url="/companies/", icon="building", current=request.path == "/companies/5")]
            )
        ]
        actor = None if "visitor" in request.args else IRENE
        return {"actor": actor, "shell": lambda plain: draw_shell(menu, [], plain=plain), "toasts": [], "crumbs": []}

    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def render(app: Flask) -> Callable[..., str]:
    """`render("record/list.html", page=…)`, or a template's text."""

    def rendered(template: str, /, *, address: str = "/companies/", **context: Any) -> str:
        with app.test_request_context(address):
            return render_template(template, **context) if template.endswith(".html") else render_template_string(template, **context)

    return rendered
