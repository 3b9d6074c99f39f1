"""docs/coverage.md: made from the tests of tests/manual/, of which each says what it shows."""

import pytest

from tools import docs


def test_each_promise_is_told_once_with_its_page():
    found = docs.read_promises()
    assert len({(p.section, p.words) for p in found}) == len(found)
    assert all(p.page.startswith("/") or p.page.startswith("cartera ") for p in found)


def test_a_test_without_a_promise_is_refused(tmp_path, monkeypatch):
    (tmp_path / "tests/manual").mkdir(parents=True)
    (tmp_path / "tests/manual/test_new.py").write_text("def test_something():\n    pass\n")
    monkeypatch.setattr(docs, "ROOT", tmp_path)
    with pytest.raises(ValueError, match="test_something needs one @promise"):
        docs.read_promises()
