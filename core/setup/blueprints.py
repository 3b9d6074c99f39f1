"""The two blueprints of these pages, and the lines of Setup in the menu. `register` puts both into an app."""

from flask import Blueprint, Flask
from flask_babel import lazy_gettext as _l

from core.addons.declarations import Entry

identity = Blueprint("identity", __name__)
setup = Blueprint("setup", __name__, url_prefix="/setup")


def menu_entries() -> list[Entry]:
    """Setup's lines in the menu, as the manual names them."""
    return [
        Entry(_l("CRM setup"), name="setup.crm", endpoint="setup.crm", section="setup", permission=None, weight=10),
        Entry(_l("Visibility"), name="setup.visibility", endpoint="setup.visibility", section="setup", permission=None, weight=20),
        Entry(_l("Plugins"), name="setup.plugins", endpoint="setup.plugins", section="setup", permission=None, weight=30),
        Entry(_l("Users"), name="setup.users", endpoint="setup.users", section="setup", permission=None, weight=40),
        Entry(_l("Profiles"), name="setup.profiles", endpoint="setup.profiles", section="setup", permission=None, weight=50),
        Entry(_l("Groups"), name="setup.groups", endpoint="setup.groups", section="setup", permission=None, weight=60),
    ]


def register(app: Flask) -> None:
    """Register both blueprints with all their views."""
    from . import groups, me, overview, plugins, profiles, sight, signin, users, visibility  # noqa: F401 - each adds its views

    app.before_request(sight.refuse_hidden)
    app.jinja_env.globals["crm_setup_tabs"] = overview.crm_tabs
    app.register_blueprint(identity)
    app.register_blueprint(setup)
