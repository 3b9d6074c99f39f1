"""Which migrations there are and which a database has, without Alembic."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from core.db import revisions

ROOT = Path(__file__).parents[3]


def test_a_start_with_nothing_to_migrate_does_without_alembic(app):
    settings = app.extensions["cartera"].settings
    code = "import sys; from core.cli import app_for, prepare; made = prepare(app_for()); print(bool(made), 'alembic' in sys.modules)"
    environment = {**os.environ, "CARTERA_DATA": str(settings.data_dir), "CARTERA_ADDONS": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


@pytest.mark.parametrize("written", ["down_revision = 'a1'", 'down_revision: str | None = "a1"  # after the first', "down_revision = ('a1', 'x')"])
def test_the_newest_revision_is_the_one_that_no_other_follows(tmp_path, written):
    source = revisions.Source(name="visits", folder=tmp_path)
    assert revisions.head(source) is None
    (tmp_path / "b.py").write_text("revision = 'a1'\ndown_revision = None\n")
    assert revisions.head(source) == "a1"
    (tmp_path / "a.py").write_text(f"revision: str = 'b2'\n{written}\n")
    assert revisions.head(source) == "b2"


def test_revisions_that_are_no_plain_texts_or_have_two_ends_are_refused(tmp_path):
    source = revisions.Source(name="visits", folder=tmp_path)
    (tmp_path / "a.py").write_text("revision = 'a1'\ndown_revision = None\n")
    (tmp_path / "b.py").write_text("revision = 'b1'\ndown_revision = None\n")
    with pytest.raises(revisions.MigrationError, match="two newest revisions"):
        revisions.head(source)
    (tmp_path / "b.py").write_text("revision = name()\ndown_revision = 'a1'\n")
    with pytest.raises(revisions.MigrationError, match="plain texts"):
        revisions.head(source)
