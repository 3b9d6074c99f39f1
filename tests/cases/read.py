"""The cases as their files tell them, read once in a run: libyaml's loader takes a tenth of the time that the one in Python does."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

HERE = Path(__file__).parent


def read_yaml(path: Path) -> Any:
    """The content of a YAML file of plain values."""
    return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)


@cache
def cases() -> tuple[dict[str, Any], ...]:
    """All cases, in the order of their numbers."""
    return tuple(read_yaml(path) for path in sorted(HERE.glob("[0-9]*.yaml")))


def checks(*kinds: str, need: str = "play") -> list[Any]:
    """The checks of these kinds that hold what is asked for, as parameters of a test, named by their case."""
    found = []
    for case in cases():
        if case["kind"] in kinds:
            several = case["check"] if isinstance(case["check"], list) else [case["check"]]
            found += [pytest.param(c, id=f"{case['id']}-{n}") for n, c in enumerate(several, 1) if need in c]
    assert found, kinds
    return found
