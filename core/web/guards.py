"""Who may come to a page: sign-in, permissions, superadmins. A page that asks too much of the visitor does not exist for him (404).

Every page asks for a sign-in unless it says `@public`. `current_actor()` is who asks; `plugin check` calls a route open that has neither a
guard nor loads its record through `load_or_404`.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import abort, g

from core.access import Actor, load
from core.addons.runtime import runtime

View = TypeVar("View", bound=Callable[..., Any])
ANONYMOUS = Actor(user_id=None, login="", name="")


def current_actor() -> Actor:
    """Who asks. Nobody who is signed in: an actor without any right."""
    actor: Actor | None = getattr(g, "actor", None)
    return actor or ANONYMOUS


def public(view: View) -> View:
    """A page for everybody, signed in or not."""
    view.__cartera_public__ = True  # type: ignore[attr-defined]
    view.__cartera_guard__ = True  # type: ignore[attr-defined]
    return view


def requires(code: str) -> Callable[[View], View]:
    """A page that asks for a permission (CR, CW, CM or a plugin's own)."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_actor().has(code):
                abort(404)
            return view(*args, **kwargs)

        guarded.__cartera_guard__ = True  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return guard


def requires_superadmin(view: View) -> View:
    """A page for superadmins."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_actor().superadmin:
            abort(404)
        return view(*args, **kwargs)

    guarded.__cartera_guard__ = True  # type: ignore[attr-defined]
    return guarded  # type: ignore[return-value]


def signed_in(view: View) -> View:
    """A page for everybody who is signed in."""
    view.__cartera_guard__ = True  # type: ignore[attr-defined]
    return view


def load_or_404(type_name: str, record_id: int, action: str = "view") -> Any:
    """The record, if the actor may do `action` to it. Raises NotFound (404) for what he can't see, Forbidden (403) where he may not."""
    return load(runtime().record_types[type_name], record_id, current_actor(), action)


def begins_reading(view: View) -> View:
    """A page that reads and computes for long (a PDF) before it writes: it opens its own `unit_of_work` when it does."""
    view.__cartera_reads__ = True  # type: ignore[attr-defined]
    return view
