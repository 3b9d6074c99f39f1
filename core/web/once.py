"""Forms that work once: sent again as they were, by a double click or a reload, they are answered as before and write nothing.

The form carries a one-time id (the macro `once()`); what it led to is kept by `core.records.once` in the unit of work that did it.
"""

from collections.abc import Callable
from functools import wraps
from os import SEEK_END
from typing import IO, Any, TypeVar

from flask import Response, redirect, request

from core.records import once

from .guards import current_actor

View = TypeVar("View", bound=Callable[..., Any])


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


def made_before() -> str | None:
    """Where the form of a new record led before, whatever is typed in it now; else None, and it is claimed for the current unit of work."""
    key = request.form.get("form_id", "")
    return once.result_of(key, current_actor().user_id) if key else None


def remember_made(where: str) -> None:
    """Keep which record this form made, in the unit of work that made it."""
    if key := request.form.get("form_id", ""):
        once.remember(key, current_actor().user_id, where)
