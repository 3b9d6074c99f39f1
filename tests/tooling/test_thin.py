"""The core does not know the trade: what names something of a bundled plugin is told by file and line."""

import pytest

from tools import thin


@pytest.fixture
def core_with(tmp_path):
    def write(name, text):
        for path, content in {"plugins/companies/manifest.toml": "", "plugins/contracts/manifest.toml": "", f"core/{name}": text}.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(content)
        return [line.partition(": ask")[0] for line in thin.breaches(tmp_path)]

    return write


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("cli.py", 'NAME = "companies.company"\n', "companies"),
        ("cli.py", "def add(company_id):\n    return 1\n", "company"),
        ("cli.py", "from core import OwnCompany\n", "company"),
        ("cli.py", "user.company = 1\n", "company"),
        ("cli.py", 'def f():\n    return f"all {n} contracts"\n', "contracts"),
        ("web/base.html", "<p>Search companies</p>\n", "companies"),
        ("web/app.js", 'const url = "/companies/";\n', "companies"),
    ],
)
def test_names_and_texts_of_the_trade_are_told(core_with, name, text, word):
    told = core_with(name, text)
    assert any(line.startswith(f"core/{name}:") and f"{word!r} is a plugin's matter" in line for line in told)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cli.py", '"""Companies, contracts."""\n\n# a company\nX = 1\n'),
        ("cli.py", 'def f():\n    """As a company."""\n\n\nX = 1\n"""The contract."""\n'),
        ("addons/check.py", "class ContractBroken(Exception):\n    pass\n"),
        ("web/base.html", "{# of a company #}\n<p>Search</p>\n"),
        ("web/app.js", "/* of a company */ const a = 1; // companies\n"),
        ("web/vendor/x.js", "const company = 1;\n"),
    ],
)
def test_comments_and_what_is_allowed_by_reason_pass(core_with, name, text):
    assert core_with(name, text) == []


def test_no_allowance_is_left_over(core_with):
    """Each (place, word) of the list is still needed: without it, something would be told."""
    needed = {place: set() for place, _word in thin.ALLOWED}
    allowed, thin.ALLOWED = thin.ALLOWED, {}
    try:
        told = list(thin.breaches(thin.ROOT))
    finally:
        thin.ALLOWED = allowed
    words = thin.words_of(thin.ROOT / "plugins")
    for line in told:
        for place in needed:
            if line.startswith(place):
                needed[place].add(words[line.split("'")[1]])
    assert all(word in needed[place] for place, word in thin.ALLOWED)
