"""Where the bytes of files lie: a folder of the installation, or any S3; named by their SHA-256, written once, never changed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import url2pathname

from core.addons.runtime import runtime
from core.db import utcnow

CHUNK = 1 << 20
PART = 5 << 20  # S3 takes no smaller part of a large object
FRESH = timedelta(minutes=30)
"""How young bytes must be to be relied on: the sweep takes none younger than an hour."""


def make_store(settings: Any) -> Any:
    """The store of an installation: `files/` in its data folder, or CARTERA_FILES_URL.

    s3://bucket/prefix?endpoint=…&region=…&key=…&secret=… (key and secret else from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY), file://,
    gs:// and az:// with their own environment variables, memory:// for trying out.
    """
    from obstore.store import LocalStore, S3Store, from_url

    parts = urlsplit(settings.files_url)
    if parts.scheme in ("", "file"):
        folder = Path(url2pathname(parts.path)) if parts.scheme else settings.files_dir
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return LocalStore(folder)
    if parts.scheme != "s3":
        return from_url(settings.files_url)
    given = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, Any] = {"region": given.get("region", "us-east-1"), "virtual_hosted_style_request": "endpoint" not in given}
    for ours, theirs in (("endpoint", "endpoint"), ("key", "access_key_id"), ("secret", "secret_access_key")):
        if ours in given:
            options[theirs] = given[ours]
    if given.get("endpoint", "").startswith("http:"):
        options["client_options"] = {"allow_http": True}
    return S3Store(parts.netloc, prefix=parts.path.strip("/") or None, **options)


def store() -> Any:
    """The store of the current app, made at its first use."""
    parts = runtime().parts
    if "files" not in parts:
        parts["files"] = make_store(runtime().settings)
    return parts["files"]


def address(sha256: str) -> str:
    """Where bytes with this hash lie."""
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def named_by(path: str) -> str | None:
    """The hash by which bytes at this path are named; None for what is not ours."""
    sha256 = path.rsplit("/", 1)[-1]
    return sha256 if re.fullmatch("[0-9a-f]{64}", sha256) and path == address(sha256) else None


def put(sha256: str, source: IO[bytes]) -> None:
    """Store bytes under their hash, streamed. Bytes that are there are written again when the sweep might be about to take them."""
    written = written_at(sha256)
    if written is None or utcnow() - written > FRESH:
        store().put(address(sha256), source, chunk_size=PART, max_concurrency=2)


def written_at(sha256: str) -> datetime | None:
    """When bytes with this hash were written; None when there are none."""
    try:
        meta = store().head(address(sha256))
    except FileNotFoundError:
        return None
    return meta["last_modified"]  # type: ignore[no-any-return]


def read(sha256: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """Bytes from `start` up to, not including, `end`, in chunks. Raises FileNotFoundError at once when they are not there."""
    from obstore.exceptions import NotFoundError

    options: dict[str, Any] = {}
    if end is not None:
        options["range"] = (start, end)
    elif start:
        options["range"] = {"offset": start}
    try:
        found = store().get(address(sha256), options=options)
    except NotFoundError as missing:
        raise FileNotFoundError(address(sha256)) from missing
    return (bytes(chunk) for chunk in found.stream(min_chunk_size=CHUNK))


def half_written() -> list[Path]:
    """What a process that was killed left of a write to a folder, if it is older than an hour; object stores drop such parts themselves."""
    folder = getattr(store(), "prefix", None)
    if type(store()).__name__ != "LocalStore" or folder is None:
        return []
    before = (utcnow() - timedelta(hours=1)).timestamp()
    return [path for path in Path(folder).glob("*/*/*#*") if path.stat().st_mtime < before]
