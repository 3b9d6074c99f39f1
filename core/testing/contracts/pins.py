"""How many statements pages may cost: a file that stands under version control, so that a page which grows dearer shows in review.

CARTERA_REFRESH_PINS=1 writes what was counted instead of comparing it.
"""

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def pins_file(config: Any) -> Path:
    """Where the pins stand: the ini option `cartera_pins`, seen from the root of the tests."""
    return Path(config.rootpath) / str(config.getini("cartera_pins"))


def check_pins(config: Any, what: str, found: Mapping[str, int]) -> None:
    """Compare counted statements with the file; fails for more than stand there, and for fewer (then the file tells too much)."""
    path = pins_file(config)
    if os.environ.get("CARTERA_REFRESH_PINS") == "1":
        return _write(path, what, found)
    pins = json.loads(path.read_text()) if path.exists() else {}
    told = "run once with CARTERA_REFRESH_PINS=1 and look at what changed in " + str(path)
    assert pins.get(what) == dict(found), f"{what} costs {dict(found)} statements, pinned are {pins.get(what)}: {told}"
    return None


def _write(path: Path, what: str, found: Mapping[str, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pins = json.loads(path.read_text()) if path.exists() else {}
        pins[what] = dict(found)
        path.write_text(json.dumps(dict(sorted(pins.items())), indent=1) + "\n")
    path.with_name(path.name + ".lock").unlink(missing_ok=True)
