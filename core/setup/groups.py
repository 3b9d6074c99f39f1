"""Setup → Groups: a name each, and how many people are in it."""

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _

from core.access import Conflict
from core.db import db
from core.errors import Invalid
from core.identity.models import Group
from core.identity.profiles import DEFAULT_GROUP, all_groups, create_group, delete_group, people_of_groups, rename_group
from core.web.guards import requires_superadmin

from .blueprints import setup
from .forms import NameForm
from .profiles import name_page


def _group_or_404(group_id: int) -> Group:
    group = db.session.get(Group, group_id) if group_id < 2**31 else None
    if group is None:
        abort(404)
    return group


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
    if form.validate_on_submit():
        try:
            create_group(form.name.data)
        except Invalid as problem:
            form.take(problem)
        else:
            flash(_("“%(name)s” is made.", name=form.name.data), "ok")
            return redirect(url_for("setup.groups"))
    return name_page(form, _("New group"), url_for("setup.groups"), _("Groups"))


@setup.route("/groups/<int:group_id>", methods=["GET", "POST"])
@requires_superadmin
def group(group_id: int) -> Any:
    """Rename a group, or delete it when nobody is in it."""
    found = _group_or_404(group_id)
    form = NameForm(obj=found)
    if form.validate_on_submit():
        try:
            rename_group(found, form.name.data)
        except Invalid as problem:
            form.take(problem)
        else:
            flash(_("“%(name)s” is saved.", name=found.name), "ok")
            return redirect(url_for("setup.groups"))
    return _page(form, found)


def _page(form: NameForm, found: Group) -> tuple[str, int]:
    delete_url = "" if found.everybody else url_for("setup.group_delete", group_id=found.id)
    title = _("All") if found.everybody and found.name == DEFAULT_GROUP else found.name
    return name_page(form, title, url_for("setup.groups"), _("Groups"), delete_url)


@setup.post("/groups/<int:group_id>/delete")
@requires_superadmin
def group_delete(group_id: int) -> Any:
    """Delete a group; refused with the number of people in it."""
    found = _group_or_404(group_id)
    try:
        delete_group(found)
    except Conflict as problem:
        form = NameForm(obj=found, formdata=None)
        form.form_errors.append(str(problem.message))
        return _page(form, found)[0], 409
    flash(_("“%(name)s” is deleted.", name=found.name), "ok")
    return redirect(url_for("setup.groups"))
