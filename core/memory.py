"""How a process that serves for long collects its garbage: what stands once the app is made is left alone, and rounds are rarer.

Python's own figures are for scripts. With half a million objects that never go, each full round costs as much as several pages: an import
of 10,000 rows spent a seventh of its time in them.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

ROUND = 20_000
"""New objects, less those that went by themselves, after which the young ones are looked through. Python says 700."""


@contextmanager
def staying() -> Iterator[None]:
    """Around the making of an app that stays as long as its process: it is not searched for garbage, now or ever.

    Children that are forked afterwards share it for as long: a search would copy the app's whole memory.
    """
    gc.disable()  # searched over and over while it grows, it would take a quarter longer
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(ROUND, 10, 10)
        gc.enable()


__all__ = ["staying"]
