"""docs/access.md: its table is the one that the tests of the rights go through."""

from tests.access.table import HEAD, TABLE

from .conftest import ROOT

WORDS = {"-": "–"}


def test_its_table_is_that_of_the_tests():
    page = (ROOT / "docs/access.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line.count("|") == 8][2:]
    tested = {(row[0], row[1]): [WORDS.get(cell, cell) for cell in row[2:]] for row in TABLE[1:]}
    assert HEAD == ["none", "CR", "CW", "CM", "superadmin"]
    assert len(rows) == 14
    for who, parent, *cells in rows:
        assert tested[who.replace(" ", "-"), parent] == cells, who
