"""Addresses and whose they are: `/helpdesk`, or below another's record `/contracts/<id>/invoice`. A `<…>` stands for any one segment."""

from collections.abc import Iterable, Mapping


def segments(path: str) -> list[str]:
    """The parts of a path; doubled and trailing slashes count for nothing."""
    return [part for part in path.split("/") if part]


def inside(rule: str, prefix: str) -> bool:
    """Whether a URL rule (or a path) lies below a prefix."""
    have, want = segments(rule), segments(prefix)
    return len(have) >= len(want) and all(w == h or w.startswith("<") for w, h in zip(want, have, strict=False))


def owner_of(path: str, prefixes: Mapping[str, str]) -> str | None:
    """The owner (value) of the longest prefix (key) that holds the path; of equally long ones the one with more fixed segments."""
    found = [p for p in prefixes if inside(path, p)]
    if not found:
        return None
    return prefixes[max(found, key=lambda p: (len(segments(p)), sum(not s.startswith("<") for s in segments(p))))]


def clashes(prefix: str, taken: Mapping[str, str], allowed: Iterable[str]) -> str | None:
    """Who already owns this prefix, or the address above it without being among `allowed` (what the newcomer depends on); else None."""
    allowed = set(allowed)
    shape = [("<>" if s.startswith("<") else s) for s in segments(prefix)]
    for other, owner in taken.items():
        theirs = [("<>" if s.startswith("<") else s) for s in segments(other)]
        if shape == theirs or (owner not in allowed and (inside(prefix, other) or inside(other, prefix))):
            return owner
    return None
