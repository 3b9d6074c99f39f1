"""The cards of the pipeline as finished HTML: a board holds hundreds, and what is the same on all of them is looked up once."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from html import escape
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from core import Actor
from core.access import today
from core.web import current_formats, stamp, tag, who

from .stages import warning_days

NEXT = {0: 20, 20: 40, 40: 60, 60: 80, 80: 200}
"""Stage → the one that the arrow on a card leads to."""
CLOSED = 100
"""From this code on a lead is closed: nothing about it is late any more."""


class Cards:
    """Writes the cards of a board. `icon` is the template's; `owners` and `tags` hold those of all leads on the board, by id."""

    def __init__(self, actor: Actor, icon: Any, owners: Mapping[int, str], tags: Mapping[int, Sequence[tuple[str, str]]], now: datetime):
        self.tags, self.now = tags, now
        self.formats, self.today, self.most_silent = current_formats(), today(), warning_days()
        self.before, _zero, self.after = url_for("leads_lead.show", id=0).rpartition("0")
        self.move_before, _zero, self.move_after = url_for("leads.move", id=0).rpartition("0")
        self.arrow, self.clock = icon("arrow-right"), icon("clock-exclamation")
        self.move_on, self.past = escape(_("Move %(name)s on", name="\0")), str(self._warning(_("past close")))
        self.silent = str(self._warning(_("%(days)s d silent", days="\0")))
        self.faces = {key: str(who(name, key == actor.user_id, short=True)) for key, name in owners.items()}
        self.labels: dict[tuple[str, str], str] = {}
        self.dates: dict[date, str] = {}

    def column(self, cards: Sequence[Any], code: int) -> Markup:
        """The cards in the column of the stage `code`."""
        return Markup("".join([self._card(card, code) for card in cards]))  # noqa: S704 - all that people typed was escaped

    def _card(self, card: Any, code: int) -> str:
        key, company, fullname, may_edit, close = card.id, card.company, card.fullname, card.may_edit, card.estimated_close_date
        name = escape(company or fullname)
        amount = self.formats.money(card.estimated_sale, "", False) if card.estimated_sale else "–"
        return (
            f'<li class="kc" data-id="{key}" data-title="{name}"{"" if may_edit else " data-fixed"}>\n'
            f'<div class="k1"><a class="cutl" href="{self.before}{key}{self.after}"><b>{name}</b></a><b class="mono">{amount}</b></div>\n'
            f'<div class="k2">{self.faces.get(card.owner_id, "")}<span class="cutl">{escape(fullname) if company else ""}</span>'
            f'{self._date(close) if close else ""}{self._arrow(key, code, name) if may_edit and code in NEXT else ""}</div>\n'
            f"{self._marks(card, code)}</li>\n"
        )

    def _arrow(self, key: int, code: int, name: str) -> str:
        label = self.move_on.replace("\0", name)
        return (
            f'<button class="btn btn-quiet btn-icon" form="move" formaction="{self.move_before}{key}{self.move_after}" name="stage" '
            f'value="{NEXT[code]}" data-move aria-label="{label}">{self.arrow}</button>'
        )

    def _marks(self, card: Any, code: int) -> str:
        """What asks for attention: tags, a long silence, a close that is past."""
        marks = [self._tag(*pair) for pair in self.tags.get(card.id, ())]
        if code < CLOSED:
            days = (self.now - card.changed_at).days
            if days >= self.most_silent:
                marks.append(self.silent.replace("\0", str(days)))
            if card.estimated_close_date and card.estimated_close_date < self.now.date():
                marks.append(self.past)
        return f'<div class="k3">{"".join(marks)}</div>\n' if marks else ""

    def _tag(self, name: str, colour: str) -> str:
        if (name, colour) not in self.labels:
            self.labels[name, colour] = str(tag(name, colour))
        return self.labels[name, colour]

    def _date(self, day: date) -> str:
        if day not in self.dates:
            self.dates[day] = str(stamp(self.formats.day(day, self.today), day))
        return self.dates[day]

    def _warning(self, words: str) -> Markup:
        return Markup('<span class="k-warn">%s%s</span>') % (self.clock, words)
