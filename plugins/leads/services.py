"""The verbs of leads: moving through the stages, taking over, what is kept of each step."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from core import Actor, Conflict, Forbidden, Invalid, db, record_type, update_record, utcnow
from plugins.companies.models import Membership

from .models import Lead, LeadMove, LeadTag
from .stages import NAMES, OPEN

COLOURS = ("blue", "grey", "green", "yellow", "orange", "red")
TRACKED = ("progress", "estimated_sale", "estimated_close_date", "owner_id")


def prepare(values: dict[str, Any], record: Lead | None, actor: Actor) -> dict[str, Any]:
    """Complete and check what is about to be written: the owner's company is proposed as managing one; closing and silence are noted."""
    out = dict(values)
    if out.get("progress") is None:
        out.pop("progress", None)
    if out.get("estimated_sale") is None:
        out.pop("estimated_sale", None)
    if record is None and "owner_id" not in out and actor.user_id is not None and "leads:create" not in (actor.scopes or ()):
        out["owner_id"] = actor.user_id
    owner = out.get("owner_id")
    if owner and "company_id" not in out and (record is None or (record.owner_id != owner and record.company_id is None)):
        out["company_id"] = db.session.scalar(select(Membership.company_id).where(Membership.user_id == owner))
    if "progress" in out and (record is None or record.progress != out["progress"]):
        out["closed_at"] = None if out["progress"] in OPEN else utcnow()
    if record is None or any(name in out and out[name] != getattr(record, name, None) for name in (*TRACKED, "email", "description")):
        out["changed_at"] = utcnow()
    if record is not None:
        track(record, out, actor)
    return out


def track(lead: Lead, values: Mapping[str, Any], actor: Actor) -> None:
    """Keep each change of stage, sale, close date and owner: from, to, who, when."""
    for name in TRACKED:
        if name in values and values[name] != getattr(lead, name):
            before, after = getattr(lead, name), values[name]
            db.session.add(
                LeadMove(
                    lead_id=lead.id, what=name, before=None if before is None else str(before), after=None if after is None else str(after),
                    actor_id=actor.user_id,
                )
            )  # fmt: skip


def move_lead(lead: Lead, progress: int, actor: Actor) -> Lead:
    """Move a lead that was loaded for editing to another stage. Raises Invalid for a stage that there is not."""
    if progress not in NAMES:
        raise Invalid(
            {"progress": _l("There is no stage %(code)s. Choose one of: %(known)s.", code=progress, known=", ".join(map(str, NAMES)))}
        )
    moved: Lead = update_record(record_type("leads.lead"), lead, {"progress": progress}, actor)
    return moved


def may_take(lead: Lead, actor: Actor) -> bool:
    """Whether "Take ownership" is offered: with CW on a lead without an active owner, with CM on any that is not one's own."""
    if lead.owner_id == actor.user_id or actor.read_only or actor.user_id is None:
        return False
    return actor.has("CM") or (actor.has("CW") and not has_active_owner(lead))


def has_active_owner(lead: Lead) -> bool:
    """Whether the lead's owner is there and not disabled."""
    from core.identity.models import User

    return bool(lead.owner_id and db.session.scalar(select(User.id).where(User.id == lead.owner_id, User.disabled.is_(False))))


def take_lead(lead: Lead, actor: Actor) -> Lead:
    """Become the owner of a lead that one sees. Raises Forbidden where it is somebody else's."""
    if not may_take(lead, actor):
        raise Forbidden
    taken: Lead = update_record(record_type("leads.lead"), lead, {"owner_id": actor.user_id}, actor)
    return taken


def move_by_rest(lead: Lead, body: Mapping[str, Any], actor: Actor) -> Any:
    """POST /api/v1/leads/<id>/move with {"progress": 40}."""
    progress = body.get("progress")
    if not isinstance(progress, int) or isinstance(progress, bool):
        raise Invalid({"progress": _l("Write the code of a stage, as 20.")})
    move_lead(lead, progress, actor)
    return None


def take_by_rest(lead: Lead, body: Mapping[str, Any], actor: Actor) -> Any:
    """POST /api/v1/leads/<id>/take."""
    take_lead(lead, actor)
    return None


def find_duplicate(email: str, *, but: int | None = None) -> int | None:
    """The oldest lead with this e-mail, whatever its case."""
    stmt = select(func.min(Lead.id)).where(func.lower(Lead.email) == email.lower(), Lead.trashed_at.is_(None))
    return db.session.scalar(stmt if but is None else stmt.where(Lead.id != but))


def warns(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> Sequence[Sequence[tuple[str, Any]]]:
    """A second lead of the same address is kept, and said (only as far as the writer sees the first)."""
    from core import allowed

    emails = {str(values["email"]).lower() for values, _record in rows if values.get("email")}
    visible = allowed(record_type("leads.lead"), "view", actor)
    stmt = select(func.lower(Lead.email), func.min(Lead.id)).where(func.lower(Lead.email).in_(emails), Lead.trashed_at.is_(None), visible)
    known = dict(db.session.execute(stmt.group_by(func.lower(Lead.email))).all()) if emails else {}
    out: list[list[tuple[str, Any]]] = []
    for values, record in rows:
        first = known.get(str(values.get("email") or "").lower())
        differs = first is not None and (record is None or first != record.id)
        out.append([("email", _l("Lead #%(id)s has this address, too.", id=first))] if differs else [])
    return out


def prepare_tag(values: dict[str, Any], record: LeadTag | None, actor: Actor) -> dict[str, Any]:
    """Tags have a name of their own and one of six colours."""
    name = values.get("name")
    if name:
        twin = db.session.scalar(select(LeadTag.id).where(func.lower(LeadTag.name) == name.lower(), LeadTag.trashed_at.is_(None)))
        if twin is not None and (record is None or twin != record.id):
            raise Invalid({"name": _l("There is a tag “%(name)s” already.", name=name)})
    return {k: v for k, v in values.items() if not (k == "colour" and v is None)}


def refuse_used_tag(tag: LeadTag, actor: Actor) -> None:
    """A tag in use can't be deleted; the refusal counts the uses, of all leads."""
    from .models import TAGGED

    used = db.session.scalar(select(func.count()).select_from(TAGGED).where(TAGGED.c.tag_id == tag.id)) or 0
    if used:
        raise Conflict(_l("The tag “%(name)s” is on %(n)s leads. Take it off them first.", name=tag.name, n=used))


def silent_since(days: int) -> Any:
    """The moment before which a lead without change counts as silent."""
    return utcnow() - timedelta(days=days)
