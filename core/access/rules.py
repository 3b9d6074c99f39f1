"""Rules: grants are joined by OR, restrictions by AND; each carries the reason that "Why?" shows (docs/access.md)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import ColumnElement

from core.errors import Conflict, Forbidden, NotFound

__all__ = ["ACTIONS", "Access", "Conflict", "Forbidden", "NotFound", "Predicate", "Rule", "grant", "restrict"]

ACTIONS = ("view", "edit", "delete")
Predicate = Callable[[Any, Any], ColumnElement[bool]]
"""(actor, model) → SQL condition on a row of model. Pure: no query, no Flask, nothing of clock, time zone or language, for
statements that hold it are kept for their reader (core.access.kept)."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One sentence of docs/access.md on one record type: who (`predicate`) may do `action`, and why in words (`reason`)."""

    target: str
    action: str
    effect: Literal["grant", "restrict"] = "grant"
    reason: Any
    predicate: Predicate
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Access:
    """The rules of one record type. `create` says whether the actor may create at all; the row is checked again once it stands.

    `permission` is what the whole record type asks for: without it nothing of it exists for the actor.
    `combined` gives the grants of an action as one condition, where one look-up is cheaper than an OR of several: it must say exactly what
    they say together. "Why?" still asks each rule.
    """

    rules: Sequence[Rule] = field(default=())
    create: Callable[[Any], bool] = lambda actor: actor.has("CW")
    permission: str = "CR"
    combined: Mapping[str, Predicate] = field(default_factory=dict)


def grant(action: str, reason: Any, predicate: Predicate, *, target: str = "", name: str = "") -> Rule:
    """A rule that opens `action`."""
    return Rule(target=target, action=action, effect="grant", reason=reason, predicate=predicate, name=name)


def restrict(action: str, reason: Any, predicate: Predicate, *, target: str = "", name: str = "") -> Rule:
    """A rule that must hold besides: its predicate says who is *not* shut out."""
    return Rule(target=target, action=action, effect="restrict", reason=reason, predicate=predicate, name=name)
