"""The database: one session, one metadata, a registry per plugin, exact column types, one migration runner.

Knows nothing of people, rights or records. Everything above it flushes; whoever starts a unit of work commits.
"""

from .among import among
from .base import Mapped, Record, db, mapped_column, plugin_base, search_column, sort_column
from .copies import copied_column, order_column, refresh_copies
from .options import get_option, get_options, set_option
from .reading import read
from .search_index import create_search_index, drop_search_index
from .text import fold, fold_once, sort_key
from .types import JsonDict, JsonList, Micros, UtcTime, utcnow
from .work import after_commit, unit_of_work

session = db.session
"""The session of the current app: `from core import db` and `db.session`."""
metadata = db.metadata
"""All tables; a link table of one's own is `Table("visits_guest", db.metadata, …)`."""

__all__ = [
    "JsonDict", "JsonList", "Mapped", "Micros", "Record", "UtcTime", "after_commit", "among", "copied_column", "create_search_index",
    "db", "drop_search_index", "fold", "fold_once", "get_option", "get_options", "mapped_column", "metadata", "order_column",
    "plugin_base", "read", "refresh_copies", "search_column", "session", "set_option", "sort_column", "sort_key", "unit_of_work",
    "utcnow",
]  # fmt: skip
