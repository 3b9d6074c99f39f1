"""How invoice numbers look: the pattern of Setup, the text of a number, when two numbers are the same.

Pure: which number comes next is decided in `numbering.py`. A number's position in its series is kept as a number of its own and never
cut out of the texts of earlier ones, so digits in prefix or suffix do no harm.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _

MAX_PATTERN = 40  # characters, as typed
MAX_NUMBER = 60  # characters of an invoice number, a supplier's too
MAX_DIGITS = 12  # of the first number in brackets
_BRACKET = re.compile(r"\[([^\[\]]*)\]")
_BRACE = re.compile(r"\{([^{}]*)\}")
_DIGITS = re.compile(r"[0-9]+")
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")
_SLASHES = str.maketrans({"⁄": "/", "∕": "/", "−": "-"})  # look-alikes that NFKC leaves apart


class NumberError(ValueError):
    """A pattern or a number that can't be used. The message says what to do and is meant for the person who typed it."""


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """A pattern such as `15/[1000]`, taken apart. Made by `parse_pattern`; `{year}` and `{yy}` are still in prefix and suffix."""

    prefix: str
    suffix: str
    first: int
    width: int

    def format(self, position: int, day: date) -> str:
        """The invoice number at `position` of the series that `day`, the invoice's date, falls into."""
        prefix, suffix = self._around(day)
        return f"{prefix}{position:0{self.width}d}{suffix}"

    def series_key(self, day: date) -> str:
        """The name of that series: the pattern with its year filled in. A new first number begins a new series."""
        prefix, suffix = self._around(day)
        return f"{prefix}[{self.first:0{self.width}d}]{suffix}"

    def position_of(self, bill_id: str, day: date) -> int | None:
        """Where a number stands in that series, or None when it isn't one of it.

        Read as generously as `compare_key` compares: other case, more or fewer zeros in front are the same position.
        """
        prefix, suffix = (_plain(part) for part in self._around(day))
        text = _plain(bill_id)
        if not (text.startswith(prefix) and text.endswith(suffix)):
            return None
        digits = text[len(prefix) : len(text) - len(suffix)]
        if len(text) < len(prefix) + len(suffix) or not _DIGITS.fullmatch(digits) or len(digits.lstrip("0")) > MAX_DIGITS:
            return None
        position = int(digits)
        return position if position >= self.first else None

    def _around(self, day: date) -> tuple[str, str]:
        year, yy = f"{day.year:04d}", f"{day.year % 100:02d}"
        prefix, suffix = (part.replace("{year}", year).replace("{yy}", yy) for part in (self.prefix, self.suffix))
        return prefix, suffix


def parse_pattern(text: str) -> Pattern:
    """Take a pattern of Setup apart. Raises NumberError with a message that says what to change."""
    text = unicodedata.normalize("NFKC", text).strip()
    if not text:
        raise NumberError(_("Enter a pattern with the first number in square brackets, for example 15/[1000]."))
    if len(text) > MAX_PATTERN:
        raise NumberError(_("The pattern has %(count)d characters. Shorten it to %(most)d.", count=len(text), most=MAX_PATTERN))
    _refuse_unprintable(text)
    if "," in text:
        raise NumberError(_("Leave the comma out of the pattern: commas separate invoice numbers in lists."))
    found = _BRACKET.findall(text)
    if not found and ("[" in text or "]" in text):
        raise NumberError(_("A square bracket is not closed. Write the first number as [1000]."))
    if not found:
        raise NumberError(_("Put the first number in square brackets, for example 15/[1000]."))
    if len(found) > 1 or text.count("[") > 1 or text.count("]") > 1:
        raise NumberError(_("Only one number can be in square brackets, the one that counts up. Take the other brackets out."))
    digits = found[0].strip()
    if not _DIGITS.fullmatch(digits):
        raise NumberError(_("%(text)s is not a number. Write digits only, for example [1000].", text=f"[{found[0]}]"))
    if len(digits) > MAX_DIGITS:
        raise NumberError(_("Use at most %(most)d digits in the brackets.", most=MAX_DIGITS))
    prefix, suffix = _BRACKET.split(text)[::2]
    _check_braces(prefix + suffix)
    return Pattern(prefix=prefix, suffix=suffix, first=int(digits), width=len(digits))


def clean_number(text: str) -> str:
    """A number that somebody typed, as it is stored: NFKC, trimmed, single spaces. Raises NumberError when it can't be one."""
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    if not text:
        raise NumberError(_("Enter the invoice number."))
    if len(text) > MAX_NUMBER:
        raise NumberError(_("The number has %(count)d characters. Shorten it to %(most)d.", count=len(text), most=MAX_NUMBER))
    _refuse_unprintable(text)
    if not compare_key(text):
        raise NumberError(_("Use letters or digits in the invoice number."))
    return text


def compare_key(bill_id: str) -> str:
    """The text by which two numbers are the same: case, spaces, invisible characters, zeros in front and the form of digits,
    hyphens and slashes make no difference. `F-007`, `f-7` and `Ｆ‑０07` are one number.
    """
    return _LEADING_ZEROS.sub("", _plain(bill_id))


@dataclass(frozen=True)
class Exceptions:
    """The numbers that are passed over: whole numbers (`15/1003`), or bare positions of the series (`1003`)."""

    keys: frozenset[str] = frozenset()

    def __contains__(self, bill_id: object) -> bool:
        return isinstance(bill_id, str) and compare_key(bill_id) in self.keys

    def skip(self, position: int, bill_id: str) -> bool:
        """Whether automatic numbering passes over this position."""
        return bool(self.keys) and (str(position) in self.keys or bill_id in self)


def parse_exceptions(text: str | Iterable[str]) -> Exceptions:
    """The numbers to skip, as Setup holds them: separated by commas or lines. Raises NumberError for an entry that can't be a number."""
    entries = re.split(r"[,\r\n]+", text) if isinstance(text, str) else text
    return Exceptions(frozenset(compare_key(clean_number(entry)) for entry in entries if entry.strip()))


def _check_braces(text: str) -> None:
    unknown = [name for name in _BRACE.findall(text) if name not in ("year", "yy")]
    if unknown:
        raise NumberError(_("%(text)s means nothing here. Use {year} or {yy}.", text=f"{{{unknown[0]}}}"))
    if re.search(r"[{}]", _BRACE.sub("", text)):
        raise NumberError(_("A brace is not closed. Write the year as {year} or {yy}."))


def _refuse_unprintable(text: str) -> None:
    if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Zl", "Zp") for c in text):
        raise NumberError(_("Write the number on one line, without control characters."))


def _plain(text: str) -> str:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_SLASHES)
    return "".join(_plain_character(c) for c in folded)


def _plain_character(c: str) -> str:
    category = unicodedata.category(c)
    if category == "Nd":
        return str(unicodedata.decimal(c))
    if category == "Pd":
        return "-"
    return "" if category in ("Zs", "Zl", "Zp", "Cc", "Cf") else c
