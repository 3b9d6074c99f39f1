"""Cases from the trade about custom fields: what is defined, changed or taken away loses no value and breaks no page."""

import pytest

from .read import checks


@pytest.mark.both_databases
@pytest.mark.parametrize("check", checks("custom-fields"))
def test_no_definition_loses_what_records_hold(check, play):
    play.case(check)
