"""Setup → Groups: a name each, and how many people are in it."""

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _

from core.db import db
from core.identity.models import Group
from core.identity.profiles import DEFAULT_GROUP, all_groups, create_group, delete_group, people_of_groups, rename_group
from core.web.guards import requires_superadmin

from .blueprints import setup
from .forms import NameForm
from .names import NamePage


@setup.get("/groups")
@requires_superadmin
def groups() -> Any:
    """All groups."""
    return render_template("setup/groups.html", groups=all_groups(), people=people_of_groups())


@setup.route("/groups/new", methods=["GET", "POST"])
@requires_superadmin
def group_new() -> Any:
    """Make a group."""
    form = NameForm()
    page = NamePage(title=_("New group"), endpoint="setup.groups", label=_("Groups"))
    return page.save(form, create_group, _("“%(name)s” is made.", name=form.name.data))


@setup.route("/groups/<int:group_id>", methods=["GET", "POST"])
@requires_superadmin
def group(group_id: int) -> Any:
    """Rename a group, or delete it when nobody is in it."""
    found = db.get_or_404(Group, group_id)
    form = NameForm(obj=found)
    return _page_of(found).save(form, lambda name: rename_group(found, name), _("“%(name)s” is saved.", name=form.name.data))


def _page_of(found: Group) -> NamePage:
    title = _("All") if found.everybody and found.name == DEFAULT_GROUP else found.name
    delete_url = "" if found.everybody else url_for("setup.group_delete", group_id=found.id)
    return NamePage(title=title, endpoint="setup.groups", label=_("Groups"), delete_url=delete_url)


@setup.post("/groups/<int:group_id>/delete")
@requires_superadmin
def group_delete(group_id: int) -> Any:
    """Delete a group; refused with the number of people in it."""
    found = db.get_or_404(Group, group_id)
    return _page_of(found).delete(found, delete_group)
