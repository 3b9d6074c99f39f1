"""Setup's first page, and the frame of CRM setup: each tab is a plugin's, shown and saved by the plugin's own view."""

from typing import Any

from flask import abort, current_app, render_template, request, url_for
from flask_babel import gettext as _

from core.addons.declarations import SetupTab
from core.web.guards import requires_superadmin

from .addons import declared, failures
from .blueprints import menu_entries, setup

WORDS = {
    "setup.crm": (lambda: ", ".join(str(tab.label) for tab in crm_tabs()) or _("What plugins ask"), "adjustments"),
    "setup.visibility": (lambda: _("What is in the menu and answers, for whom"), "eye"),
    "setup.plugins": (lambda: _("Modules: on, out of sight, off"), "puzzle"),
    "setup.users": (lambda: _("People and programs that come in"), "users"),
    "setup.profiles": (lambda: _("Which permissions a profile gives"), "id-badge-2"),
    "setup.groups": (lambda: _("Groups of people, for visibility and profiles"), "users-group"),
}


@setup.get("/")
@requires_superadmin
def overview() -> Any:
    """All pages of Setup, each with what it is for."""
    entries = [*menu_entries(), *declared("menu_entries", core=False)]  # whether or not the app declares ours as the core's
    pages = []
    for entry in sorted((e for e in entries if e.section == "setup" and e.endpoint), key=lambda e: e.weight):
        about, icon = WORDS.get(entry.endpoint, (lambda: "", entry.icon or "settings"))
        pages.append((entry.label, url_for(entry.endpoint), about(), icon))
    return render_template("setup/overview.html", pages=pages, failed=failures())


def crm_tabs() -> list[SetupTab]:
    """The tabs of CRM setup of the plugins that are not disabled, in their order."""
    return sorted(declared("setup_tabs"), key=lambda tab: tab.weight)


@setup.route("/crm", methods=["GET", "POST"])
@setup.route("/crm/<name>", methods=["GET", "POST"])
@requires_superadmin
def crm(name: str = "") -> Any:
    """A tab of CRM setup, by name; the first one, when none is named. Without tabs, a sentence that says so."""
    tabs = crm_tabs()
    name = name or request.values.get("tab", "")
    if not tabs and not name:
        return render_template("setup/crm.html", tab="")
    tab = next((t for t in tabs if not name or t.name == name), None)
    if tab is None:
        abort(404)
    return current_app.view_functions[tab.endpoint]()
