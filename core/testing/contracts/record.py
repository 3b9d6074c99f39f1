"""`RecordContract`: what the engine promises of every record type, as tests. A subclass names the type and what can't be made up.

    class TestBirthdays(RecordContract):
        record_type = "birthdays.birthday"
        addons = ["…/addons/birthdays"]

Every test is a method with a sentence for a name; one that doesn't fit is overridden with another that says what holds instead.
"""

from .files import Texts
from .forms import Forms
from .hostile import Hostile
from .lists import Lists
from .rest import Rest
from .sight import Sight
from .trash import Trash


class RecordContract(Sight, Forms, Trash, Lists, Hostile, Texts, Rest):
    """Subclass it, set `record_type`, and override `values` where a record needs what can't be made up."""


__all__ = ["RecordContract"]
