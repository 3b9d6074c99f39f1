"""Cases from the trade about people and programs at the same time: nothing is lost, doubled or refused without a word."""

import pytest

from .read import checks


@pytest.mark.both_databases
@pytest.mark.parametrize("check", checks("concurrency"))
def test_two_at_once_lose_and_double_nothing(check, play):
    play.case(check)
