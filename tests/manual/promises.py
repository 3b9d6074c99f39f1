"""`@promise(…)` ties a test to what the manual promises; docs/coverage.md is made from these lines (`make docs`)."""

import re
from typing import Any

import pytest


def promise(section: str, words: str, *, page: str, differently: str = "") -> Any:
    """What the manual promises in one of its sections, in our words, and the page where it is kept.

    `differently` says why we read the manual otherwise than its letter; such promises are listed by themselves.
    """
    return pytest.mark.promise(section, words, page=page, differently=differently)


def menu(client: Any, path: str) -> dict[str, str]:
    """The lines of the side menu on a page: label → address."""
    text = client.get(path).text
    side = text[text.index('<nav class="side"') :].partition("</nav>")[0]
    return {label: url for url, label in re.findall(r'<a href="([^"]*)"[^>]*>.*?<span class="tx">([^<]*)</span>', side, re.S)}


def statistic(text: str, name: str) -> list[list[str]]:
    """The rows of a statistic's table, as words."""
    import html

    table = re.search(rf'<table[^>]*data-statistic="{name}".*?</table>', text, re.S)
    if table is None:
        return []
    body = table[0].partition("<tbody>")[2]
    rows = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.S) for row in re.findall(r"<tr[^>]*>(.*?)</tr>", body, re.S)]
    return [[html.unescape(re.sub(r"<[^>]*>", "", cell)).strip() for cell in row] for row in rows]
