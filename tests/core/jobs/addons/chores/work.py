"""What the jobs do: they leave what they did in core's settings."""

import os
import time
from pathlib import Path

from core.db import get_option, set_option, unit_of_work
from core.errors import Conflict
from core.jobs.services import enqueue

swept = []


def note(progress, *, name, value=1):
    set_option(f"chores.{name}", get_option(f"chores.{name}", 0) + value)
    return {"name": name}


def fail(progress, *, name):
    set_option(f"chores.{name}", "never seen")
    raise ZeroDivisionError("the reason")


def refuse(progress):
    raise Conflict("There is nothing left to count.")


def leave(progress):
    raise SystemExit(3)


def count(progress, *, to, during=None):
    set_option("chores.counted", to)
    for n in range(to + 1):
        progress.step(n, to, f"{n} of {to}")
        if during and n == to // 2:
            _calls[during]()
    return n


def steps(progress, *, name):
    with unit_of_work():
        set_option(f"chores.{name}", "first step")
    with unit_of_work():
        set_option(f"chores.{name}", "second step")
    return name


def hang(progress, *, folder):
    """The first worker that does it hangs until it is killed; the second is done at once."""
    began = Path(folder, "began")
    if began.exists():
        Path(folder, f"done by attempt {progress.attempt}").touch()
        return
    began.write_text(str(os.getpid()))
    while True:
        time.sleep(0.05)


def more(progress):
    enqueue("chores.note", name="by a job")


def sweep_floor():
    swept.append(1)
    with unit_of_work():
        set_option("chores.swept", get_option("chores.swept", 0) + 1)


_calls = {}
"""What a test wants to be called in the middle of `count`, by name."""
