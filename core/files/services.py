"""Attaching files to records, replacing them, reading them. Bytes first, then the row: a row never points at nothing.

Bytes that no row names (a transaction that was rolled back) are swept an hour later.
"""

import hashlib
import io
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import func, select, update

from core.addons.runtime import runtime
from core.db import db, unit_of_work, utcnow
from core.errors import Invalid
from core.fields.format import size_text

from . import store
from .models import File
from .names import SHOWN, clean_name, disposition, sniff

UNCLAIMED = timedelta(hours=1)
_LOCK = 0x43_46_69_6C_65  # PostgreSQL's advisory lock of who attaches (shared) and who sweeps


@dataclass(frozen=True, kw_only=True)
class Stored:
    """Bytes that lie in the store and are no file of a record yet."""

    sha256: str
    size: int
    media_type: str


def store_bytes(source: IO[bytes] | bytes) -> Stored:
    """Store bytes before one begins to write, so that no other writer waits for them; `attach_file` makes a file of them soon after.

    Raises Invalid when they are none, or more than the setting `max_upload`.
    """
    return _put(io.BytesIO(source) if isinstance(source, bytes) else source, runtime().settings.max_upload)


def attach_file(
    record_type: str,
    record_id: int,
    source: IO[bytes] | bytes | Stored,
    name: str,
    actor_id: int | None,
    *,
    kind: str = "attachment",
    note: str | None = None,
) -> File:
    """A new file on a record, in the caller's unit of work; he has checked that its writer may edit the record.

    `source` is streamed, never held as a whole, or was stored before. `kind` says what made it: "attachment", "document",
    "invoice_pdf" … The media type comes from the content, not from the name. Raises Invalid when the file is empty or larger than
    the setting `max_upload`.
    """
    _hold(exclusive=False)
    stored = source if isinstance(source, Stored) else store_bytes(source)
    file = File(
        record_type=record_type, record_id=record_id, name=clean_name(name), media_type=stored.media_type, size=stored.size,
        sha256=stored.sha256, kind=kind, created_by_id=actor_id, note=note,
    )  # fmt: skip
    db.session.add(file)
    db.session.flush()
    return file


def replace_file(
    old: File | None,
    record_type: str,
    record_id: int,
    source: IO[bytes] | bytes | Stored,
    name: str,
    actor_id: int | None,
    *,
    kind: str,
    note: str | None = None,
) -> File:
    """The new version of the one file of its kind that a record has: the old one leaves the list and stays reachable by its address.

    Without `old` it is `attach_file`. One that was removed is replaced, too, so that its undo does not put it beside the new one.
    """
    new = attach_file(record_type, record_id, source, name, actor_id, kind=kind, note=note)
    if old is not None:
        old.replaced_at = new.created_at
        db.session.flush()
    removed = (File.record_type == record_type, File.record_id == record_id, File.kind == kind, File.replaced_at == File.removed_at)
    db.session.execute(update(File).where(*removed).values(replaced_at=new.created_at))
    return new


def _put(source: IO[bytes], limit: int) -> Stored:
    """Store bytes under their hash. What can't be read twice goes through a temporary file."""
    if source.seekable():
        start = source.tell()
        found = _measure(source, limit, None)
        source.seek(start)
        store.put(found.sha256, source)
        return found
    with tempfile.SpooledTemporaryFile(max_size=8 * store.CHUNK) as copy:
        found = _measure(source, limit, copy)
        copy.seek(0)
        store.put(found.sha256, copy)
    return found


def _measure(source: IO[bytes], limit: int, copy: IO[bytes] | None) -> Stored:
    digest, size, head = hashlib.sha256(), 0, b""
    while chunk := source.read(store.CHUNK):
        head += chunk[: 16 - len(head)]
        size += len(chunk)
        if size > limit:
            raise Invalid({"file": _("A file may have up to %(size)s.", size=size_text(limit, str(get_locale() or "en")))})
        digest.update(chunk)
        if copy is not None:
            copy.write(chunk)
    if not size:
        raise Invalid({"file": _("This file is empty.")})
    return Stored(sha256=digest.hexdigest(), size=size, media_type=sniff(head))


def files_of(record_type: str, record_ids: Sequence[int], *, kind: str | None = None) -> list[File]:
    """The current files of some records, newest first."""
    stmt = select(File).where(File.record_type == record_type, File.record_id.in_(record_ids), File.replaced_at.is_(None))
    if kind:
        stmt = stmt.where(File.kind == kind)
    return list(db.session.scalars(stmt.order_by(File.id.desc())))


def open_file(file: File, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes of a file from `start` up to, not including, `end`, in chunks. Raises FileNotFoundError when they are lost."""
    return store.read(file.sha256, start, end)


def read_file(file: File) -> bytes:
    """The bytes of a small file of our own (a logo, a PDF) at once."""
    return b"".join(open_file(file))


def file_response_headers(file: File) -> Mapping[str, str]:
    """The headers under which a file leaves: shown only if harmless, else saved; nothing in it runs."""
    inline = file.media_type in SHOWN
    policy = "sandbox; default-src 'none'"
    if file.media_type == "application/pdf":  # a sandbox would keep the browser's own viewer from starting
        policy = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
    elif inline:
        policy += "; img-src 'self'"
    return {
        "Content-Type": file.media_type if inline else "application/octet-stream",
        "Content-Disposition": disposition(file.name, inline=inline),
        "Content-Length": str(file.size),
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
        "Content-Security-Policy": policy,
    }


@dataclass(frozen=True, kw_only=True)
class FileAnswer:
    """What a view sends for a file: status, headers, bytes."""

    status: int
    headers: Mapping[str, str]
    body: Iterator[bytes]


def answer_file(file: File, range_header: str | None = None) -> FileAnswer:
    """The answer for a file, whole or the one part that the header `Range` asks for (RFC 9110 14: 206, or 416 beyond its end).

    Several parts at once are answered with the whole, as the standard allows. Raises FileNotFoundError when the bytes are lost.
    """
    headers = dict(file_response_headers(file))
    wanted = re.fullmatch(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", range_header or "")
    if wanted is None or not (wanted[1] or wanted[2]):
        return FileAnswer(status=200, headers=headers, body=open_file(file))
    if wanted[1]:
        start, end = int(wanted[1]), min(int(wanted[2]) + 1 if wanted[2] else file.size, file.size)
    else:
        start, end = max(0, file.size - int(wanted[2])), file.size
    if start >= end:
        headers.update({"Content-Length": "0", "Content-Range": f"bytes */{file.size}"})
        return FileAnswer(status=416, headers=headers, body=iter(()))
    headers.update({"Content-Length": str(end - start), "Content-Range": f"bytes {start}-{end - 1}/{file.size}"})
    return FileAnswer(status=206, headers=headers, body=open_file(file, start, end))


def _hold(*, exclusive: bool) -> None:
    """Keep the sweep from taking bytes between their writing and their row. On SQLite the writer's lock does that."""
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(_LOCK) if exclusive else func.pg_advisory_xact_lock_shared(_LOCK)))


def sweep_unclaimed() -> int:
    """Remove bytes that no row names and that are older than an hour; gives how many. What others keep in the bucket is left alone."""
    found = 0
    for part in store.store().list(chunk_size=500):
        old = [store.named_by(str(meta["path"])) for meta in part if utcnow() - meta["last_modified"] > UNCLAIMED]
        ours = [sha256 for sha256 in old if sha256]
        unclaimed = sorted(set(ours) - _named(ours))
        for start in range(0, len(unclaimed), 25):  # few at a time, for nobody can attach meanwhile
            found += _remove(unclaimed[start : start + 25])
    for path in store.half_written():
        path.unlink(missing_ok=True)
        found += 1
    return found


def _named(hashes: Sequence[str]) -> set[str]:
    return set(db.session.scalars(select(File.sha256).where(File.sha256.in_(hashes)))) if hashes else set()


def _remove(hashes: Sequence[str]) -> int:
    """Remove what is still unclaimed now that nobody can attach: the same bytes may just have been written again."""
    with unit_of_work():
        _hold(exclusive=True)
        gone = []
        for sha256 in sorted(set(hashes) - _named(hashes)):
            written = store.written_at(sha256)
            if written is not None and utcnow() - written > UNCLAIMED:
                gone.append(store.address(sha256))
        if gone:
            store.store().delete(gone)
        return len(gone)


def lost_files() -> list[File]:
    """Files whose bytes are not there: for `cartera doctor`, which promises that there are none."""
    stmt = select(File).order_by(File.id)
    return [file for file in db.session.scalars(stmt) if store.written_at(file.sha256) is None]


__all__ = [
    "FileAnswer", "Stored", "answer_file", "attach_file", "file_response_headers", "files_of", "lost_files", "open_file", "read_file",
    "replace_file", "store_bytes", "sweep_unclaimed",
]
