"""What leads show on their page: stage buttons, and the track of what happened."""

from typing import Any

from sqlalchemy import select

from core import Actor, Panel, db, record_type
from core.access import is_allowed
from core.identity.models import User
from core.web.rendering import render_markup

from .models import LeadMove
from .pipeline import tags_of
from .stages import NAMES, stage_name, stages


def progress(lead: Any, actor: Actor) -> Any:
    """The stages, with a button for each that the lead can move to; its tags."""
    may_edit = is_allowed(record_type("leads.lead"), lead.id, actor, "edit")["edit"] and not actor.read_only
    return render_markup("leads/progress.html", lead=lead, stages=stages(), may_edit=may_edit, tags=tags_of([lead.id]).get(lead.id, []))


def track(lead: Any, actor: Actor) -> Any:
    """What happened to the lead: stages, sale, close date, owner."""
    rows = db.session.execute(
        select(LeadMove, User.name)
        .outerjoin(User, User.id == LeadMove.actor_id)
        .where(LeadMove.lead_id == lead.id)
        .order_by(LeadMove.id.desc())
        .limit(50)
    ).all()
    if not rows:
        return ""
    people = {int(v) for m, _n in rows if m.what == "owner_id" for v in (m.before, m.after) if v}
    names = {str(i): n for i, n in db.session.execute(select(User.id, User.name).where(User.id.in_(people)))} if people else {}

    def words(what: str, value: str | None) -> str:
        if value is None:
            return "–"
        if what == "progress" and value.isdigit() and int(value) in NAMES:
            return stage_name(int(value))
        return names.get(value, value) if what == "owner_id" else value

    labels = {f.name: f.label for f in record_type("leads.lead").fields}
    entries = [(m.at, name, labels.get(m.what, m.what), words(m.what, m.before), words(m.what, m.after)) for m, name in rows]
    return render_markup("leads/track.html", entries=entries)


PANELS = [
    Panel("leads.lead", name="progress", view=progress, place="top", weight=10),
    Panel("leads.lead", name="track", view=track, weight=50),
]
