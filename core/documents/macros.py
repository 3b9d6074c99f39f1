"""Macros in templates: `_company_name_` becomes a value, in one pass, from a dictionary; never a template language.

A value is text: it is escaped for the place where it lands and is never looked into for macros again. What looks like a macro and is none
stays as it was typed and is told, so that the writer can mend it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

# A comment, a tag with its attributes (quotes may hold ">"), what begins as a tag and isn't one, or the text between two tags.
_PIECES = re.compile(
    r"""(?P<comment><!--.*?(?:-->|\Z))|(?P<tag></?[a-zA-Z](?:"[^"]*"|'[^']*'|[^'"<>])*+>|<[a-zA-Z/][^<]*)|(?P<text>[^<]+|<)""", re.DOTALL
)
_LOOKALIKE = {
    "lower": r"(?<![A-Za-z0-9])_[a-z][a-z0-9]*(?:_[a-z0-9]+)*_(?![A-Za-z0-9])",
    "upper": r"(?<![A-Za-z0-9])_[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?![A-Za-z0-9])",
}
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_LINE = re.compile(r"\r\n?|\n|\u2028|\u2029")
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
# In an attribute without quotes a space or "=" would begin another attribute; as references they can't, whatever the quotes.
_ATTRIBUTE = str.maketrans({c: f"&#{ord(c)};" for c in "&<>\"'`= \t\n\r\f"})


@dataclass(frozen=True, kw_only=True)
class Expanded:
    """HTML with the macros filled in, and the look-alikes that stayed, as typed, in order of their first use."""

    html: str
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ExpandedText:
    """Plain text with the macros filled in, and the look-alikes that stayed."""

    text: str
    unknown: tuple[str, ...] = ()


def expand(html: str, values: Mapping[str, str]) -> Expanded:
    """Fill the macros of an HTML template. `values` is name → text: {"company_name": "Acme"} fills `_company_name_`.

    In text a value is escaped and its line breaks become `<br>`; inside a tag it is escaped so that it stays one attribute's value.
    Names are matched longest first and with their case. Underscores around a macro stay: `__date_end__` gives `_2026-01-20_`.
    Clean the result again (`core.documents.html`) where a macro may stand in an address.
    """
    known, lookalike = _patterns(tuple(sorted(values)))
    unknown: dict[str, None] = {}
    out = []
    for piece in _PIECES.finditer(html):
        if piece["comment"] is not None:
            out.append(piece["comment"])
        elif piece["tag"] is not None:
            out.append(_fill(piece["tag"], values, known, lookalike, unknown, _in_attribute))
        else:
            out.append(_fill(piece["text"], values, known, lookalike, unknown, _in_text))
    return Expanded(html="".join(out), unknown=tuple(unknown))


def expand_text(text: str, values: Mapping[str, str]) -> ExpandedText:
    """Fill the macros of one line of plain text, as a mail's subject: line breaks and control characters of values become spaces."""
    known, lookalike = _patterns(tuple(sorted(values)))
    unknown: dict[str, None] = {}
    return ExpandedText(text=_fill(text, values, known, lookalike, unknown, _in_line), unknown=tuple(unknown))


def unknown_macros(html: str, names: Iterable[str]) -> tuple[str, ...]:
    """What looks like a macro in a template and is none of `names`: to warn when the template is saved."""
    return expand(html, dict.fromkeys(names, "")).unknown


def _in_text(value: str) -> str:
    return _LINE.sub("<br>", _CONTROL.sub("", value).translate(_TEXT))


def _in_attribute(value: str) -> str:
    return _CONTROL.sub("", value).translate(_ATTRIBUTE)


def _in_line(value: str) -> str:
    return _LINE.sub(" ", _CONTROL.sub(" ", value))


def _fill(piece, values, known, lookalike, unknown, escape) -> str:  # type: ignore[no-untyped-def]
    if "_" not in piece:
        return piece
    out, at = [], 0
    for match in known.finditer(piece) if known else ():
        out.append(_note(piece[at : match.start()], lookalike, unknown))
        out.append(escape(values[match[1]]))
        at = match.end()
    out.append(_note(piece[at:], lookalike, unknown))
    return "".join(out)


def _note(typed: str, lookalike: re.Pattern[str], unknown: dict[str, None]) -> str:
    unknown.update(dict.fromkeys(lookalike.findall(typed)))
    return typed


@lru_cache(maxsize=64)
def _patterns(names: tuple[str, ...]) -> tuple[re.Pattern[str] | None, re.Pattern[str]]:
    """The known names as one pattern, and what counts as a look-alike: names in capitals only where known ones are."""
    styles = {"upper" if name.isupper() else "lower" for name in names} or {"lower"}
    lookalike = re.compile("|".join(_LOOKALIKE[style] for style in sorted(styles)))
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return (re.compile(f"_({longest_first})_") if names else None), lookalike
