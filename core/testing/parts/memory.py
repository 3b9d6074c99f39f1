"""Where files of a test run lie: in memory where there is room, for databases that live for a second write to a disk all the time."""

import os
from pathlib import Path

_SHARED, _ROOM = Path("/dev/shm"), 4_000_000_000


def place_in_memory() -> Path | None:
    """A folder in memory with some 4 GB left; None where the machine has none."""
    if not os.access(_SHARED, os.W_OK):
        return None
    room = os.statvfs(_SHARED)
    return _SHARED if room.f_bavail * room.f_frsize > _ROOM else None
