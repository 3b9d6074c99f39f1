"""Setup → Visibility: section, plugin and entry × group. A click on a cell is in force at once; the toast undoes it."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from core.access.actors import actor_of
from core.fields.values import id_of
from core.identity.profiles import all_groups, people_of_groups
from core.identity.services import find_user
from core.visibility import (
    CRM,
    Place,
    hidden_subjects,
    hide_crm_by_default,
    is_crm_hidden_by_default,
    next_state,
    places,
    set_visibility,
    settings_by_cell,
)
from core.web.guards import requires_superadmin

from .addons import is_running
from .blueprints import setup
from .forms import PlainForm

STATES = {"shown": "shown", "hidden": "hidden", "": None}


def _key(subject: str, group_id: int | None, state: str | None) -> str:
    """What a cell's button sends: which cell, and what it shall become. Sent twice it does the same."""
    return f"{subject}|{group_id or ''}|{state or ''}"


@setup.get("/visibility")
@requires_superadmin
def visibility() -> Any:
    """The matrix. `person` is a login: what that person does not see is listed above it."""
    cells, people = settings_by_cell(), people_of_groups()
    columns = [(None, _("All"), people[None])] + [(g.id, g.name, people.get(g.id, 0)) for g in all_groups() if not g.everybody]
    rows = [(place, [_cell(place, group_id, name, cells) for group_id, name, _n in columns], _runs(place)) for place in places()]
    login = request.args.get("person", "").strip()
    return render_template(
        "setup/visibility.html", columns=columns, rows=rows, by_default=is_crm_hidden_by_default(), person=login, checked=_check(login)
    )


def _runs(place: Place) -> bool:
    return not place.plugin or is_running(place.plugin)


def _cell(place: Place, group_id: int | None, group: str, cells: Any) -> dict[str, Any]:
    state = cells.get((place.subject, group_id))
    section = place.kind == "section"
    if section and group_id is None:
        state = state or "shown"  # nothing stands above it
        following = "hidden" if state == "shown" else None
    else:
        following = next_state(state)
    if state:
        word = _("Shown") if state == "shown" else _("Hidden")
    else:
        word = _("as %(what)s", what=_("All") if section else _("CRM") if place.kind == "plugin" else _("its module"))
    about = _("%(what)s for %(group)s: %(state)s", what=str(place.label), group=group, state=word)
    return {"state": state, "word": word, "about": about, "key": _key(place.subject, group_id, following)}


def _check(login: str) -> dict[str, Any] | None:
    if not login:
        return None
    user = find_user(login)
    actor = actor_of(user.id) if user else None
    if user is None or actor is None:
        return {"name": login, "missing": True}
    hidden = hidden_subjects(actor)
    return {
        "name": user.name, "missing": False, "superadmin": actor.superadmin, "crm": actor.has("CR"),
        "hidden": [str(place.label) for place in places() if place.subject in hidden],
    }  # fmt: skip


@setup.post("/visibility")
@requires_superadmin
def change_visibility() -> Any:
    """Set a cell: `cell` (in the form, or in the address of the toast's Undo) is subject|group|state."""
    parts = request.values.get("cell", "").split("|")
    if not PlainForm().validate() or len(parts) != 3 or parts[2] not in STATES:
        abort(400)
    subject, group, wanted = parts[0], id_of(parts[1]), STATES[parts[2]]
    place = next((p for p in places() if p.subject == subject), None)
    names = {g.id: g.name for g in all_groups() if not g.everybody}
    if place is None or (group is not None and group not in names):
        abort(404)
    before = set_visibility(subject, group, wanted)  # type: ignore[arg-type]
    what = {"what": str(place.label), "group": names.get(group, _("All")) if group else _("All")}
    text = {
        "shown": _("%(what)s shown to %(group)s, in force now", **what),
        "hidden": _("%(what)s hidden for %(group)s, in force now", **what),
        None: _("%(what)s for %(group)s follows what stands above it, in force now", **what),
    }[wanted]
    flash(text, "ok undo:" + url_for("setup.change_visibility", cell=_key(subject, group, before)))
    return redirect(url_for("setup.visibility"))


@setup.post("/visibility/default")
@requires_superadmin
def visibility_default() -> Any:
    """Set (`hidden=1`) or remove the entry that hides the CRM by default, as up to version 104."""
    if not PlainForm().validate():
        abort(400)
    hidden = request.form.get("hidden") == "1"
    hide_crm_by_default(hidden)
    text = _("The CRM is hidden by default, in force now") if hidden else _("The CRM is shown, in force now")
    flash(text, "ok undo:" + url_for("setup.change_visibility", cell=_key(CRM, None, None if hidden else "hidden")))
    return redirect(url_for("setup.plugins" if request.form.get("back") == "plugins" else "setup.visibility"))
