"""Cases from the trade about rights (kind permissions): what somebody can't see is nowhere, by any address, at any time."""

import pytest

from .read import checks


@pytest.mark.both_databases
@pytest.mark.parametrize("check", checks("permissions"))
def test_nobody_sees_or_changes_what_is_not_his(check, play):
    play.case(check)
