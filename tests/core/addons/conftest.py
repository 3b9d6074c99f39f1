"""Plugins of the tests: those in tests/addons by their folder's name, and ones that are written on the spot."""

import textwrap
from pathlib import Path

import pytest

from core.addons import loader

ADDONS = Path(__file__).parents[2] / "addons"


@pytest.fixture(autouse=True)
def _forget_what_the_test_loaded(forget_plugins):
    """On for every test of this folder."""


@pytest.fixture
def load_only():
    """Load these folders of tests/addons (or paths), without bundled and installed plugins."""

    def load(*names, **kw):
        kw = {"bundled": None, "installed": False} | kw
        return loader.load([n if isinstance(n, Path) else ADDONS / n for n in names], **kw)

    return load


@pytest.fixture
def write(tmp_path):
    """Write a plugin into a folder of its own below the test's; gives its path."""

    def write_plugin(name, init="", *, manifest="", version="1.0", core=">=1.0,<2", into=tmp_path, **files):
        folder = Path(into) / name
        folder.mkdir(parents=True)
        head = f'name = "{name}"\ntitle = "{name.title()}"\nversion = "{version}"\ncore = "{core}"\n'
        (folder / "manifest.toml").write_text(f"{head}{manifest}\n")
        (folder / "__init__.py").write_text("from core import hookimpl\n\n" + textwrap.dedent(init))
        for file, content in files.items():
            (folder / f"{file}.py").write_text(textwrap.dedent(content))
        return folder

    return write_plugin
