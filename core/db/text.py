"""How text is folded for searching and for sorting: the same on every database, because Python does it before it is stored.

The version is kept beside the data, so that a change of the rules can rebuild the stored keys.
"""

import re
import unicodedata
from functools import lru_cache

VERSION = 1
_SPACE = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+")


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Text as searches see it: no case, no accents, single spaces ("García  Ñ" → "garcia n")."""
    if text.isascii():
        return _SPACE.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _SPACE.sub(" ", "".join(c for c in plain if not unicodedata.combining(c))).strip()


def sort_key(text: str | None) -> str:
    """The key by which text is ordered: case and accents folded, ñ after n, digits by their value; empty text sorts last.

    Compare keys bytewise (COLLATE "C" on PostgreSQL, BINARY on SQLite).
    """
    if not text:
        return "\U0010ffff"
    kept = unicodedata.normalize("NFC", text).casefold().replace("ñ", "n~") if not text.isascii() else text
    return _DIGITS.sub(_by_value, fold(kept))[:300]


def _by_value(match: re.Match[str]) -> str:
    digits = match.group().lstrip("0") or "0"
    return f"{min(len(digits), 99):02d}{digits}"
