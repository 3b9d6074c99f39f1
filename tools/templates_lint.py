"""What the Content-Security-Policy would refuse in a browser, found in the templates before.

    python -m tools.templates_lint [file or folder …]      default: core, plugins, tests/addons

A template that no browser gets as a page (a mail, a PDF) says so in its first line: {# lint: document #}. It may hold
<style> and style="", the rest stays forbidden.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("core", "plugins", "tests/addons")
DOCUMENT = re.compile(r"\A\s*\{#-?\s*lint: document\b")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
COMMENT = re.compile(r"\{#.*?#\}|<!--.*?-->", re.S)
TAG = re.compile(r"<([a-zA-Z][\w-]*)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>", re.S)
ASSET_TAGS = {"script", "link", "img", "iframe", "source", "video", "audio", "embed", "object", "image", "use", "track", "input"}


def _attribute(name: str) -> re.Pattern[str]:
    return re.compile(rf"""(?:^|[\s"'])({name})\s*=\s*("[^"]*"|'[^']*'|[^\s"'>]+)""", re.S | re.I)


STYLE = _attribute("style")
HANDLER = _attribute("on[a-z]+")
ANY = _attribute(r"[\w:.@-]+")
TRIGGER = _attribute(r"(?:data-)?hx-trigger[\w:.-]*")
SOURCE = _attribute(r"src|href|srcset|data|poster|xlink:href")

# Looked for in the whole text: how Jinja is told to trust a string.
TRUST = (
    (re.compile(r"\|\s*safe\b"), "|safe: let the view return Markup made by the sanitiser instead"),
    (re.compile(r"\{%-?\s*autoescape\s+false"), "autoescape false"),
)


def _blank(match: re.Match[str]) -> str:
    """As many characters and line ends as before, so that line numbers stay true."""
    return re.sub(r"[^\n]", " ", match[0])


def problems(text: str) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) for one template."""
    document = bool(DOCUMENT.match(text))
    text = COMMENT.sub(_blank, text)
    for pattern, why in TRUST:
        for match in pattern.finditer(text):
            yield _line(text, match.start()), why
    # Expressions go, what stands between them stays: {% if x %} style="…"{% endif %} is still an attribute.
    html = JINJA.sub(lambda m: re.sub(r"[^\n]", "x" if m[0].startswith("{{") else " ", m[0]), text)
    for tag in TAG.finditer(html):
        for offset, why in _tag(tag[1].lower(), tag[2], document):
            yield _line(html, tag.start(2) + offset), why


def _tag(name: str, attributes: str, document: bool) -> Iterator[tuple[int, str]]:
    given = {match[1].lower(): match[2].strip("\"'") for match in ANY.finditer(attributes)}
    if name == "script" and "src" not in given and given.get("type") not in ("application/json", "application/ld+json"):
        yield 0, "<script> in the page: put it into a file of static/"
    if name == "style" and not document:
        yield 0, "<style>: put it into a stylesheet (mails and PDFs: first line {# lint: document #})"
    for match in STYLE.finditer(attributes):
        if not document:
            yield match.start(1), 'style="": use a class, an SVG attribute or <progress> (mails and PDFs: {# lint: document #})'
    for match in HANDLER.finditer(attributes):
        yield match.start(1), f"{match[1]}=: listen in a script, by a data- attribute"
    for match in ANY.finditer(attributes):
        value = match[2].strip("\"' \n\t")
        if re.match(r"(?:data-)?hx-on\b", match[1], re.I):
            yield match.start(1), f"{match[1]}: needs eval, which the policy refuses"
        if re.match(r"(?:js|javascript)\s*:", value, re.I):
            yield match.start(2), f"{match[1]} holds a script"
    for match in TRIGGER.finditer(attributes):
        if "[" in match[2]:
            yield match.start(1), "a [filter] in hx-trigger needs eval, which the policy refuses"
    if name in ASSET_TAGS:
        for match in SOURCE.finditer(attributes):
            if re.match(r"(?:https?:)?//", match[2].strip("\"' \n"), re.I):
                yield match.start(2), f"<{name}> loads from elsewhere: assets come from static/"


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def templates(places: list[Path]) -> Iterator[Path]:
    for place in places:
        if place.is_file():
            yield place
        else:
            yield from sorted(p for p in place.rglob("templates/**/*") if p.suffix in (".html", ".svg", ".xml", ".jinja") and p.is_file())


def main(arguments: list[str]) -> int:
    places = [Path(a) for a in arguments] or [ROOT / folder for folder in FOLDERS if (ROOT / folder).is_dir()]
    wrong = [f"{path}:{line}: {why}" for path in templates(places) for line, why in problems(path.read_text(encoding="utf-8"))]
    print("\n".join(wrong).replace(f"{ROOT}/", ""), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
