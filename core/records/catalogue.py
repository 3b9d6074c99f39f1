"""All record types of one app, put together once at start: with other plugins' restrictions, lookups, tabs and reverse references."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.access import Rule
from core.addons.runtime import runtime
from core.custom_fields.kinds import KINDS
from core.fields import Field, Lookup
from core.fields.references import Ref, Refs, record_lookup

from .record_type import RecordType


@dataclass(frozen=True, kw_only=True)
class Child:
    """A record type that refers to another: it stands as a tab on the other's page."""

    rt: RecordType
    field: Field


def build(
    declared: Iterable[RecordType], rules: Iterable[Rule], lookups: Iterable[Lookup]
) -> tuple[Mapping[str, RecordType], dict[str, Lookup]]:
    """Record types by name and lookups by name. Raises ValueError for a double name or a rule that grants on a foreign type."""
    by_target: dict[str, list[Rule]] = {}
    for rule in rules:
        if rule.effect != "restrict":
            raise ValueError(f"a rule on {rule.target} grants {rule.action}: plugins may only restrict what others own")
        by_target.setdefault(rule.target, []).append(rule)
    types: dict[str, RecordType] = {}
    for rt in declared:
        if rt.name in types:
            raise ValueError(f"two record types are named {rt.name}")
        types[rt.name] = rt.with_rules(by_target[rt.name]) if rt.name in by_target else rt
    found = {x.name: x for x in lookups} | {name: record_lookup(rt) for name, rt in types.items()}
    return types, found


def record_type(name: str) -> RecordType:
    """A record type by name. Raises KeyError when no plugin has it."""
    return runtime().record_types[name]  # type: ignore[no-any-return]


def children(name: str) -> Sequence[Child]:
    """The record types that refer to this one by a field with a tab."""
    known: dict[str, Sequence[Child]] = runtime().parts.setdefault("children", {})
    if name not in known:
        known[name] = _children(name)
    return known[name]


def _children(name: str) -> Sequence[Child]:
    out = []
    for rt in runtime().record_types.values():
        for f in rt.fields:
            if isinstance(f.kind, Ref) and not isinstance(f.kind, Refs) and f.tab and f.kind.target == name and rt.name != name:
                out.append(Child(rt=rt, field=f))
    return out


def field_kinds(extra: Iterable[Any] = ()) -> dict[str, Any]:
    """Kinds of custom fields: the built-in ones, and those of plugins as (name, label, make)."""
    return KINDS | {name: (label, make) for name, label, make in extra}
