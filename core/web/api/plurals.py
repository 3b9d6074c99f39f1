"""What record types are called in REST: the last part of their address, `companies`; below another's, `company-roles`."""

from collections.abc import Iterable
from typing import Any


def plurals(types: Iterable[Any]) -> dict[str, Any]:
    """Plural → record type, for those that REST shows. Raises ValueError when two would have one plural."""
    types = list(types)
    main = {rt.url.strip("/"): rt.name.partition(".")[2] for rt in types}
    found: dict[str, Any] = {}
    for rt in types:
        if not rt.rest:
            continue
        first, *rest = rt.url.strip("/").split("/")
        name = "-".join([main.get(first, first), *rest]) if rest else first
        name = name.replace("_", "-")
        if name in found or name in RESERVED:
            raise ValueError(f"record types {rt.name} and {found[name].name if name in found else 'core'} would both be /api/v1/{name}")
        found[name] = rt
    return found


RESERVED = ("users", "profiles", "openapi.json")
