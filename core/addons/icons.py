"""The icons that menu entries may name: those that core and the bundled plugins use, for only they are in the sprite."""

import re
from functools import cache
from pathlib import Path

SPRITE = Path(__file__).parents[1] / "web" / "static" / "vendor" / "icons.svg"
UNKNOWN = "puzzle"
"""Shown instead of an icon that is not there."""


@cache
def icon_names() -> frozenset[str]:
    """Their names (Tabler outline icons). Empty before the assets are made."""
    return frozenset(re.findall(r' id="([a-z0-9-]+)"', SPRITE.read_text("utf-8"))) if SPRITE.is_file() else frozenset()


def shown_icon(name: str) -> str:
    """The icon that is shown where this one is asked for; `cartera plugin check` names those that are not there."""
    return name if not name or name in icon_names() or not icon_names() else UNKNOWN


__all__ = ["icon_names", "shown_icon"]
