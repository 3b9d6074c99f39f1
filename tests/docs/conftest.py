"""Plugins as README.md and docs/plugins.md write them: their code blocks, put into the files that they name, with migrations of their own."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.addons import loader
from core.cli import main

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(?:toml|python|html\+jinja)\n(.*?)^```$", re.S | re.M)
HEAD = re.compile(r"^(?:# |\{# )([a-z_]+/[\w/.]+\.(?:toml|py|html))(?: #\})?\n", re.M)


def files(document):
    """Path → content, from blocks whose first line names a file. A file that comes again goes on where it stopped."""
    found = {}
    for block in BLOCK.findall((ROOT / document).read_text(encoding="utf-8")):
        if not HEAD.match(block):
            continue
        _nothing, *parts = HEAD.split(block)
        for path, content in zip(parts[::2], parts[1::2], strict=True):
            found[path] = found[path] + "\n" + content if path in found else content
    return found


def build(document, folder):
    """Write the plugin of a document and let `cartera plugin migrate` write its first migration; gives the plugin's folder."""
    written = files(document)
    for path, content in written.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")
    (name,) = {path.split("/")[0] for path in written}
    answer = CliRunner(env={"CARTERA_ADDONS": str(folder), "CARTERA_DATA": str(folder / "data")}).invoke(main, ["plugin", "migrate", name])
    assert answer.exit_code == 0, answer.output
    assert list((folder / name / "migrations" / "versions").glob(f"{name}_0001_start.py"))
    return folder / name


@pytest.fixture(scope="module")
def plugin(request, tmp_path_factory):
    """The plugin of the module's DOCUMENT."""
    yield build(request.module.DOCUMENT, tmp_path_factory.mktemp("addons"))
    for name in {path.split("/")[0] for path in files(request.module.DOCUMENT)}:
        loader.forget(name)


@pytest.fixture
def app_settings(plugin):
    return {"addons": (plugin,)}
