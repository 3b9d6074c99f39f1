"""Attaching files to records, replacing them, reading them. Bytes first, then the row: a row never points at nothing.

Bytes that no row names (a transaction that was rolled back) are swept an hour later.
"""

import hashlib
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import IO

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from core.addons.runtime import runtime
from core.db import db, utcnow
from core.errors import Invalid

from .models import File
from .names import SHOWN, clean_name, disposition, sniff
from .store import address, store

CHUNK = 1 << 20
UNCLAIMED = timedelta(hours=1)


def _put(source: IO[bytes], limit: int) -> tuple[str, int, str]:
    """Store bytes under their hash; gives hash, size and media type. Raises Invalid when there are too many or none."""
    from obstore.exceptions import AlreadyExistsError

    digest, size, head = hashlib.sha256(), 0, b""
    with tempfile.SpooledTemporaryFile(max_size=8 * CHUNK) as copy:
        while chunk := source.read(CHUNK):
            head = head or chunk[:16]
            size += len(chunk)
            if size > limit:
                raise Invalid({"file": _l("A file may have up to %(n)s MB.", n=limit // (1 << 20))})
            digest.update(chunk)
            copy.write(chunk)
        if not size:
            raise Invalid({"file": _l("This file is empty.")})
        copy.seek(0)
        try:
            store().put(address(digest.hexdigest()), copy, mode="create")
        except AlreadyExistsError:
            pass  # the same bytes are there: that is what their name says
    return digest.hexdigest(), size, sniff(head)


def attach_file(
    record_type: str,
    record_id: int,
    source: IO[bytes] | bytes,
    name: str,
    actor_id: int | None,
    *,
    kind: str = "attachment",
    note: str | None = None,
) -> File:
    """A new file on a record. The caller has checked that its writer may edit the record. Raises Invalid when it is empty or too large."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    sha256, size, media_type = _put(stream, runtime().settings.max_upload)
    file = File(
        record_type=record_type, record_id=record_id, name=clean_name(name), media_type=media_type, size=size, sha256=sha256, kind=kind,
        created_by_id=actor_id, note=note,
    )  # fmt: skip
    db.session.add(file)
    db.session.flush()
    return file


def replace_file(old: File | None, record_type: str, record_id: int, source: bytes, name: str, actor_id: int | None, *, kind: str) -> File:
    """The new version of a file: the old one leaves the list and stays reachable by its address."""
    if old is not None:
        old.replaced_at = utcnow()
    return attach_file(record_type, record_id, source, name, actor_id, kind=kind)


def files_of(record_type: str, record_ids: Sequence[int], *, kind: str | None = None) -> list[File]:
    """The current files of some records, newest first."""
    stmt = select(File).where(File.record_type == record_type, File.record_id.in_(record_ids), File.replaced_at.is_(None))
    if kind:
        stmt = stmt.where(File.kind == kind)
    return list(db.session.scalars(stmt.order_by(File.id.desc())))


def open_file(file: File) -> Iterator[bytes]:
    """The bytes of a file, in chunks. Found at once, so that a stream can go on after the request's context has ended."""
    found = store().get(address(file.sha256))
    return (bytes(chunk) for chunk in found.stream(min_chunk_size=CHUNK))


def read_file(file: File) -> bytes:
    """The bytes of a small file of our own (a logo, a PDF) at once."""
    return b"".join(open_file(file))


def file_response_headers(file: File) -> Mapping[str, str]:
    """The headers under which a file leaves: shown only if harmless, else saved; nothing in it runs (security.md row 5)."""
    inline = file.media_type in SHOWN
    headers = {
        "Content-Type": file.media_type if inline else "application/octet-stream",
        "Content-Disposition": disposition(file.name, inline=inline),
        "Content-Length": str(file.size),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "private, no-store",
    }
    if file.media_type == "application/pdf":
        headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
    else:
        headers["Content-Security-Policy"] = "sandbox; default-src 'none'; img-src 'self'"
    return headers


def sweep_unclaimed() -> int:
    """Remove bytes that no row names and that are older than an hour; gives how many."""
    found = 0
    for part in store().list(chunk_size=500):
        old = {str(meta["path"]).rsplit("/", 1)[-1]: meta["path"] for meta in part if utcnow() - meta["last_modified"] > UNCLAIMED}
        known = set(db.session.scalars(select(File.sha256).where(File.sha256.in_(list(old)))))
        for name, path in old.items():
            if name not in known:
                store().delete(path)
                found += 1
    return found


__all__ = ["attach_file", "file_response_headers", "files_of", "open_file", "read_file", "replace_file", "sweep_unclaimed"]
