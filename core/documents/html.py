"""Cleaning of HTML that people write or paste: templates, mails, notes. What is not named here goes.

Used on the way in and on the way out, whatever the editor did before. Fragments, crossed and
unclosed tags are fine: the parser repairs them as a browser does.
"""

import html as entities
import re
from functools import cache
from typing import Any

import nh3
from flask_babel import lazy_gettext as _l

from .shape import TooDeep, bounded, words

MAX_SPAN = 100

_PLAIN = words(
    "abbr address article b bdi bdo big blockquote br caption center cite code dd del dfn div dl dt em figcaption figure footer"
    " h1 h2 h3 h4 h5 h6 header hr i ins kbd li main mark nav ol p pre q s samp section small span strike strong sub sup"
    " tbody tfoot thead time tr u ul var wbr"
)
TAGS = _PLAIN | {"a", "img", "font", "table", "td", "th", "col", "colgroup"}
GONE_WITH_CONTENT = {"iframe", "math", "noembed", "noframes", "script", "style", "svg", "template", "title"}
_CELL = {"align", "valign", "width", "height", "bgcolor"}
ATTRIBUTES = {
    "*": {"style", "title", "dir", "lang", "align"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height", "border"},
    "font": {"color", "face", "size"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "table": {"width", "border", "cellpadding", "cellspacing", "bgcolor"},
    "td": _CELL | {"colspan", "rowspan", "nowrap"},
    "th": _CELL | {"colspan", "rowspan", "nowrap", "scope"},
    "tr": {"valign", "bgcolor"},
    "col": {"span", "width"},
    "colgroup": {"span", "width"},
}
# No display, position, float: nested flex boxes are a bomb for the layout, and nothing may lie over what is not the writer's.
STYLES = words(
    "background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width border-collapse border-color"
    " border-left border-left-color border-left-style border-left-width border-right border-right-color border-right-style"
    " border-right-width border-spacing border-style border-top border-top-color border-top-style border-top-width border-width"
    " break-after break-before break-inside color direction font font-family font-size font-style font-variant font-weight height"
    " letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right margin-top max-width min-width padding"
    " padding-bottom padding-left padding-right padding-top page-break-after page-break-before page-break-inside table-layout"
    " text-align text-decoration text-indent text-transform vertical-align white-space width word-spacing"
)
_DECLARATION = re.compile(
    r"""\s*(?P<name>[a-zA-Z-]+)\s*:(?:[^;:()\\{}@<"']|"[\w ,.-]*"|'[\w ,.-]*'|\b(?:rgb|hsl)a?\([\d\s.,%/deg]*\))*""", re.IGNORECASE
)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]+", re.IGNORECASE)
_ADDRESS = re.compile(r"(https?://|mailto:|tel:)[^\x00-\x20]+", re.IGNORECASE)
_MACRO = re.compile(r"_[A-Za-z][A-Za-z0-9_]*_\S*")
_SIZE = re.compile(r"\d{1,4}(\.\d{1,3})?(px|%)?")
_REFERENCE = re.compile(
    r"""(?:\b(?:src|href|data|action|poster|background|srcset|xlink:href)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))"""
    r"""|url\(\s*["']?([^"')]*)|@import\s+["']([^"']*))""",
    re.IGNORECASE,
)


class HtmlTooComplex(ValueError):
    """HTML larger or deeper than a letter can be; `str()` is for the writer."""

    def __str__(self) -> str:
        return str(_l("This text is too large or too deeply nested. Pasting it as plain text will help."))


def clean_html(html: str, *, template: bool = False, cid: bool = False) -> str:
    """HTML of which only letters, tables, links, named styles and pasted pictures are left.

    Pictures: `data:` png, jpeg, gif, webp; with `cid` also a mail's own parts. Links: http, https, mailto, tel. In a `template` an address
    may begin with a macro (`_company_website_`); clean again without `template` once it is filled in. Cleaning again loses nothing.
    Raises HtmlTooComplex above 1 MB, 250 levels, or what would keep the parser busy for minutes (`shape`).
    """
    try:
        html = bounded(html)
    except TooDeep:
        raise HtmlTooComplex from None
    return nh3.clean(
        html,
        tags=TAGS,
        clean_content_tags=GONE_WITH_CONTENT,
        attributes=ATTRIBUTES,
        attribute_filter=_filter(template, cid),
        url_schemes={"http", "https", "mailto", "tel", "data", "cid"},
        filter_style_properties=STYLES,
    )


def left_out(html: str, *, template: bool = False, cid: bool = False) -> tuple[str, ...]:
    """Addresses in `html` that cleaning takes away (files, scripts, remote pictures, style sheets), shortened, to be told to the writer."""
    kept = set(_references(clean_html(html, template=template, cid=cid)))
    gone = dict.fromkeys(found[:200] for found in _references(html) if found not in kept and not found.startswith("#"))
    return tuple(gone)


def _references(html: str) -> list[str]:
    found = (entities.unescape("".join(match.groups(default=""))).strip() for match in _REFERENCE.finditer(html))
    return [address for address in found if address]


@cache
def _filter(template: bool, cid: bool) -> Any:
    def keep(tag: str, name: str, value: str) -> str | None:
        if name in {"src", "href"}:
            typed = value.strip()
            if template and _MACRO.fullmatch(typed):
                return typed
            if name == "href":
                return typed if _ADDRESS.fullmatch(typed) else None
            return typed if _PICTURE.fullmatch(typed) or (cid and typed[:4].lower() == "cid:") else None
        if name in {"colspan", "rowspan", "span"}:
            return str(min(int(value.strip()[:4]), MAX_SPAN)) if re.fullmatch(r"\s*[0-9]+\s*", value) else None
        if name in {"width", "height", "border", "cellpadding", "cellspacing"}:
            return value.strip() if _SIZE.fullmatch(value.strip()) else None
        if name == "style":
            return ";".join(part.strip() for part in value.split(";") if _DECLARATION.fullmatch(part)) or None
        return value

    return keep
