"""The database: one session, one metadata, a registry per plugin, exact column types, one migration runner.

Knows nothing of people, rights or records. Everything above it flushes; whoever starts a unit of work commits.
"""

from .among import among
from .base import NAMING, Mapped, Record, db, mapped_column, plugin_base, search_column, sort_column, unload
from .copies import copied_column, order_column, refresh_copies
from .options import get_option, get_options, set_option
from .reading import read
from .text import fold, sort_key
from .types import JsonDict, JsonList, Micros, UtcTime, utcnow
from .work import after_commit, begin_write, commit, unit_of_work

session = db.session
"""The session of the current app: `from core import db` and `db.session`."""

__all__ = [
    "NAMING", "JsonDict", "JsonList", "Mapped", "Micros", "Record", "UtcTime", "after_commit", "among", "begin_write", "commit",
    "copied_column", "db", "fold", "get_option", "get_options", "mapped_column", "order_column", "plugin_base", "read", "refresh_copies",
    "search_column", "session", "set_option", "sort_column", "sort_key", "unit_of_work", "unload", "utcnow",
]
