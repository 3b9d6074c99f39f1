"""What core itself declares, through the hooks that plugins use: Setup's lines in the menu, its background work."""

from typing import Any

from core.hookspecs import hookimpl


@hookimpl
def menu_entries() -> list[Any]:
    from core.setup.blueprints import menu_entries as entries

    return entries()


@hookimpl
def job_kinds() -> list[Any]:
    from core.records.import_jobs import JOB_KINDS

    return list(JOB_KINDS)


@hookimpl
def plugin_state_changed(name: str, old: str, new: str) -> None:
    if old == "disabled":
        from core.records.follow import catch_up

        catch_up(name)


@hookimpl
def periodic_jobs() -> list[Any]:
    from core.addons.declarations import PeriodicJob
    from core.files.services import sweep_unclaimed
    from core.jobs.upkeep import tidy
    from core.records.attached import sweep_removed
    from core.records.import_runs import sweep_imports
    from core.records.once import sweep_keys
    from core.setup.upkeep import sweep_sessions

    return [
        PeriodicJob("core.sessions", run=sweep_sessions, every=3600),
        PeriodicJob("core.files", run=sweep_unclaimed, every=6 * 3600),
        PeriodicJob("core.jobs", run=tidy, every=24 * 3600),
        PeriodicJob("core.imports", run=sweep_imports, every=24 * 3600),
        PeriodicJob("core.removed", run=sweep_removed, every=24 * 3600),
        PeriodicJob("core.keys", run=sweep_keys, every=24 * 3600),
    ]
