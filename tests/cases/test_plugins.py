"""Cases from the trade about plugins: one that is broken, gone or doubled stops nobody, and what others need is not switched off behind them.

The broken plugins are those of tests/addons, with the faults of the cases' own.
"""

from pathlib import Path

import pytest

from .read import checks

pytestmark = pytest.mark.usefixtures("forget_plugins")
ADDONS = Path(__file__).parents[1] / "addons"


@pytest.fixture
def app_settings(check):
    return {"addons": [ADDONS / name for name in check.get("addons", [])]}


@pytest.mark.parametrize("check", checks("plugins"))
def test_a_plugin_stops_nobody_but_itself(check, play):
    restart = play.restart
    play.restart = lambda folders: restart([Path(f) if str(f).startswith("/") else ADDONS / f for f in folders])
    play.case(check)
