"""The verbs of leads: moving through the stages, taking over, what is kept of each step."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from core import Actor, Conflict, Forbidden, Invalid, allowed, db, record_type, update_record, utcnow
from core.history import reassign
from core.records import answer, first_of_email, missing, others_of_email, same_text, writable_fields
from plugins.companies.services import own_companies

from .models import Lead, LeadMove, LeadTag
from .stages import NAMES, OPEN, warning_days

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
    if owner and _asks_for_company(out, record):
        out["company_id"] = answer(companies_of_owners, owner, actor)
    if "progress" in out and (record is None or record.progress != out["progress"]):
        out["closed_at"] = None if out["progress"] in OPEN else utcnow()
    if record is None or any(name in out and out[name] != getattr(record, name, None) for name in (*TRACKED, "email", "description")):
        out["changed_at"] = utcnow()
    if record is not None:
        track(record, out, actor)
        if record.incomplete:
            out["incomplete"] = still_missing(record, out)
    return out


def companies_of_owners(ids: Collection[int], _actor: Actor) -> dict[int, int]:
    """The own companies of those who look after leads."""
    return own_companies(list(ids))


def _asks_for_company(out: Mapping[str, Any], record: Lead | None) -> bool:
    """Whether the owner's company is proposed: on a new lead that says none, and where another one takes over a lead without company."""
    if record is None:
        return "company_id" not in out
    return record.company_id is None and out.get("company_id") is None and out["owner_id"] != record.owner_id


def still_missing(lead: Lead, values: Mapping[str, Any]) -> str | None:
    """What a lead that a machine made still lacks of what a person would have had to fill, in words; None when it is complete."""
    rt = record_type("leads.lead")
    now = {f.name: getattr(lead, f.name, None) for f in rt.fields if f.written} | dict(lead.custom or {}) | dict(values)
    names = missing(rt, now)
    labels = {f.name: f.label for f in writable_fields(rt, now.get("type_id"))}
    return ", ".join(str(labels.get(name, name)) for name in names) or None


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
    from core.identity import User

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


def to_json(ids: Sequence[int], actor: Actor) -> Mapping[int, Mapping[str, Any]]:
    """What REST says of which lead may be meant twice: only where the reader sees the first, too."""
    seen = seen_duplicates(ids, actor)
    return {lead_id: {"duplicate_of_id": seen.get(lead_id)} for lead_id in ids}


def seen_duplicates(ids: Sequence[int], actor: Actor) -> dict[int, int]:
    """Lead id → the lead that it may repeat, as far as the actor sees that one."""
    first = aliased(Lead)
    visible = allowed(record_type("leads.lead"), "view", actor, first)
    stmt = select(Lead.id, first.id).join(first, first.id == Lead.duplicate_of_id)
    return dict(db.session.execute(stmt.where(Lead.id.in_(ids), first.trashed_at.is_(None), visible)).all())


def hand_over(user_id: int, heir_id: int | None) -> None:
    """A user is disabled: his heir owns his leads. Without an heir they count as nobody's (docs/access.md)."""
    if heir_id is None:
        return
    ids = reassign(Lead, "owner_id", user_id, heir_id, keep=("updated_at", "changed_at"))
    actor_id = db.session().info.get("actor_id")
    moves = [
        {"lead_id": key, "what": "owner_id", "before": str(user_id), "after": str(heir_id), "actor_id": actor_id, "at": utcnow()}
        for key in ids
    ]
    if moves:
        db.session.execute(LeadMove.__table__.insert(), moves)


def find_duplicate(email: str) -> int | None:
    """The oldest lead with this e-mail, whatever its case."""
    return first_of_email(record_type("leads.lead"), email)


def warns(rows: Sequence[tuple[Mapping[str, Any], Any]], actor: Actor) -> Sequence[Sequence[tuple[str, Any]]]:
    """A second lead of the same address is kept, and said (only as far as the writer sees the first)."""
    others = others_of_email(record_type("leads.lead"), rows, actor)
    return [[("email", _l("Lead #%(id)s has this address, too.", id=other[0]))] if other else [] for other in others]


def prepare_tag(values: dict[str, Any], record: LeadTag | None, actor: Actor) -> dict[str, Any]:
    """Tags have a name of their own and one of six colours."""
    name = values.get("name")
    if name:
        others = db.session.execute(select(LeadTag.id, LeadTag.name).where(LeadTag.trashed_at.is_(None)))
        if any(same_text(other) == same_text(name) and (record is None or key != record.id) for key, other in others):
            raise Invalid({"name": _l("There is a tag “%(name)s” already.", name=name)})
    return {k: v for k, v in values.items() if not (k == "colour" and v is None)}


def refuse_taken_tag(tag: LeadTag, actor: Actor) -> None:
    """A tag whose name another one bears by now stays in the trash."""
    prepare_tag({"name": tag.name}, tag, actor)


def refuse_used_tag(tag: LeadTag, actor: Actor) -> None:
    """A tag in use can't be deleted; the refusal counts the uses, of all leads."""
    from .models import TAGGED

    used = db.session.scalar(select(func.count()).select_from(TAGGED).where(TAGGED.c.tag_id == tag.id)) or 0
    if used:
        raise Conflict(_l("The tag “%(name)s” is on %(n)s leads. Take it off them first.", name=tag.name, n=used))


def needs_a_call(model: Any) -> ColumnElement[bool]:
    """Nobody has touched it for as many days as Setup says, or its next step is due."""
    return or_(model.changed_at < silent_since(warning_days()), model.alarm <= utcnow().date())


def silent_since(days: int) -> Any:
    """The moment before which a lead without change counts as silent."""
    return utcnow() - timedelta(days=days)
