"""The references of a whole file, resolved at once: ids or exact names; logins first where people are meant; rows of the file itself.

A name that several visible records have is never guessed at. What is out of sight is "not found", in the words for what does not exist.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import or_, select

from core.db import db
from core.fields import Field, Invalid, Reading
from core.fields.kinds import clean_text
from core.fields.references import Ref, Refs, lookup
from core.identity.models import User

from .csv_layout import USER, unguard
from .import_columns import Matched

PART = 500
_MANY = -1


def _chunks(values: Iterable[Any]) -> Iterable[list[Any]]:
    rows = list(values)
    return (rows[i : i + PART] for i in range(0, len(rows), PART))


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _name(text: str) -> str:
    return clean_text(text, lines=False) or ""


@dataclass(kw_only=True)
class Resolved:
    """The references of one column: text → id, `_MANY` for several, None for none. `rows`: text → rows of the file that it may mean."""

    ids: dict[str, int | None] = field(default_factory=dict)
    rows: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def id(self, text: str) -> int:
        """The id, or Invalid in words; `kind` of the refusal is "reference" or "ambiguous"."""
        found = self.ids.get(text)
        if found == _MANY:
            raise Several(_("Several are called “%(value)s”. Give the id.", value=text[:80]))
        if found is None:
            raise Missing(_("“%(value)s” was not found.", value=text[:80]))
        return found


class Missing(Invalid):
    """Nothing that the actor sees has this id or name."""


class Several(Invalid):
    """More than one has this name."""


def resolve(f: Field, raws: Iterable[str], reading: Reading) -> Resolved:
    """All texts of a column with one statement per 500 ids or names."""
    kind = f.kind
    assert isinstance(kind, Ref)
    texts = {unguard(raw).strip() for raw in raws}
    if isinstance(kind, Refs):
        texts = {part.strip() for text in texts for part in text.split(",")}
    texts.discard("")
    found, allowed = lookup(kind.target), kind.condition(reading.actor)
    m = found.model
    out = Resolved(ids=dict.fromkeys(texts))
    if kind.target == USER:
        _by_login(texts, allowed, out)
    else:
        _by_id(m, texts, allowed, out)
    names: dict[str, list[str]] = {}
    for text in texts:
        if out.ids[text] is None and (name := _name(text)):
            names.setdefault(name, []).append(text)
    columns = found.match(m)
    for part in _chunks(names):
        stmt = select(m.id, *columns).where(or_(*(c.in_(part) for c in columns)), allowed)
        owners: dict[str, set[int]] = {}
        for row in db.session.execute(stmt):
            for value in row[1:]:
                if value in names:
                    owners.setdefault(value, set()).add(row[0])
        for name, ids in owners.items():
            for text in names[name]:
                out.ids[text] = next(iter(ids)) if len(ids) == 1 else _MANY
    if kind.target == USER:
        _by_id(m, [t for t in texts if out.ids[t] is None], allowed, out)
    return out


def _by_id(m: Any, texts: Iterable[str], allowed: Any, out: Resolved) -> None:
    for part in _chunks([t for t in texts if _is_id(t)]):
        there = set(db.session.scalars(select(m.id).where(m.id.in_([int(t) for t in part]), allowed)))
        for text in part:
            if int(text) in there:
                out.ids[text] = int(text)


def _by_login(texts: Iterable[str], allowed: Any, out: Resolved) -> None:
    """A login wins over an id, also one of digits; its case is no matter (two logins never differ in case only)."""
    for part in _chunks(texts):
        keys = {text.casefold(): text for text in part}
        for key, user_id in db.session.execute(select(User.login_key, User.id).where(User.login_key.in_(list(keys)), allowed)):
            for text in part:
                if text.casefold() == key:
                    out.ids[text] = user_id


def rows_meant(
    resolved: Mapping[int, Resolved], positions: Iterable[int], matched: Matched, title: str,
    rows: Callable[[], Iterable[tuple[int, list[str]]]],
    *, by_id: bool,
) -> None:  # fmt: skip
    """Which rows of the file itself the references in these columns may mean: by name, and by the file's own ids.

    Ids of a file that has an id column mean rows of that file first, unless it updates by id (`by_id`).
    """
    columns = [resolved[p] for p in positions]
    title_at, id_at = matched.position(title), None if by_id else matched.position("id")
    wanted = {_name(text): text for r in columns for text in r.ids if not _is_id(text)}
    ids = {text for r in columns for text in r.ids if _is_id(text)} if id_at is not None else set()
    if not wanted and not ids:
        return
    meant: dict[str, list[int]] = {}
    for number, row in rows():
        if title_at is not None and wanted and (text := wanted.get(_name(unguard(row[title_at])))):
            meant.setdefault(text, []).append(number)
        if id_at is not None and (text := row[id_at].strip()) in ids:
            meant.setdefault(text, []).append(number)
    for r in columns:
        r.rows = {text: tuple(numbers) for text, numbers in meant.items() if text in r.ids}


__all__ = ["Missing", "Resolved", "Several", "resolve", "rows_meant"]
