"""`op=create_company` of the classic API 1.0 (docs/classic-api.md), with the caller's rights."""

from collections.abc import Sequence
from typing import Any

from core import Actor, create_record, record_type
from core.fields import Reading

ORDER = ("name", "address", "fiscal_id", "role_id", "country", "manager_id", "parent_id")


def create_company(params: Sequence[str], actor: Actor) -> str:
    """A company; role and parent as ids (0: none) or names, the manager as a login. Answers its id; what can't be is refused ("0")."""
    rt = record_type("companies.company")
    reading = Reading(actor=actor, source="csv")
    values: dict[str, Any] = {}
    for name, raw in zip(ORDER, params, strict=False):
        if raw.strip() not in ("", "0"):
            values[name] = rt.field(name).kind.parse(raw, reading)
    return str(create_record(rt, values, actor).id)
