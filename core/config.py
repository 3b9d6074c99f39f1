"""Every setting of an installation once: name, type, default, one line of meaning.

Settings come from a mapping (tests, embedding), else from the environment, else from the default. What administrators edit on
pages is not here but in `core.db.options`. A value that makes no sense stops the start with what to do about it.
"""

import difflib
import logging
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

log = logging.getLogger(__name__)
_YES, _NO = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


class BadSetting(ValueError):
    """A setting can't be used; the message names it and says what to write instead."""


def _setting(default: Any, env: str, meaning: str) -> Any:
    return field(default=default, metadata={"env": env, "help": meaning})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one app. Make it with `Settings.load`; made directly it is checked the same, but no folder is touched."""

    data_dir: Path = _setting(Path("data"), "CARTERA_DATA", "folder of an embedded installation: database, files, secret key")
    database_url: str = _setting("", "CARTERA_DATABASE_URL", "postgresql://… or sqlite:///…; empty: cartera.db in the data folder")
    redis_url: str = _setting("", "CARTERA_REDIS_URL", "redis://… that carries background work between several machines")
    files_url: str = _setting("", "CARTERA_FILES_URL", "where attachments are, as s3://bucket/prefix; empty: files/ in the data folder")
    addons: tuple[Path, ...] = _setting((), "CARTERA_ADDONS", f"folders with plugins of your own, separated by {os.pathsep!r}")
    jobs: str = _setting("worker", "CARTERA_JOBS", "who does background work: worker (a process of its own), inline (at once), off")
    secret_key: str = _setting("", "CARTERA_SECRET_KEY", "what cookies and links are signed with; empty: made once and kept in secret.key")
    proxies: int = _setting(0, "CARTERA_PROXIES", "how many reverse proxies stand before the server and set X-Forwarded-*")
    strict: bool = _setting(False, "CARTERA_STRICT", "a plugin that fails stops the start instead of being left out")
    trace_hooks: bool = _setting(False, "CARTERA_TRACE_HOOKS", "log each hook call with its arguments and results")
    languages: tuple[str, ...] = _setting(("en", "es"), "CARTERA_LANGUAGES", "languages people may choose, separated by commas")
    default_language: str = _setting("en", "CARTERA_LANGUAGE", "the site's language, for people and records that have none")
    default_timezone: str = _setting("UTC", "CARTERA_TIMEZONE", "the site's time zone, as Europe/Madrid")
    max_upload: int = _setting(100_000_000, "CARTERA_MAX_UPLOAD", "what may be uploaded at once, in bytes")

    def __post_init__(self) -> None:
        put = lambda name, value: object.__setattr__(self, name, value)  # noqa: E731 - the dataclass is frozen
        put("data_dir", Path(self.data_dir).expanduser().absolute())
        put("addons", tuple(Path(p).expanduser().absolute() for p in self.addons))
        put("database_url", _database(self.database_url, "CARTERA_DATABASE_URL") or f"sqlite:///{self.data_dir / 'cartera.db'}")
        _check_url(self.redis_url, "CARTERA_REDIS_URL", ("redis", "rediss", "unix"))
        _check_url(self.files_url, "CARTERA_FILES_URL", ("s3", "file", "gs", "az", "memory"))
        if self.jobs not in ("worker", "inline", "off"):
            raise BadSetting(f"CARTERA_JOBS is {self.jobs!r}: write worker, inline or off")
        if self.proxies < 0:
            raise BadSetting(f"CARTERA_PROXIES is {self.proxies}: write how many proxies stand before the server, 0 for none")
        if self.max_upload < 1:
            raise BadSetting(f"CARTERA_MAX_UPLOAD is {self.max_upload}: write a number of bytes above 0")
        if self.secret_key and len(self.secret_key) < 16:
            raise BadSetting("CARTERA_SECRET_KEY is shorter than 16 characters: leave it empty, or write a long random one")
        if self.default_language not in self.languages:
            known = ", ".join(self.languages)
            raise BadSetting(f"CARTERA_LANGUAGE is {self.default_language!r}, which CARTERA_LANGUAGES ({known}) does not hold")
        try:
            ZoneInfo(self.default_timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise BadSetting(f"CARTERA_TIMEZONE is {self.default_timezone!r}: write a name such as Europe/Madrid or UTC") from None

    @classmethod
    def load(cls, values: Mapping[str, Any] | None = None, environ: Mapping[str, str] | None = None) -> "Settings":
        """Settings by `values` (name → value), else the environment, else the default; makes the data folder and its secret key.

        Raises BadSetting for a name or value that can't be meant.
        """
        environ = os.environ if environ is None else environ
        known = {f.name: f for f in fields(cls)}
        for name in values or {}:
            if name not in known:
                raise BadSetting(f"there is no setting {name!r}{_nearest(name, known)}")
        _warn_of_misspelt(environ, {f.metadata["env"] for f in known.values()})
        given: dict[str, Any] = {}
        for name, spec in known.items():
            if values is not None and name in values:
                given[name] = _typed(values[name], spec.default, f"setting {name}")
            elif (text := environ.get(spec.metadata["env"], "").strip()) != "":
                given[name] = _typed(text, spec.default, spec.metadata["env"])
        settings = cls(**given)
        _make_folder(settings.data_dir)
        if not settings.secret_key:
            object.__setattr__(settings, "secret_key", _secret_key(settings.data_dir / "secret.key"))
        return settings

    @property
    def sqlite(self) -> bool:
        """Whether the database is the embedded one."""
        return self.database_url.startswith("sqlite")

    @property
    def runtime_url(self) -> str:
        """Where sessions, limits and progress live: beside the main file, or in the main database (core.db.runtime)."""
        if not self.sqlite:
            return self.database_url
        return "sqlite:///" + str(Path(self.database_url.removeprefix("sqlite:///")).with_name("runtime.db"))

    @property
    def files_dir(self) -> Path:
        """The folder of attachments while no CARTERA_FILES_URL is set."""
        return self.data_dir / "files"


def _nearest(name: str, known: Any) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f": did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}"


def _warn_of_misspelt(environ: Mapping[str, str], known: set[str]) -> None:
    for name in environ:
        if name.startswith("CARTERA_") and name not in known and (near := difflib.get_close_matches(name, known, n=1, cutoff=0.85)):
            log.warning("%s is not a setting and is not read; did you mean %s?", name, near[0])


def _typed(value: Any, default: Any, where: str) -> Any:
    """A value as the type of its default; text comes from the environment."""
    if isinstance(default, bool):
        if isinstance(value, str):
            if value.lower() not in _YES | _NO:
                raise BadSetting(f"{where} is {value!r}: write 1 or 0")
            return value.lower() in _YES
        return bool(value)
    if isinstance(default, int):
        try:
            return int(value)
        except (TypeError, ValueError):
            raise BadSetting(f"{where} is {value!r}: write a whole number") from None
    if isinstance(default, Path):
        return Path(value)
    if isinstance(default, tuple):
        if isinstance(value, (str, Path)):
            value = str(value).split(os.pathsep if where.endswith(("ADDONS", "addons")) else ",")
        return tuple(item.strip() if isinstance(item, str) else item for item in value if str(item).strip())
    return "" if value is None else str(value)


def _database(url: str, where: str) -> str:
    if not url:
        return ""
    for short in ("postgres://", "postgresql://"):
        if url.startswith(short):
            url = "postgresql+psycopg://" + url.removeprefix(short)
    if not url.startswith("postgresql+psycopg://") and not url.startswith("sqlite:///"):
        wanted = "postgresql://user:password@host/name or sqlite:////folder/cartera.db"
        # What was given may hold a password: it is not repeated.
        raise BadSetting(f"{where} is not an address of a database that Cartera can use: write {wanted}")
    return url


def _check_url(url: str, where: str, schemes: tuple[str, ...]) -> None:
    if url and (urlsplit(url).scheme not in schemes or "://" not in url):
        raise BadSetting(f"{where} must begin with {' or '.join(s + '://' for s in schemes)}")


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # customers' data: for nobody else on this machine
    except OSError as e:
        raise BadSetting(f"the data folder {folder} can't be made ({e.strerror}): set CARTERA_DATA or --data to one that can") from e
    if not os.access(folder, os.W_OK):
        cure = "give the user of this process the right, or set CARTERA_DATA to another"
        raise BadSetting(f"the data folder {folder} can't be written to: {cure}")


def _secret_key(path: Path) -> str:
    """The key in `path`, made on the first start. Two processes that start together end with the same one."""
    if not path.exists():
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mkstemp makes it 0600
        try:
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48) + "\n")
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(name, path)  # never replaces: whoever was first wins
            except FileExistsError:
                log.debug("another process made %s first", path)
        finally:
            os.unlink(name)
    if path.stat().st_mode & 0o077:
        log.warning("%s could be read by other users of this machine; its rights are set to 0600", path)
        path.chmod(0o600)
    key = path.read_text().strip()
    if len(key) < 16:
        raise BadSetting(f"{path} holds no key: restore it from a backup, or delete it (everybody has to sign in again)")
    return key
