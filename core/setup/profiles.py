"""Setup → Profiles: permission × profile. Before a change is saved that touches people, the page says who gains and who loses what."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.addons.declarations import Permission
from core.db import db
from core.identity.models import Profile
from core.identity.profiles import (
    IMPLIED,
    all_profiles,
    closure,
    create_profile,
    delete_profile,
    people_of_profiles,
    update_profile,
)
from core.web.guards import requires_superadmin

from .addons import declared
from .blueprints import setup
from .forms import NameForm, PlainForm
from .names import NamePage

CORE = (
    Permission("CR", label=_l("View the CRM")),
    Permission("CW", label=_l("Create and edit"), implies=IMPLIED["CW"]),
    Permission("CM", label=_l("Manage"), implies=IMPLIED["CM"]),
)


def permissions() -> list[Permission]:
    """All permission codes, those of the plugins last."""
    return [*CORE, *(p for p in declared("permissions", core=False) if p.code not in IMPLIED and p.code != "CR")]


def implied() -> Mapping[str, tuple[str, ...]]:
    """Code → codes that it brings along."""
    return {p.code: p.implies for p in permissions()}


def _wanted(profile: Profile) -> list[str]:
    known = {p.code for p in permissions()}
    kept = [code for code in profile.permissions if code not in known]  # of a plugin that is off just now
    return closure([*(code for code in request.form.getlist(f"p{profile.id}") if code in known), *kept], implied())


@setup.route("/profiles", methods=["GET", "POST"])
@requires_superadmin
def profiles() -> Any:
    """The matrix. POST: `p<id>` are the codes ticked for a profile; `confirm` says that the consequences were read."""
    form, known, people = PlainForm(), all_profiles(), people_of_profiles()
    ticked = {profile.id: closure(profile.permissions, implied()) for profile in known}
    changes = []
    if form.validate_on_submit():
        ticked = {profile.id: _wanted(profile) for profile in known}
        for profile in known:
            gains, loses = [sorted(a - b) for a, b in _both_ways(set(ticked[profile.id]), set(profile.permissions))]
            if gains or loses:
                changes.append((profile, people.get(profile.id, 0), gains, loses))
        touched = any(n for _profile, n, _gains, _loses in changes)
        if changes and (request.form.get("confirm") or not touched):
            for profile, *_more in changes:
                update_profile(profile, permissions=ticked[profile.id], implied=implied())
            flash(_("The profiles are saved; they hold from the next click on."), "ok")
            return redirect(url_for("setup.profiles"))
        if not changes:
            return redirect(url_for("setup.profiles"))
    return render_template(
        "setup/profiles.html", profiles=known, permissions=permissions(), people=people, ticked=ticked, changes=changes, implied=implied(),
        used_by={p.code: sum(people.get(i, 0) for i, codes in ticked.items() if p.code in codes) for p in permissions()},
    )  # fmt: skip


def _both_ways(new: set[str], old: set[str]) -> tuple[tuple[set[str], set[str]], tuple[set[str], set[str]]]:
    return (new, old), (old, new)


@setup.route("/profiles/new", methods=["GET", "POST"])
@requires_superadmin
def profile_new() -> Any:
    """Make a profile; what it permits is ticked in the matrix."""
    form = NameForm()
    page = NamePage(title=_("New profile"), endpoint="setup.profiles", label=_("Profiles"))
    return page.save(form, create_profile, _("“%(name)s” is made. Tick what it permits.", name=form.name.data))


@setup.route("/profiles/<int:profile_id>", methods=["GET", "POST"])
@requires_superadmin
def profile(profile_id: int) -> Any:
    """Rename a profile, or delete it when nobody has it."""
    found = db.get_or_404(Profile, profile_id)
    form = NameForm(obj=found)
    return _page_of(found).save(form, lambda name: update_profile(found, name=name), _("“%(name)s” is saved.", name=form.name.data))


def _page_of(found: Profile) -> NamePage:
    delete_url = url_for("setup.profile_delete", profile_id=found.id)
    return NamePage(title=found.name, endpoint="setup.profiles", label=_("Profiles"), delete_url=delete_url)


@setup.post("/profiles/<int:profile_id>/delete")
@requires_superadmin
def profile_delete(profile_id: int) -> Any:
    """Delete a profile; refused with the number of people who have it."""
    found = db.get_or_404(Profile, profile_id)
    return _page_of(found).delete(found, delete_profile)
