"""The wheel holds all that the application reads at run time, and nothing of the workshop."""

from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def content() -> set[str]:
    """The names a wheel built from this tree would have."""
    return {Path(item.distribution_path).as_posix() for item in WheelBuilder(str(ROOT)).recurse_included_files()}


@pytest.mark.parametrize(
    "pattern",
    ["*/manifest.toml", "**/templates/**/*.*", "**/migrations/**/*.*", "**/static/**/*.*", "**/translations/**/*.po", "**/*.py"],
)
def test_every_file_of_core_and_plugins_is_in_the_wheel(content, pattern):
    for package in ("core", "plugins"):
        for path in (ROOT / package).glob(pattern):
            if path.is_file() and path.suffix != ".pyc":
                assert path.relative_to(ROOT).as_posix() in content


@pytest.mark.parametrize(
    "name",
    [
        "core/web/static/vendor/tabler.min.css",
        "core/web/static/vendor/tabler.min.css.gz",
        "core/web/static/vendor/htmx.min.js",
        "core/web/static/vendor/icons.svg",
        "core/web/static/vendor/font/index.css",
        "core/web/static/vendor/LICENCES.txt",
        "core/documents/fonts/fonts.conf",
        "core/documents/fonts/IBMPlexSans-Regular.ttf",
        "core/documents/fonts/NotoSansCJK-Regular.otf",
    ],
)
def test_the_wheel_holds_what_git_ignores_but_pages_and_pdfs_need(content, name):
    assert name in content


def test_the_wheel_holds_no_tests_tools_or_node_modules(content):
    assert {name.split("/")[0] for name in content} <= {"core", "plugins"}
    assert not [name for name in content if "node_modules" in name or "axe" in name.rsplit("/", 1)[-1]]
