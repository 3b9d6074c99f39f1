"""Who may see and change what: actors, rules as SQL predicates with a reason, and the one entrance `select_records`.

Nothing here checks rights in Python over fetched rows. The rules themselves stand in each plugin's `access.py` (docs/access.md).
"""

from .actor import Actor
from .actors import actor_of, actors_of, holders
from .check import Verdict, allowed, explain, is_allowed, load, select_ids, select_records
from .clock import today
from .kept import for_reader
from .rules import Access, Conflict, Forbidden, NotFound, Rule, grant, restrict
from .shared import shared_list

__all__ = [
    "Access", "Actor", "Conflict", "Forbidden", "NotFound", "Rule", "Verdict", "actor_of", "actors_of", "allowed", "explain",
    "for_reader", "grant", "holders", "is_allowed", "load", "restrict", "select_ids", "select_records", "shared_list", "today",
]  # fmt: skip
