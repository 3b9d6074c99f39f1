"""What leads show on their page: stage buttons, and the track of what happened."""

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core import Actor, Card, Panel, allowed, db, record_type, render_markup, utcnow
from core.access import is_allowed
from core.identity import User
from core.records import written

from .models import Lead, LeadMove
from .pipeline import heads, tags_of
from .services import needs_a_call, seen_duplicates
from .stages import NAMES, OPEN, stage_name, stages


def progress(lead: Any, actor: Actor) -> Any:
    """The stages, with a button for each that the lead can move to; its tags."""
    may_edit = is_allowed(record_type("leads.lead"), lead.id, actor, "edit")["edit"] and not actor.read_only
    return render_markup(
        "leads/progress.html",
        lead=lead,
        stages=stages(),
        may_edit=may_edit,
        tags=tags_of([lead.id]).get(lead.id, []),
        first=seen_duplicates([lead.id], actor).get(lead.id) if lead.duplicate_of_id else None,
    )


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

    def words(what: str, value: str | None) -> Any:
        if value is None:
            return "–"
        if what == "progress" and value.isdigit() and int(value) in NAMES:
            return stage_name(int(value))
        if what == "owner_id":
            return names.get(value, value)
        return written(fields[what], value, actor) if what in ("estimated_sale", "estimated_close_date") else value

    fields = {f.name: f for f in record_type("leads.lead").fields}
    labels = {name: f.label for name, f in fields.items()} | {"via": _l("Arrived by")}
    entries = [(m.at, name, labels.get(m.what, m.what), words(m.what, m.before), words(m.what, m.after)) for m, name in rows]
    return render_markup("leads/track.html", entries=entries)


def pipeline_card(actor: Actor) -> Any:
    """The open stages with their count and sum, of the leads that the actor sees."""
    figures = heads(actor, OPEN)
    if not any(figure["count"] for figure in figures.values()):
        return ""
    return render_markup("leads/card_pipeline.html", stages=[(code, stage_name(code), figures[code]) for code in OPEN])


def silent_card(actor: Actor) -> Any:
    """The actor's own open leads that nobody has touched for long, or whose next step is due."""
    now = utcnow()
    mine = [Lead.owner_id == actor.user_id, Lead.progress.in_(OPEN), Lead.trashed_at.is_(None)]
    rows = db.session.execute(
        select(Lead.id, Lead.fullname, Lead.company, Lead.phone, Lead.mobile, Lead.changed_at, Lead.alarm)
        .where(*mine, needs_a_call(Lead), allowed(record_type("leads.lead"), "view", actor))
        .order_by(Lead.alarm.is_(None), Lead.alarm, Lead.changed_at)
        .limit(6)
    ).all()
    if not rows:
        return ""
    due = url_for("leads_lead.list", owner_id=actor.user_id, to_call="1", sort="changed_at")
    return render_markup("leads/card_silent.html", rows=[(row, (now - row.changed_at).days) for row in rows], all_url=due)


CARDS = [
    Card("leads_due", title=_l("Leads to call"), view=silent_card, weight=10),
    Card("pipeline", title=_l("Lead pipeline"), view=pipeline_card, weight=20),
]
PANELS = [
    Panel("leads.lead", name="progress", view=progress, place="top", weight=10),
    Panel("leads.lead", name="track", view=track, weight=50),
]
