"""What templates can call: `icon`, `asset`, `money`, `day`, `moment`, `status` and the like, in the request's language and time zone.

    {{ icon("building") }} {{ money(row.total, "EUR") }} {{ day(contract.ends) }} {{ moment(note.at) }} {{ days(contract.ends) }}
    {{ status("ok", _("Active")) }} {{ who(user.name) }} {{ number(1200) }} {{ percent(0.12) }} {{ filesize(84000) }} {{ country("ES") }}

Dates, numbers and amounts are globals, not filters, and cost a dictionary look-up: formats.py compiles them once per locale.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Literal
from urllib.parse import quote

from flask import Flask, has_request_context, request
from flask_babel import get_locale, get_timezone
from flask_babel import gettext as _
from markupsafe import Markup, escape

from core.addons.icons import shown_icon

from . import pieces
from .assets import Assets
from .formats import Formats, Numeric, formats, initials


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a user wants pages to look: from his settings, or from nothing for a visitor. `auto` follows the system."""

    lang: str = "en"
    theme: Literal["auto", "light", "dark"] = "auto"
    density: Literal["compact", "comfortable"] = "compact"
    keys: bool = True
    """Whether single keys are shortcuts (WCAG 2.1.4)."""


def current_formats() -> Formats:
    """The formats of the request's locale; English outside of one."""
    locale = get_locale()
    return formats(str(locale) if locale else "en")


def today() -> date:
    """The day it is for the user."""
    return datetime.now(get_timezone()).date()


def number(value: Numeric | None, places: int | None = None) -> str:
    return current_formats().number(value, places)


def money(value: Numeric | None, currency: str = "", cents: bool = True) -> str:
    return current_formats().money(value, currency, cents)


def percent(value: Numeric | None, places: int = 0) -> str:
    return current_formats().percent(value, places)


def filesize(octets: int | None) -> str:
    return current_formats().size(octets)


def country(code: str | None) -> str:
    return current_formats().country(code)


def day(value: date | None) -> Markup:
    """A date as `24 Nov`; the year only when it isn't this one."""
    return pieces.ZERO if value is None else pieces.stamp(current_formats().day(value, today()), value)


def moment(value: datetime | None) -> Markup:
    """A point in time as `Today 09:12`, in full with its zone when one points at it."""
    if value is None:
        return pieces.ZERO
    own, zone = current_formats(), get_timezone()
    text = own.moment(value, zone, today(), (_("Today"), _("Yesterday")))
    return pieces.stamp(text, value, own.full(value, zone))


def days(value: date | None) -> Markup:
    return pieces.days(value, today())


def money_cell(value: Numeric | None, currency: str = "", cents: bool = True, klass: str = "num") -> Markup:
    """A finished `<td>` with an amount; nothing is a quiet dash."""
    inside = pieces.ZERO if pieces.is_nothing(value) else money(value, currency, cents)
    return Markup('<td class="%s">%s</td>') % (klass, inside)


def page_url(**changes: Any) -> str:
    """This page's address with some parameters of its query changed; None takes one out."""
    args = request.args.copy()
    for key, value in changes.items():
        args.poplist(key)
        if value is not None:
            args[key] = str(value)
    query = "&".join(_pair(k, v) for k, values in args.lists() for v in values)
    return f"{request.path}?{query}" if query else request.path


def _pair(key: str, value: str) -> str:
    return f"{quote(key)}={quote(value)}"


def init_jinja(app: Flask, assets: Assets) -> None:
    """Give the app's templates their globals and filters. Call once, after `init_assets` and `init_i18n`."""
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    sprite = assets("vendor/icons.svg")

    @cache
    def icon(name: str) -> Markup:
        """A Tabler outline icon. The word beside it says what it means; icons alone need an aria-label around them."""
        return Markup('<svg class="ti" aria-hidden="true"><use href="%s#%s"/></svg>') % (sprite, shown_icon(name))

    env.globals.update(
        icon=icon, number=number, money=money, percent=percent, filesize=filesize, country=country, day=day, moment=moment, days=days,
        money_cell=money_cell, today=today, page_url=page_url, status=pieces.status, who=pieces.who, tag=pieces.tag, bar=pieces.bar,
        options=pieces.options,
        initials=initials, asset_parts=_parts(assets), sprite=sprite, visitor=Look(),
    )  # fmt: skip
    env.filters.update(or_dash=pieces.or_dash)
    env.tests["in_request"] = lambda _value: has_request_context()


def _parts(assets: Assets) -> Any:
    known: list[Markup] = []

    def parts() -> Markup:
        """What app.js may load later, by part, as the value of an attribute: computed once, again per page in debug mode."""
        if not known or assets.app.debug:
            known[:] = [escape(json.dumps(assets.parts()))]
        return known[0]

    return parts
