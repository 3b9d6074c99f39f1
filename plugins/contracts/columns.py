"""What contracts show in other plugins' lists: how many a company has."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from core import Actor, ListColumn

from .services import count_contracts


def contracts_of(ids: Sequence[int], actor: Actor) -> Mapping[int, Any]:
    """Company id → number of contracts that the reader sees."""
    return count_contracts(ids, actor)


COLUMNS = [ListColumn("companies.company", _l("Contracts"), name="contracts", values=contracts_of, numeric=True, weight=10)]
