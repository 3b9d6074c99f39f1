"""The blueprint of REST, how its views are marked, and how refusals become problems."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint
from flask_babel import gettext as _

from core.errors import Conflict, Invalid
from core.web.errors import WORDS, problem

api = Blueprint("api", __name__, url_prefix="/api/v1")


class BadRequest(Exception):
    """A request that can't be read: 400, with `errors` by parameter where there are any."""

    def __init__(self, detail: Any, errors: Mapping[str, Any] | None = None):
        super().__init__(str(detail))
        self.detail, self.errors = detail, errors


def route(rule: str, *methods: str, before_writing: Callable[[], None] | None = None) -> Callable[[Any], Any]:
    """A view of REST. It begins to write by itself, once it is known who calls; OPTIONS gets no answer of its own.

    `before_writing` does what takes long (a hash) before the writer's turn is taken; it may refuse as the view does.
    """

    def add(view: Any) -> Any:
        view.__cartera_guard__ = True  # `guard` in auth.py asks each call for a token
        view.__cartera_reads__ = True
        view.__cartera_before_writing__ = before_writing
        api.add_url_rule(rule, view_func=view, methods=list(methods), provide_automatic_options=False)
        return view

    return add


def _title(code: int) -> str:
    return str(WORDS[code].title)


def refuse(code: int, detail: Any, **more: Any) -> Any:
    """A problem with the usual title of its code."""
    return problem(code, title=_title(code), detail=str(detail), **more)


@api.errorhandler(BadRequest)
def _bad_request(error: BadRequest) -> Any:
    return refuse(400, error.detail, **({"errors": _lists(error.errors)} if error.errors else {}))


@api.errorhandler(Invalid)
def _invalid(error: Invalid) -> Any:
    return refuse(422, _("Some values can't be taken; `errors` says which."), errors=error.errors)


@api.errorhandler(Conflict)
def _conflict(error: Conflict) -> Any:
    details = error.details
    more = dict(details) if isinstance(details, Mapping) else {"details": details} if details else {}
    return refuse(409, error.message, **{k: v for k, v in more.items() if k not in ("type", "title", "status", "detail")})


def _lists(errors: Mapping[str, Any]) -> dict[str, list[str]]:
    return {k: [str(m) for m in (v if isinstance(v, list | tuple) else [v])] for k, v in errors.items()}
