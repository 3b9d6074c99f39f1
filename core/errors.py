"""How the product says no: four exceptions that every layer may raise, and that pages, REST and commands answer alike.

They know nothing of Flask: the web layer gives them their status.
"""

from collections.abc import Mapping
from typing import Any


class NotFound(Exception):
    """There is no such record for this actor: answered as 404, the same for missing and invisible."""


class Forbidden(Exception):
    """The actor sees the record but may not do this: answered as 403, with its message where it has one."""


class Conflict(Exception):
    """The state of things forbids it (version, lock, in use): answered as 409 with this message."""

    def __init__(self, message: Any, *, details: Any = None):
        super().__init__(str(message))
        self.message = message
        self.details = details


class Invalid(Exception):
    """What was given can't be taken. `errors` maps a field's name to messages that say what to do; "" is the record as a whole."""

    def __init__(self, errors: Mapping[str, Any] | Any):
        self.errors: dict[str, list[str]] = (
            {k: [str(m) for m in (v if isinstance(v, list | tuple) else [v])] for k, v in errors.items()}
            if isinstance(errors, Mapping)
            else {"": [str(errors)]}
        )
        super().__init__("; ".join(m for ms in self.errors.values() for m in ms))
