"""`op=create_lead` of the classic API 1.0: values in a fixed order, as the manual's sample form sends them (docs/classic-api.md).

Beyond full name and e-mail, what a person's form would require is not asked of machines: the lead is kept and marked with what is missing.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import select

from core import Actor, Invalid, create_record, db, record_type
from core.db import sort_key
from core.fields import Reading, country_code
from core.identity import find_user, site_language
from core.records import same_text
from plugins.companies.models import Company

from .models import LeadMove, LeadTag, LeadType
from .services import find_duplicate, still_missing
from .stages import NAMES

ORDER = (
    "fullname",
    "company",
    "email",
    "country",
    "estimated_sale",
    "progress",
    "phone",
    "mobile",
    "position",
    "owner",
    "language",
    "description",
    "type_id",
    "company_id",
    "campaign_id",
    "separator",
    "tags",
)
REFUSED, MADE = "0", "1"


def create_lead(params: Sequence[str], actor: Actor) -> str:
    """Make a lead from positional parameters; missing tail values are empty. Answers "1", or "0" when nothing was made."""
    raw = {name: params[i] if i < len(params) else "" for i, name in enumerate(ORDER)}
    rt = record_type("leads.lead")
    reading = Reading(actor=actor, source="csv", day_order="dmy")
    values: dict[str, Any] = {}
    for name in ("fullname", "company", "email", "phone", "mobile", "position", "description"):
        try:
            values[name] = rt.field(name).kind.parse(raw[name], reading)
        except Invalid:
            if name == "email":
                return REFUSED
            values[name] = None
    if not values["fullname"] or not values["email"]:
        return REFUSED
    values["country"] = country_code(raw["country"]) or raw["country"].strip()[:255] or None
    values["language"] = raw["language"].strip()[:20] or site_language()
    values["estimated_sale"] = _amount(raw["estimated_sale"], rt, reading)
    progress = _number(raw["progress"]) or 0
    values["progress"] = progress if progress in NAMES else 0
    owner = find_user(raw["owner"].strip()) if raw["owner"].strip() else None
    values["owner_id"] = owner.id if owner is not None and not owner.disabled else None
    values["type_id"] = _existing(LeadType, _number(raw["type_id"]))
    values["company_id"] = _existing(Company, _number(raw["company_id"]))
    values["campaign_id"] = _number(raw["campaign_id"])
    values["tag_ids"] = _tags(raw["tags"], raw["separator"])
    first = find_duplicate(values["email"])
    values = {name: value for name, value in values.items() if value is not None}
    values.setdefault("owner_id", None)
    values.setdefault("company_id", None)
    lead = create_record(rt, values, actor, required=False)
    lead.duplicate_of_id = first
    lead.incomplete = still_missing(lead, {})
    db.session.add(LeadMove(lead_id=lead.id, what="via", after="API", actor_id=actor.user_id))
    db.session.flush()
    return MADE


def _number(text: str) -> int | None:
    cleaned = text.strip()
    return int(cleaned) if cleaned.isascii() and cleaned.isdigit() and 0 < len(cleaned) < 10 and int(cleaned) else None


def _amount(text: str, rt: Any, reading: Reading) -> Decimal:
    try:
        value = rt.field("estimated_sale").kind.parse(text, reading)
    except Invalid:
        return Decimal(0)
    return value or Decimal(0)


def _existing(model: Any, key: int | None) -> int | None:
    """The id if there is such a row: an unknown type or company is left empty, 0 is none."""
    return db.session.scalar(select(model.id).where(model.id == key, model.trashed_at.is_(None))) if key else None


def _tags(names: str, separator: str) -> list[int]:
    """The tags of these names, as they are told apart in Setup: whatever their case and spaces."""
    wanted = {same_text(part) for part in names.split(separator or ",")[:50]} - {""}
    keys = [sort_key(name) for name in wanted]
    stmt = select(LeadTag.id, LeadTag.name).where(LeadTag.name_key.in_(keys), LeadTag.trashed_at.is_(None))
    return [key for key, name in db.session.execute(stmt) if same_text(name) in wanted] if wanted else []
