"""`cartera doctor`: what does not fit together in an installation, told with what to do. It changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from core.addons.runtime import runtime
from core.db import db
from core.db.revisions import left_behind, pending


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing: "error" stops work, "warning" does not."""

    level: str
    text: str


def examine(app: Any) -> list[Finding]:
    """All findings, most important first."""
    found = [*_database(), *_plugins(), *_documents()]
    return sorted(found, key=lambda f: f.level != "error")


def _database() -> Iterator[Finding]:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError as wrong:
        yield Finding(level="error", text=f"The database can't be reached: {wrong}")
        return
    for source in pending(db.engine, runtime().addons):
        yield Finding(level="error", text=f"{source.name} has migrations that were not run: cartera upgrade")
    for name, records in left_behind(db.engine, runtime().addons).items():
        kept = f"its tables with {records} record{'' if records == 1 else 's'}" if records else "its tables, which are empty,"
        cure = f"put it back, and if nobody needs them: cartera plugin drop {name}"
        yield Finding(level="warning", text=f"plugin {name!r} is gone, {kept} are kept: {cure}")


def _plugins() -> Iterator[Finding]:
    for plugin in runtime().addons.failed:
        yield Finding(level="warning", text=f"plugin {plugin.name!r} does not run: {plugin.failure.reason}")
    for problem in runtime().addons.problems:
        yield Finding(level="warning", text=str(problem))


def _documents() -> Iterator[Finding]:
    from core.documents.pdf import pdf_available

    if reason := pdf_available():
        yield Finding(level="warning", text=str(reason))
