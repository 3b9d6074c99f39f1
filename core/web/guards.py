"""Who may come to a page: sign-in, permissions, superadmins. A page that asks too much of the visitor does not exist for him (404).

Every page asks for a sign-in unless it says `@public`. `current_actor()` is who asks; `plugin check` calls a route open that has neither a
guard nor loads its record through `load_or_404`.
"""

from collections.abc import Callable
from functools import wraps
from os import SEEK_END
from typing import IO, Any, TypeVar

from flask import Response, abort, g, redirect, request

from core.access import Actor, load
from core.addons.runtime import runtime
from core.records import once

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


def works_once(view: View) -> View:
    """A page whose form carries a one-time id (`form_id`): sent again as it was, it is answered as before and writes nothing.

    Whoever goes back and sends something else with the same id has it done. A form without an id works as often as it is sent.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if made := sent_before():
            return redirect(made)
        answer = view(*args, **kwargs)
        if isinstance(answer, Response) and answer.location:
            remember_sent(answer.location)
        return answer

    return guarded  # type: ignore[return-value]


def sent_before() -> str | None:
    """Where the form led that was sent before as it is sent now; else None, and it is claimed for the current unit of work."""
    key = _sent_once()
    return once.result_of(key, current_actor().user_id) if key else None


def remember_sent(where: str) -> None:
    """Keep where this form leads, in the unit of work that did what it asks."""
    if key := _sent_once():
        once.remember(key, current_actor().user_id, where)


def _sent_once() -> str:
    """The one-time id of the form and all that was sent with it; "" where there is none."""
    if request.method != "POST" or not (form_id := request.form.get("form_id")):
        return ""
    typed = sorted((name, value) for name, value in request.form.items(multi=True) if name != "csrf_token")
    files = [(name, file.filename, _size(file.stream)) for name, file in request.files.items(multi=True)]
    return repr((form_id, request.path, typed, files))


def _size(stream: IO[bytes]) -> int:
    """Of one file: the length of the whole request changes with the boundary, which is another one each time."""
    size = stream.seek(0, SEEK_END)
    stream.seek(0)
    return size
