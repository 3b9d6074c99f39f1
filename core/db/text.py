"""How text is folded for searching and for sorting: the same on every database, because Python does it before it is stored.

The version is kept beside the data, so that a change of the rules can rebuild the stored keys.
"""

import re
import unicodedata
from functools import lru_cache

VERSION = 1
_ACCENTS = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_BEYOND = re.compile("[\u0483-\U0010ffff]")
_DIGITS = re.compile(r"\d+")
_LENGTHS = [f"{n:02d}" for n in range(100)]


def fold_once(text: str) -> str:
    """`fold` without remembering: for text that is written, which does not come back."""
    if text.isascii():
        return " ".join(text.lower().split())
    plain = _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    if _BEYOND.search(plain):  # scripts with marks of their own
        plain = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(plain.split())


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """Text as searches see it: no case, no accents, single spaces ("García  Ñ" → "garcia n")."""
    return fold_once(text)


@lru_cache(maxsize=4096)
def sort_key(text: str | None) -> str:
    """The key by which text is ordered: case and accents folded, ñ after n, digits by their value; empty text sorts last.

    Compare keys bytewise (COLLATE "C" on PostgreSQL, BINARY on SQLite).
    """
    if not text:
        return "\U0010ffff"
    kept = unicodedata.normalize("NFC", text).casefold().replace("ñ", "n~") if not text.isascii() else text
    return _DIGITS.sub(_by_value, fold_once(kept))[:300]


def _by_value(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0") or "0"
    return _LENGTHS[min(len(digits), 99)] + digits
