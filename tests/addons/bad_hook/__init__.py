"""A plugin whose declarations raise."""

from core import hookimpl


@hookimpl
def menu_entries():
    raise RuntimeError("bad_hook: menu")


@hookimpl
def periodic_jobs():
    raise ValueError("bad_hook: jobs")
