"""The stages of a lead: codes of the trade, names that administrators edit and that are not translated by themselves."""

from collections.abc import Sequence

from core import cached
from core.db import get_options

NAMES = {
    0: "New", 20: "Meeting arranged", 40: "Needs discovered", 60: "Proposal delivered", 80: "Offer accepted",
    100: "Closed, not response or dead", 101: "Closed, lost", 102: "Closed, invalid or N/A", 200: "Closed successfully",
}  # fmt: skip
OPEN = (0, 20, 40, 60, 80)
LOST = (100, 101, 102)
WON = 200
SHAPES = {0: "hollow", 20: "info half", 40: "info half", 60: "info half", 80: "info half", 100: "x", 101: "x", 102: "x", 200: "ok sq"}
CACHE = "leads_settings"


def settings() -> dict[str, object]:
    """What administrators set for leads, kept until they change it."""
    return cached(CACHE, lambda: get_options("leads."))  # type: ignore[no-any-return]


def stage_name(code: int) -> str:
    """The name of a stage as the site calls it."""
    return str(settings().get(f"leads.progress_{code}") or NAMES.get(code, code))


def stages() -> Sequence[tuple[int, str]]:
    """All stages as (code, name), in order."""
    own = settings()
    return [(code, str(own.get(f"leads.progress_{code}") or name)) for code, name in NAMES.items()]


def warning_days() -> int:
    """After how many days without a change a lead counts as silent (Setup, default 7)."""
    value = settings().get("leads.lead_warning_time", 7)
    return int(str(value))
