"""The leads tab of CRM setup: names of the stages, days until a lead counts as silent."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core import SetupTab, forget_cached, requires_superadmin, set_option
from core.fields import clean_text

from .stages import CACHE, NAMES, settings
from .views import pages


@pages.route("/setup", methods=["GET", "POST"])
@requires_superadmin
def setup() -> Any:
    """Show and save what administrators set for leads."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        values: dict[str, Any] = {}
        for code, default in NAMES.items():
            name = clean_text(request.form.get(f"progress_{code}"), lines=False) or default
            if len(name) > 60:
                errors[f"progress_{code}"] = _("At most 60 characters.")
            values[f"leads.progress_{code}"] = name
        days = request.form.get("lead_warning_time", "").strip() or "7"
        if not days.isascii() or not days.isdigit() or not 1 <= int(days[:6]) <= 3650:
            errors["lead_warning_time"] = _("A number of days from 1 to 3650.")
        else:
            values["leads.lead_warning_time"] = int(days)
        if not errors:
            for key, value in values.items():
                set_option(key, value)
            forget_cached(CACHE)
            flash(_("Saved."), "ok")
            return redirect(url_for("setup.crm", name="leads"))
    page = render_template("leads/setup.html", names=NAMES, now=settings(), errors=errors, posted=request.form if errors else None)
    return page, 422 if errors else 200


TABS = [SetupTab("leads", label=_l("Leads"), endpoint="leads.setup", weight=30)]
