"""Which day it is. A date has no zone; only "today" has one: the actor's, else the site's (case 180 of tests/cases)."""

from datetime import date
from zoneinfo import ZoneInfo

from core.addons.runtime import runtime
from core.db import utcnow

from .actor import Actor


def today(actor: Actor | None = None) -> date:
    """The day it is for an actor; without one, for the site."""
    zone = actor.timezone if actor is not None and actor.timezone else runtime().settings.default_timezone
    return utcnow().astimezone(ZoneInfo(zone)).date()
