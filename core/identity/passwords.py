"""Passwords: what is accepted, how it is kept, and a check that costs the same for users who exist and those who don't.

Rules of ASVS 6.2: 12 to 128 characters as typed, no composition rules, none that is common or holds the login. argon2id, 64 MiB.
"""

import base64
import re
import secrets
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask_babel import gettext as _

from core.db import fold
from core.errors import Invalid

SHORTEST = 12
LONGEST = 128
PRODUCT = "cartera"
hasher = PasswordHasher(time_cost=2, memory_cost=64 * 1024, parallelism=1)  # memory in KiB; about 0.1 s on a small server
_LEET = str.maketrans("013457@$!", "oieastasi")
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "1qaz2wsx3edc4rfv5tgb",
)


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    text = files("core.identity").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def is_common(password: str) -> bool:
    """Whether a guesser tries it early: on the list, a word of the list with figures around it, a run along the keyboard, a repetition."""
    text = fold(password)
    middle = text.strip("0123456789!?.,-_*#%& ")  # what is left without the figures and signs that people add
    tried = {text, middle, re.sub(r"[^a-z]+", "", text), re.sub(r"[^a-z]+", "", middle.translate(_LEET))}
    if _common() & tried:
        return True
    if len(set(text)) < 5 or re.fullmatch(r"(.{1,6}?)\1+.{0,3}", text):
        return True
    return any(text in run * 3 or text in (run * 3)[::-1] for run in _RUNS)


def check_policy(password: str, *, login: str = "", field: str = "password") -> None:
    """Raise Invalid, with what to do, when a new password is too short, too long, common, or made of the login's or product's name."""
    if len(password) < SHORTEST:
        raise Invalid({field: _("Use at least %(n)d characters; a short sentence is easy to remember.", n=SHORTEST)})
    if len(password) > LONGEST:
        raise Invalid({field: _("Use at most %(n)d characters.", n=LONGEST)})
    rest = fold(password)
    for name in (PRODUCT, fold(login)):
        rest = rest.replace(name, "") if len(name) >= 4 or name == rest else rest
    if len(re.sub(r"[\W\d_]+", "", rest)) < 4 and rest != fold(password):
        raise Invalid({field: _("Leave out the name of the user and of the product.")})
    if is_common(password):
        raise Invalid({field: _("This password is among the first that are guessed. Choose another.")})


def hash_password(password: str) -> str:
    """The argon2id string to keep."""
    return hasher.hash(password)


@dataclass(frozen=True)
class NewPassword:
    """A password that was checked and hashed: what is left of it to keep."""

    hash: str


def new_password(password: "str | NewPassword", *, login: str = "", field: str = "password") -> NewPassword:
    """A password that may be kept. Raises Invalid as `check_policy`.

    Hashing takes a tenth of a second: who is about to write does it before, so that nobody waits for the writer's turn meanwhile. One
    that was made before is given back as it is.
    """
    if isinstance(password, NewPassword):
        return password
    check_policy(password, login=login, field=field)
    return NewPassword(hash_password(password))


def verify(stored: str | None, password: str) -> bool:
    """Whether `password` fits. Without a stored hash the same work is done on a made-up one, and the answer is no."""
    usable = stored is not None and len(password) <= LONGEST
    try:
        return hasher.verify(stored if stored is not None else _dummy(), password[:LONGEST]) and usable
    except (VerificationError, InvalidHashError):
        return False


def needs_rehash(stored: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return hasher.check_needs_rehash(stored)


@lru_cache(maxsize=4)
def _made_up(time_cost: int, memory_cost: int, parallelism: int) -> str:
    def part(n: int) -> str:
        return base64.b64encode(secrets.token_bytes(n)).decode().rstrip("=")

    return f"$argon2id$v=19$m={memory_cost},t={time_cost},p={parallelism}${part(16)}${part(32)}"


def _dummy() -> str:
    return _made_up(hasher.time_cost, hasher.memory_cost, hasher.parallelism)
