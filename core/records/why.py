"""Who sees a record, and why: the rules' own predicates asked for each user, so that page and lists can't disagree (docs/access.md)."""

from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from sqlalchemy import select

from core.access import Actor, Verdict, explain, is_allowed
from core.access.actors import actors_of
from core.db import db
from core.identity.models import User

from .forms import FormField
from .record_type import RecordType

MOST = 200


@dataclass(kw_only=True)
class WhyPage:
    """Everything that record/access.html shows."""

    title: str
    summary: str = ""
    facts: list[tuple[Any, Any]] = field(default_factory=list)
    sees: list[tuple[str, bool, str]] = field(default_factory=list)
    not_seen: list[tuple[str, str]] = field(default_factory=list)
    rules: list[tuple[bool, str]] = field(default_factory=list)
    people: FormField | None = None
    person: str = ""
    verdict: str = ""
    back_url: str = ""


def reason_of(rt: RecordType, record_id: int, actor: Actor) -> tuple[bool, bool, str, list[Verdict]]:
    """Whether the actor sees and may change a record, in one sentence why, and the rules one by one."""
    if actor.superadmin:
        return True, True, _("is a superadmin"), []
    if not actor.has(rt.access.permission):
        return False, False, _("has no permission to view the CRM (%(code)s)", code=rt.access.permission), []
    may = is_allowed(rt, record_id, actor, "view", "edit")
    verdicts = explain(rt, record_id, actor)
    wanted = "edit" if may["edit"] else "view"
    holding = [str(v.reason) for v in verdicts if v.holds and v.effect == "grant" and v.action == wanted]
    stopping = [str(v.reason) for v in verdicts if not v.holds and v.effect == "restrict" and v.action == "view"]
    if may["view"]:
        return True, may["edit"], "; ".join(dict.fromkeys(holding)), verdicts
    return False, False, "; ".join(stopping) or _("no rule gives it"), verdicts


def build_why(rt: RecordType, record: Any, chosen: str) -> WhyPage:
    """The page for one record; `chosen` is the login of the person whose rules are told one by one, be he among the first or not."""
    active = select(User.id, User.login, User.name).where(User.disabled.is_(False)).order_by(User.name)
    users = list(db.session.execute(active.limit(MOST)))
    if chosen not in {u.login for u in users}:
        users += db.session.execute(active.where(User.login == chosen))
    actors = actors_of([u.id for u in users])
    page = WhyPage(title=rt.title_of(record), back_url=url_for(f"{rt.blueprint}.show", id=record.id))
    page.people = FormField(
        name="user", id="w-user", label=_("Person"), kind="picker", width=12,
        pick_url=url_for(f"{rt.blueprint}.access_people", id=record.id), picked=[(u.login, u.name) for u in users if u.login == chosen],
    )  # fmt: skip
    can_change = 0
    for user in users:
        actor = actors.get(user.id)
        if actor is None:
            continue
        sees, changes, reason, verdicts = reason_of(rt, record.id, actor)
        if sees:
            page.sees.append((user.name, changes, reason))
            can_change += changes
        else:
            page.not_seen.append((user.name, reason))
        if user.login == chosen:
            page.person = user.name
            page.verdict = (
                _("%(name)s sees and may change it", name=user.name)
                if changes
                else (_("%(name)s sees it", name=user.name) if sees else _("%(name)s does not see it", name=user.name))
            )
            page.rules = [(v.holds, str(v.reason)) for v in verdicts]
    page.summary = _("%(title)s: %(sees)s see it, %(change)s can change it", title=page.title, sees=len(page.sees), change=can_change)
    return page
