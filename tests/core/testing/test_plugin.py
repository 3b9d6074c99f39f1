"""The plugin is loaded wherever Cartera is installed, and must not be felt there."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]

FOREIGN = """
import socket
import sys

def test_nothing_of_the_product_is_loaded():
    heavy = {"flask", "sqlalchemy", "alembic", "core.app", "core.testing.guards", "moto", "psycopg"}
    assert not heavy & set(sys.modules)

def test_sockets_are_untouched():
    assert socket.socket.connect.__qualname__ == "socket.connect"
"""
GUARDED = """
import socket
import pytest

def test_the_network_is_out_of_reach():
    with pytest.raises(OSError, match="only reach 127.0.0.1"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
"""


def run_pytest(folder, source, settings=""):
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text(f"[pytest]\n{settings}")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


def test_a_foreign_project_is_left_alone(tmp_path):
    done = run_pytest(tmp_path, FOREIGN)
    assert done.returncode == 0, done.stdout


def test_a_project_that_asks_for_the_guards_has_them_on_each_test(tmp_path):
    done = run_pytest(tmp_path, GUARDED, "cartera_guards = true")
    assert done.returncode == 0, done.stdout


def test_what_plugins_say_of_their_tests_is_read_where_only_the_product_runs():
    """`cartera plugin check` reads what plugins import, their testing.py too, in an installation that has no pytest."""
    names = [f"plugins.{path.parent.name}.testing" for path in sorted((ROOT / "plugins").glob("*/testing.py"))]
    assert names
    code = f"import sys, importlib\nfor name in {names!r}: importlib.import_module(name)\nassert 'pytest' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
