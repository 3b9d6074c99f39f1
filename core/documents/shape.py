"""Keeps HTML parsers out of the traps where a few hundred kilobytes cost minutes or gigabytes: depth, and unclosed bold that multiplies.

Measured with nh3 0.3.8: 200,000 nested `<div>` 350 s; 400 KB of `<p>x` behind 99 unclosed `<b>` 2.7 GB. The parser itself can't be told a
limit, so the shape is checked before. Where we and the parser might see a text differently (comments, raw text) it is cut out for both;
where nesting is crossed we count too much, never too little.
"""

import re

MAX_SIZE = 1_000_000
MAX_DEPTH = 250
MAX_REPEATED = 200_000  # formatting elements that the parser may have to open again, in all
MAX_REFERENCES = 50_000  # the parser's time grows with their square


def words(text: str) -> frozenset[str]:
    """A set of names, written as one line of text."""
    return frozenset(text.split())


_RAW = "script|style|title|textarea|xmp|iframe|noembed|noframes|noscript"
_CUT = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"  # comments
    r"|<[!?][^>]*(?:>|\Z)|</[^a-zA-Z>][^>]*(?:>|\Z)"  # what a parser takes for a comment
    rf"|<(?P<raw>{_RAW})(?=[ \t\n\f\r/>]).*?(?:</(?P=raw)(?=[ \t\n\f\r/>])[^>]*(?:>|\Z)|\Z)"
    r"|<plaintext\b[^>]*>?",
    re.DOTALL | re.IGNORECASE,
)
_S = r"[ \t\n\f\r]"
_TAG = re.compile(
    rf"""<(/?)([a-zA-Z][^ \t\n\f\r/>]*+)"""
    rf"""(?:(?:{_S}|/)++(?:[^ \t\n\f\r/>][^ \t\n\f\r/>=]*+(?:{_S}*+={_S}*+(?:"[^"]*+"|'[^']*+'|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?+)?+)?+"""
    rf"""|(?<=["'])[^ \t\n\f\r/>=][^ \t\n\f\r/>=]*+(?:{_S}*+={_S}*+(?:"[^"]*+"|'[^']*+'|[^ \t\n\f\r>"'][^ \t\n\f\r>]*+)?+)?+)*+(>|\Z)?"""
)
_VOID = words("area base basefont bgsound body br col embed frame head hr html img input link meta param source track wbr")
_FORMATTING = words("a b big code em font i nobr s small strike strong tt u")
_FOREIGN = {"svg", "math"}
_PARAGRAPHS = {"p", "li", "dd", "dt"}
_OPTIONAL_END = words("colgroup dd dt li option p tbody td tfoot th thead tr")
# Opening one of these ends an open one of those, when nothing else lies between.
_ENDS = {
    "p": {"p"}, "li": {"li", "p"}, "dd": {"dd", "dt", "p"}, "dt": {"dd", "dt", "p"}, "option": {"option"},
    "td": {"td", "th", "p", "li", "dd", "dt"}, "th": {"td", "th", "p", "li", "dd", "dt"},
    "tr": {"td", "th", "tr", "p", "li", "dd", "dt"},
    "tbody": {"td", "th", "tr", "tbody", "thead", "tfoot", "colgroup", "p"}, "tfoot": {"td", "th", "tr", "tbody", "thead", "colgroup", "p"},
    "thead": {"colgroup"},
}  # fmt: skip
# Their end closes what is left open inside; the end of any other (span, abbr …) is ignored unless it is the innermost.
_BLOCKS = _OPTIONAL_END | words(
    "address article aside blockquote button center details dialog dir div dl fieldset figcaption figure footer header hgroup"
    " h1 h2 h3 h4 h5 h6 main menu nav ol pre section summary table ul"
)


class TooDeep(ValueError):
    """HTML larger, deeper or more tangled than a letter can be."""


def bounded(html: str) -> str:
    """The same HTML without comments and raw text (scripts, style sheets), after its shape was checked. Raises TooDeep."""
    if len(html) > MAX_SIZE or html.count("&") > MAX_REFERENCES:
        raise TooDeep
    for _ in range(4):
        html, count = _CUT.subn("", html)
        if not count:
            break
    else:
        raise TooDeep  # cutting makes new comments again and again: nobody writes that
    _check(html)
    return html


def _check(html: str) -> None:
    nest = _Nest()
    repeated = 0
    for match in _TAG.finditer(html):
        name = match[2].lower() if match[2].isascii() else match[2]
        if name in _VOID and not nest.foreign:
            continue
        repeated += nest.formatting
        if match[1]:
            nest.close(name)
        else:
            nest.open(name)
        if len(nest.stack) > MAX_DEPTH or repeated > MAX_REPEATED:
            raise TooDeep


class _Nest:
    """The open elements, as many as a parser has at most. Inside SVG and MathML no element has an optional end and none is void."""

    def __init__(self) -> None:
        self.stack: list[str] = []
        self.formatting = 0
        self.foreign = 0

    def open(self, name: str) -> None:
        ends = () if self.foreign else _ENDS.get(name, ())
        while self.stack and self.stack[-1] in ends:
            if self._forget(len(self.stack) - 1) == name:
                break
        self.stack.append(name)
        self.formatting += name in _FORMATTING
        self.foreign += name in _FOREIGN

    def close(self, name: str) -> None:
        """Take off what this end tag certainly closes."""
        at = len(self.stack) - 1
        passes = () if self.foreign else _OPTIONAL_END if name in _BLOCKS else _PARAGRAPHS if name in _FORMATTING else ()
        while at >= 0 and self.stack[at] != name and self.stack[at] in passes:
            at -= 1
        if at >= 0 and self.stack[at] == name:
            if name in _BLOCKS:
                del self.stack[at + 1 :]  # all of them with an optional end
            self._forget(at)

    def _forget(self, at: int) -> str:
        name = self.stack.pop(at)
        self.formatting -= name in _FORMATTING
        self.foreign -= name in _FOREIGN
        return name
