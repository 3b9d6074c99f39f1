"""The small marks that stand everywhere, as finished HTML: status, person, tag, amount, days. Python, not macros: lists hold hundreds.

Templates have them as globals; a view that builds cells in Python calls them too. What each looks like: sections 4 of cartera.css.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import Literal

from flask_babel import gettext as _
from markupsafe import Markup, escape

from .formats import DASH, Numeric, initials

Kind = Literal["ok", "warn", "bad", "info", "idle"]
Shape = Literal["", "disc", "half", "hollow", "tri", "x", "sq"]
# ● done, active, paid · ◐ under way, draft · ○ not yet · ▲ late, a problem. ✕ (cancelled, failed, no) and ■ (won) are asked for by name.
SHAPES = {"ok": "", "info": "half", "warn": "half", "bad": "tri", "idle": "hollow"}
ZERO = Markup('<span class="zero">–</span>')
SOON, NOW = 30, 8


def status(kind: Kind, word: object, shape: Shape = "", *, pill: bool = False) -> Markup:
    """A state: a shape, a word and a colour, so that it is never told by the colour alone. `pill` only beside a page's title."""
    form = SHAPES.get(kind, "") if not shape else "" if shape == "disc" else shape
    names = " ".join(n for n in ("st", kind, form, "pill" if pill else "") if n)
    return Markup('<span class="%s">%s</span>') % (names, word)


@lru_cache(maxsize=4096, typed=True)  # typed: Markup is equal to the text that it must not be taken for
def who(name: str | None, me: bool = False, *, short: bool = False) -> Markup:
    """A person: a disc with initials and the name; `short` keeps the name for readers only, as on kanban cards."""
    if not name:
        return ZERO
    shown = Markup('<span class="visually-hidden">%s</span>') % name if short else name
    return Markup('<span class="%s"><i aria-hidden="true">%s</i>%s</span>') % ("who me" if me else "who", initials(name), shown)


def tag(name: object, colour: str = "grey") -> Markup:
    """A tag: a strip of its colour (blue grey green yellow orange red) and its name in ink."""
    return Markup('<span class="tag %s">%s</span>') % (colour, name)


def options(pairs: Iterable[tuple[object, object]], chosen: Collection[str] = (), empty: object = None) -> Markup:
    """The choices of a select, from (value, text) pairs. `empty` is the text of the empty choice; others without text are left out.

    What was written once is kept: the list of countries is the same on each page.
    """
    known = tuple([(str(value), str(text)) for value, text in pairs])
    html = _options(known if empty is None else tuple([pair for pair in known if pair[1]]))
    for value in chosen:
        start = str(Markup('<option value="%s"') % value)  # plain text from here: Markup would escape the `>`
        html = Markup(str(html).replace(start + ">", start + " selected>"))  # noqa: S704 - both are escaped
    return html if empty is None else Markup('<option value="">%s</option>') % empty + html


@lru_cache(maxsize=256)
def _options(pairs: tuple[tuple[str, str], ...]) -> Markup:
    return Markup("").join([Markup('<option value="%s">%s</option>') % pair for pair in pairs])


def bar(share: float, klass: str = "f1", label: object = "") -> Markup:
    """A bar of `share` (0 to 1) of the full width. `label` is read aloud; without one the figure beside it has to say it all."""
    about = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    width = f"{min(max(share, 0), 1) * 100:.1f}"
    svg = f'<svg class="bar" {about}><rect class="{escape(klass)}" width="{width}%" height="100%"/></svg>'
    return Markup(svg)  # noqa: S704 - all that is not our own was escaped; a page has one per row


def days(value: date | None, today: date) -> Markup:
    """How long until a day: `23 d`, warning under 30, urgent under 8; what is over is `▲ 34 d late`."""
    if value is None:
        return ZERO
    left = (value - today).days
    if left < 0:
        return status("bad", _("%(n)s d late", n=-left))
    text = escape(_("%(n)s d", n=left))
    if left >= SOON:
        return text
    return Markup('<span class="%s b">%s</span>') % ("t-bad" if left < NOW else "t-warn", text)


@lru_cache(maxsize=4096, typed=True)
def stamp(text: str, value: date | datetime, title: str = "") -> Markup:
    """A `<time>` that shows `text` and holds the full stamp."""
    about = Markup(' title="%s"') % title if title else ""
    return Markup('<time datetime="%s"%s>%s</time>') % (value.isoformat(), about, text)


def or_dash(value: object) -> object:
    """The value, or a quiet dash where there is none."""
    return ZERO if value is None or value == "" or value == DASH else value


def is_nothing(value: Numeric | None) -> bool:
    """Whether an amount is shown as a dash in tables."""
    return value is None or value == 0
