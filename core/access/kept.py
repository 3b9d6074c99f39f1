"""Statements kept per reader: what a page asks each time is built once, for building a statement takes longer than running it.

    @for_reader
    def _last(actor: Actor) -> Select[Any]:
        return select(…).where(Invoice.company_id == bindparam("company_id"), allowed(rt, "view", actor)).limit(3)

    rows = db.session.execute(_last(actor), {"company_id": company.id})

What is built may depend on the reader, on the arguments, on plugins' states, on Visibility and on custom fields; all else that differs
from one request to the next (ids, today, a setting) is a bound parameter.
"""

from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from core.addons.runtime import runtime

from .actor import Actor

P = ParamSpec("P")
T = TypeVar("T")
MOST = 1000
"""Statements of one app: those asked for least recently go. One takes some 20 kB."""


class Kept:
    """What was built in one app, by builder, reader and arguments."""

    def __init__(self) -> None:
        self._made: OrderedDict[Any, tuple[Any, Any]] = OrderedDict()

    def get(self, key: Any) -> Any:
        """What was kept under a key, or None."""
        found = self._made.get(key)
        if found is None:
            return None
        try:
            self._made.move_to_end(key)
        except KeyError:  # another thread needed its place
            pass
        return found[0]

    def keep(self, key: Any, made: Any, alive: Any) -> None:
        """Keep something. `alive` are the objects whose ids stand in the key."""
        self._made[key] = made, alive
        while len(self._made) > MOST:
            try:
                self._made.popitem(last=False)
            except KeyError:
                break


_PLAIN = (str, int, bool, type(None))
_UNKEPT = object()


def for_reader(build: Callable[Concatenate[Actor, P], T]) -> Callable[Concatenate[Actor, P], T]:
    """A builder of statements that is asked once per reader and arguments.

    Arguments are told apart by value when they are texts or numbers (or tuples of them), by their `kept_key` when they have one (None:
    what is built for it is not kept), else by identity.
    """

    @wraps(build)
    def give(actor: Actor, *args: P.args, **kw: P.kwargs) -> T:
        app = runtime()
        stamp = app.parts["versioned"].stamp()
        parts = [_part(value) for value in args]
        if stamp is None or kw or _UNKEPT in parts:
            return build(actor, *args, **kw)
        key = build, stamp, app.addons.snapshot().number, actor.rights, *parts
        kept: Kept = app.parts["kept"]
        made = kept.get(key)
        if made is None:
            settled = app.parts["versioned"].settled()
            made = build(actor, *args)
            if settled:
                kept.keep(key, made, args)
        return made  # type: ignore[no-any-return]

    return give


def _part(value: Any) -> Any:
    if isinstance(value, _PLAIN):
        return type(value), value  # True is equal to 1, and a number to somebody's id
    if type(value) is tuple:
        parts = tuple(map(_part, value))
        return _UNKEPT if _UNKEPT in parts else parts
    key = getattr(value, "kept_key", value)
    return id(value) if key is value else _UNKEPT if key is None else key
