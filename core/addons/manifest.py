"""`manifest.toml`: what a plugin says of itself, read without running it, so that even a broken one has a title and a version.

Unknown keys are errors that name the nearest known one; every value is checked here, in the words of the manifest's author.
"""

import difflib
import re
import tomllib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

FILE = "manifest.toml"
STATES = ("enabled", "hidden", "disabled")
CORE_VERSION = "1.0.0"
"""The version of the plugin contract (core/hookspecs.py), against which a manifest's `core` is held."""

RESERVED = frozenset((
    "access", "activity", "addons", "alerts", "api", "core", "custom", "dashboard", "documents", "file", "files", "groups", "health",
    "history", "identity", "include", "jobs", "login", "logout", "mail", "me", "plugin", "plugins", "profiles", "search", "setup",
    "static", "tests", "trash", "users", "visibility",
))  # fmt: skip
"""Names and first path segments that belong to the core."""
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PREFIX = re.compile(r"/[a-z0-9][a-z0-9_-]*(/([a-z0-9_.-]+|<[a-z_:]+>))*")


class BadManifest(ValueError):
    """A manifest can't be used; the message names file, key and cure."""


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A plugin's manifest. `depends` maps names to version specifiers; `url_prefixes` are the addresses that are the plugin's own."""

    name: str
    title: str
    version: str
    core: str
    summary: str = ""
    depends: dict[str, str] = field(default_factory=dict)
    auto_enable: bool = False
    category: str = ""
    section: str = "crm"
    url_prefixes: tuple[str, ...] = ()
    default_state: str = "enabled"
    icon: str = "puzzle"
    author: str = ""
    license: str = ""
    website: str = ""

    def accepts_core(self, version: str = CORE_VERSION) -> bool:
        """Whether the plugin says that it works with this core."""
        return SpecifierSet(self.core).contains(version, prereleases=True)


REQUIRED = ("name", "title", "version", "core")
_KEYS = {f.name: f.type for f in fields(Manifest)}


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the plugin in `folder`. Raises BadManifest."""
    path = folder / FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadManifest(f"{folder} has no {FILE}: write one, or make the plugin with `cartera plugin new NAME`") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        raise BadManifest(f"{path} can't be read: {e}") from e
    return make_manifest(data, str(path))


def make_manifest(data: dict[str, Any], where: str = FILE) -> Manifest:
    """A checked manifest from the keys of its file. Raises BadManifest with all that is wrong, one line each."""
    problems = []
    for key in data:
        if key not in _KEYS:
            near = difflib.get_close_matches(key, _KEYS, n=1)
            problems.append(f"unknown key {key!r}: " + (f"did you mean {near[0]!r}?" if near else f"there are {', '.join(_KEYS)}"))
    problems += [f"{key!r} is missing" for key in REQUIRED if not data.get(key)]
    given = {key: value for key, value in data.items() if key in _KEYS}
    for key, value in given.items():
        if problem := _check(key, value):
            problems.append(problem)
    if problems:
        raise BadManifest("\n".join(f"{where}: {problem}" for problem in problems))
    given["depends"] = dict(_dependency(text) for text in given.get("depends", ()))
    given["url_prefixes"] = tuple(p.rstrip("/") for p in given.get("url_prefixes", ())) or ("/" + given["name"],)
    return Manifest(**given)


def _dependency(text: str) -> tuple[str, str]:
    requirement = Requirement(text)
    return requirement.name, str(requirement.specifier)


def _check(key: str, value: Any) -> str | None:
    if key == "auto_enable":
        return None if isinstance(value, bool) else "'auto_enable' must be true or false"
    if key in ("depends", "url_prefixes"):
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f'{key!r} must be a list of texts, as ["helpdesk"]'
        problems = [p for item in value if (p := (_check_dependency(item) if key == "depends" else _check_prefix(item)))]
        return "; ".join(problems) or None
    if not isinstance(value, str):
        return f"{key!r} must be text"
    if key == "name":
        if not _NAME.fullmatch(value):
            return f"'name' is {value!r}: use lower case letters, digits and single underscores, beginning with a letter"
        if value in RESERVED or value.startswith("core_"):
            return f"'name' is {value!r}, which belongs to the core: choose another"
        return f"'name' is {value!r}: at most 30 characters" if len(value) > 30 else None
    if key == "version":
        return None if _parses(Version, value, InvalidVersion) else f"'version' is {value!r}: write it as 1.0.0"
    if key == "core":
        good = _parses(SpecifierSet, value, InvalidSpecifier)
        return None if good else f"'core' is {value!r}: write which versions of the core fit, as >=1.0,<2"
    if key == "default_state" and value not in STATES:
        return f"'default_state' is {value!r}: write {', '.join(STATES[:-1])} or {STATES[-1]}"
    if key == "section" and value not in ("crm", "setup"):
        return f"'section' is {value!r}: write crm or setup"
    return None


def _check_dependency(text: str) -> str | None:
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return f"'depends' holds {text!r}: write a plugin's name, with a version if need be, as helpdesk>=1.2"
    if not _NAME.fullmatch(requirement.name) or requirement.extras or requirement.marker or requirement.url:
        return f"'depends' holds {text!r}: only a plugin's name and versions may stand there"
    return None


def _check_prefix(text: str) -> str | None:
    if not _PREFIX.fullmatch(text.rstrip("/")):
        return f"'url_prefixes' holds {text!r}: write it as /helpdesk or /customers/<id>/tickets"
    first = text.split("/")[1]
    return f"'url_prefixes' holds {text!r}, but /{first} belongs to the core" if first in RESERVED else None


def _parses(make: Any, text: str, error: type[Exception]) -> bool:
    try:
        make(text)
    except error:
        return False
    return bool(text.strip())
