"""Who acts: a frozen picture of a user, taken once per request, job or command, so that rules need neither a query nor Flask."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

IMPLIED = {"CW": ("CR",), "CM": ("CR", "CW")}
_NOTHING: Mapping[str, Any] = MappingProxyType({})


def with_implied(codes: set[str] | frozenset[str]) -> frozenset[str]:
    """Permission codes with those that they imply: CM brings CW and CR, CW brings CR (docs/access.md)."""
    return frozenset(codes) | {implied for code in codes for implied in IMPLIED.get(code, ())}


def _hashable(value: Any) -> Hashable:
    try:
        hash(value)
    except TypeError:  # a plugin may know a list of something
        return repr(value)
    return value  # type: ignore[no-any-return]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """A user as the rules see him. `facts` come from plugins (`actor_facts`), as the own company from companies."""

    user_id: int | None
    login: str
    name: str
    superadmin: bool = False
    permissions: frozenset[str] = frozenset()
    groups: frozenset[int] = frozenset()
    facts: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    language: str | None = None
    timezone: str | None = None
    read_only: bool = False
    scopes: frozenset[str] | None = None
    """Of an API token; None for a person at the screen."""

    def has(self, code: str) -> bool:
        """Whether the actor holds a permission (CR, CW, CM or a plugin's own)."""
        return self.superadmin or code in self.permissions

    @cached_property
    def rights(self) -> Hashable:
        """All that rules read of an actor: whoever has the same gets the same conditions (core.access.kept)."""
        facts = frozenset((name, _hashable(value)) for name, value in self.facts.items())
        return self.user_id, self.superadmin, self.permissions, self.groups, self.read_only, self.scopes, facts

    @classmethod
    def system(cls) -> "Actor":
        """The installation itself: for migrations, demo data and periodic jobs that serve everybody."""
        return cls(user_id=None, login="system", name="System", superadmin=True)
