"""Cases from the trade about lists and filters: the same rows in the same order on both databases, whatever is typed."""

import pytest

from .read import checks


@pytest.mark.both_databases
@pytest.mark.parametrize("check", checks("lists-and-filters"))
def test_a_list_holds_what_was_asked_for_in_its_order(check, play):
    play.case(check)
