"""What is installed is pinned, and by nobody's private address."""

import re
import tomllib
from pathlib import Path

from tools import locks

ROOT = Path(__file__).resolve().parents[2]


def pins(name: str) -> dict[str, str]:
    text = (ROOT / "requirements" / name).read_text()
    return dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)", text, re.M))


def test_no_lock_names_an_address():
    assert locks.problems() == []


def test_an_address_in_a_lock_is_found(tmp_path, monkeypatch):
    (tmp_path / "run.txt").write_text("--extra-index-url https://mirror.example/simple\nflask==3.1.3\n")
    (tmp_path / "package-lock.json").write_text('{"packages": {"": {}, "node_modules/htmx.org": {"version": "4.0.1"}}}')
    monkeypatch.setattr(locks, "ROOT", tmp_path)
    monkeypatch.setattr(locks, "REQUIREMENTS", tmp_path)
    monkeypatch.setattr(locks, "NPM_LOCK", tmp_path / "package-lock.json")
    assert len(locks.problems()) == 2


def test_every_requirement_is_pinned_with_a_hash():
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        for entry in re.split(r"\n(?=[a-z0-9])", path.read_text()):
            assert re.match(r"[\w.\[\]-]+==\S.*\n +--hash=sha256:", entry), f"{path.name}: {entry.splitlines()[0]}"


def test_the_tests_run_with_the_versions_that_run_in_production():
    run, dev = pins("run.txt"), pins("dev.txt")
    assert {name: dev.get(name) for name in run} == run


def test_every_declared_dependency_is_in_the_lock():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    declared = {re.match(r"[A-Za-z0-9._-]+", entry)[0].lower() for entry in project["project"]["dependencies"]}
    assert declared <= set(pins("run.txt"))
    grouped = {re.match(r"[A-Za-z0-9._-]+", entry)[0].lower() for group in project["dependency-groups"].values() for entry in group}
    assert grouped <= set(pins("dev.txt"))
