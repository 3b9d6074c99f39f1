"""Which icons the sources use, and the sprite made of them.

Found are `icon("x")`, `icon='x'` and `icon = "x"` in Python, templates, scripts and manifests, with every string among
the arguments (`icon("sun" if light else "moon")`), and the strings of a constant called …ICON or …ICONS.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path

FOLDERS = ("core", "plugins", "tests/addons")
SUFFIXES = {".py", ".html", ".js", ".toml", ".svg"}
SKIPPED = {"vendor", "node_modules", "__pycache__", "fonts", "translations", "migrations"}
QUOTED = re.compile(r"""["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
CALL = re.compile(r"""\bicon\(([^()]*)\)""")
KEYWORD = re.compile(r"""\bicon\s*=\s*["']([a-z0-9]+(?:-[a-z0-9]+)*)["']""")
FIRST = re.compile(r"""\bicon\(\s*["']([a-z0-9-]+)["']\s*[,)]""")
CONSTANT = re.compile(r"""\b[A-Z_]*ICONS?\b[^=\n]*=\s*(\{[^}]*\}|\([^)]*\)|\[[^\]]*\]|["'][^"'\n]*["'])""")


def sources(root: Path) -> Iterator[Path]:
    for folder in FOLDERS:
        for here, below, files in os.walk(root / folder):
            below[:] = [name for name in below if name not in SKIPPED]
            for name in files:
                if os.path.splitext(name)[1] in SUFFIXES:
                    yield Path(here, name)


def found(text: str) -> set[str]:
    """Every name in one file that may be an icon; a name that no icon has does no harm."""
    if "icon" not in text and "ICON" not in text:
        return set()
    names = set(KEYWORD.findall(text))
    for part in CALL.findall(text) + CONSTANT.findall(text):
        names.update(QUOTED.findall(part))
    return names


def used(root: Path) -> set[str]:
    names: set[str] = set()
    for path in sources(root):
        names |= found(path.read_text(encoding="utf-8", errors="replace"))
    return names


def named(root: Path) -> Iterator[tuple[str, str]]:
    """(name, file:line) of what surely is meant as an icon: the plain literal forms."""
    for path in sources(root):
        text = path.read_text(encoding="utf-8", errors="replace")
        for pattern in (KEYWORD, FIRST):
            for match in pattern.finditer(text):
                yield match[1], f"{path.relative_to(root)}:{text.count(chr(10), 0, match.start()) + 1}"


def listed(path: Path) -> set[str]:
    """Names listed one a line: for plugins that are installed apart from this tree."""
    return {line for raw in path.read_text().splitlines() if (line := raw.split("#")[0].strip())}


def sprite(drawings: list[tuple[str, str]]) -> str:
    """One SVG with a <symbol> for each (name, SVG text); strokes take the colour and width of the text around."""
    symbols = []
    for name, text in drawings:
        body = re.sub(r"<!--.*?-->", "", text, flags=re.S)
        body = re.sub(r"^.*?<svg[^>]*>", "", body, count=1, flags=re.S).replace("</svg>", "")
        body = re.sub(r'<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>', "", body)  # an invisible square
        body = re.sub(r"\s*\n\s*", "", body).replace(" />", "/>").strip()
        symbols.append(f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>')
    return '<svg xmlns="http://www.w3.org/2000/svg">' + "".join(symbols) + "</svg>\n"
