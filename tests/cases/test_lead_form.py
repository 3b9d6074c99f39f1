"""Cases from the trade about web forms and the classic API: nothing of what a customer writes is lost, changed or run."""

import logging

import pytest

from .read import checks


@pytest.mark.parametrize("check", checks("web-to-lead-api"))
def test_what_a_form_sends_becomes_a_lead(check, play, caplog):
    caplog.set_level(logging.INFO)
    play.case(check)
    for words in check.get("logged", ()):
        assert words in caplog.text
        assert "wrong&" not in caplog.text
