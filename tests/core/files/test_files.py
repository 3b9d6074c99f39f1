import hashlib
import io
import os
from datetime import timedelta
from pathlib import Path

import pytest

from core.db import db, utcnow
from core.errors import Invalid
from core.files import services, store
from core.files.models import File
from core.files.services import (
    answer_file,
    attach_file,
    file_response_headers,
    files_of,
    lost_files,
    open_file,
    read_file,
    replace_file,
    sweep_unclaimed,
)

PNG = b"\x89PNG\r\n\x1a\n" + b"pixels"


class Socket(io.RawIOBase):
    """A stream that can be read once, in small pieces, as from a slow client."""

    def __init__(self, data):
        self.data = io.BytesIO(data)

    def readable(self):
        return True

    def read(self, size=-1):
        return self.data.read(min(size, 1000) if size > 0 else 1000)


@pytest.fixture
def ctx(app):
    with app.app_context():
        yield


def attach(work, data=PNG, name="a.png", record_id=1, **more):
    with work():
        return attach_file("companies.company", record_id, data, name, 1, **more)


def test_a_file_comes_back_as_it_went_in(stored, work, ctx):
    file = attach(work, name="../Logo.png", note="from the mail")
    assert (file.name, file.media_type, file.size, file.kind, file.note) == ("Logo.png", "image/png", len(PNG), "attachment", "from the mail")
    assert file.sha256 == hashlib.sha256(PNG).hexdigest()
    assert file.created_by_id == 1
    assert read_file(file) == PNG
    assert b"".join(open_file(file, 1, 4)) == b"PNG"
    assert b"".join(open_file(file, 8)) == b"pixels"


def test_large_files_and_streams_of_all_kinds_are_stored(stored, work, ctx, tmp_path):
    large = os.urandom(12 << 20)
    path = tmp_path / "large"
    path.write_bytes(large)
    with path.open("rb") as handle:
        first = attach(work, handle, "large.bin")
    second = attach(work, Socket(large), "again.bin")
    assert first.sha256 == second.sha256 == hashlib.sha256(large).hexdigest()
    assert b"".join(open_file(second)) == large
    with path.open("rb") as handle:
        handle.seek(5)
        assert attach(work, handle, "tail.bin").size == len(large) - 5


def test_the_same_bytes_are_stored_once(stored, work, ctx):
    one, two = attach(work), attach(work, name="b.png", record_id=2)
    assert one.sha256 == two.sha256
    assert sum(len(part) for part in store.store().list()) == 1


def test_nothing_and_too_much_are_refused_and_leave_nothing(stored, settings, work, ctx, app):
    cartera = app.extensions["cartera"]
    settings(max_upload=3_000_000, files_url=cartera.settings.files_url)
    for data, words in ((b"", "empty"), (bytes(3_000_001), "up to 3 MB"), (Socket(bytes(4_000_000)), "up to 3 MB")):
        with pytest.raises(Invalid, match=words):
            attach(work, data)
    assert sum(len(part) for part in store.store().list()) == 0
    assert db.session.query(File).count() == 0


def test_a_replaced_file_leaves_the_list_and_stays_readable(stored, work, ctx):
    with work():
        old = replace_file(None, "invoices.invoice", 7, b"%PDF-old", "invoice.pdf", None, kind="invoice_pdf")
    with work():
        new = replace_file(db.session.get(File, old.id), "invoices.invoice", 7, b"%PDF-new", "invoice.pdf", 1, kind="invoice_pdf", note="2")
    with work():
        attach_file("invoices.invoice", 7, b"x", "x.txt", None)
    db.session.expire_all()
    assert [f.id for f in files_of("invoices.invoice", [7, 8], kind="invoice_pdf")] == [new.id]
    assert len(files_of("invoices.invoice", [7])) == 2
    assert files_of("invoices.invoice", []) == []
    assert db.session.get(File, old.id).replaced_at == new.created_at
    assert read_file(old) == b"%PDF-old"


@pytest.mark.parametrize(
    ("data", "inline"),
    [(PNG, True), (b"%PDF-1.7 <script>", True), (b"<svg onload=alert(1)>", False), (b"<html><script>alert(1)</script>", False)],
)
def test_only_what_is_harmless_is_shown_and_nothing_runs(settings, work, ctx, data, inline):
    settings()
    headers = file_response_headers(attach(work, data, "x.html"))
    assert headers["Content-Disposition"].startswith("inline" if inline else "attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Length"] == str(len(data))
    if not inline:
        assert headers["Content-Type"] == "application/octet-stream"
        assert headers["Content-Security-Policy"].startswith("sandbox")


@pytest.mark.parametrize(
    ("asked", "status", "part", "range_"),
    [
        (None, 200, b"0123456789", None),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-30", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=2-400", 206, b"23456789", "bytes 2-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=4-2", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("lines=1-2", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=" + "9" * 400 + "-", 200, b"0123456789", None),
    ],
)
def test_a_part_can_be_asked_for(stored, work, ctx, asked, status, part, range_):
    answer = answer_file(attach(work, b"0123456789", "digits"), asked)
    assert (answer.status, b"".join(answer.body)) == (status, part)
    assert answer.headers.get("Content-Range") == range_
    assert answer.headers["Content-Length"] == str(len(part))


def test_bytes_that_nobody_names_are_swept_after_an_hour_and_no_others(stored, work, ctx, monkeypatch):
    kept = attach(work)

    def change_my_mind():
        with work():
            attach_file("companies.company", 1, b"never committed", "b", 1)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        change_my_mind()
    store.store().put("notes/of somebody else.txt", b"x")
    assert sweep_unclaimed() == 0  # younger than an hour: its transaction may still be open
    later = utcnow() + timedelta(minutes=61)
    monkeypatch.setattr(services, "utcnow", lambda: later)
    assert sweep_unclaimed() == 1
    assert read_file(kept) == PNG
    assert sorted(str(meta["path"]) for part in store.store().list() for meta in part) == sorted(
        [store.address(kept.sha256), "notes/of somebody else.txt"]
    )
    assert lost_files() == []


def test_old_bytes_that_are_attached_again_are_young_again(settings, work, ctx, app):
    """They were unclaimed for long, and the sweep may be about to take them when somebody attaches the same."""
    settings()
    file = attach(work)
    path = app.extensions["cartera"].settings.files_dir / store.address(file.sha256)
    os.utime(path, (0, 0))
    attach(work)
    assert path.stat().st_mtime > 0
    young = path.stat().st_mtime_ns
    attach(work)
    assert path.stat().st_mtime_ns == young


@pytest.mark.both_databases
def test_the_sweep_asks_again_before_it_takes(app, database, settings, work, ctx, monkeypatch):
    settings()
    file = attach(work)
    later = utcnow() + timedelta(hours=2)
    monkeypatch.setattr(services, "utcnow", lambda: later)
    assert services._remove([file.sha256]) == 0  # a row came between its two looks
    assert sweep_unclaimed() == 0
    assert read_file(file) == PNG


def test_what_a_killed_process_left_half_written_is_swept(settings, work, ctx, app):
    settings()
    file = attach(work)
    folder = app.extensions["cartera"].settings.files_dir
    half = (folder / store.address(file.sha256)).with_name("0" * 64 + "#1")
    half.write_bytes(b"half")
    assert sweep_unclaimed() == 0
    os.utime(half, (0, 0))
    assert sweep_unclaimed() == 1
    assert not half.exists()
    assert (folder.stat().st_mode & 0o077) == 0


def test_lost_bytes_are_named_and_raise_at_once(stored, work, ctx):
    file = attach(work)
    store.store().delete(store.address(file.sha256))
    assert [f.id for f in lost_files()] == [file.id]
    with pytest.raises(FileNotFoundError):
        answer_file(file)


def test_a_folder_of_its_own_can_be_named(settings, work, ctx, tmp_path):
    settings(files_url=(tmp_path / "far away").as_uri())
    file = attach(work)
    assert Path(tmp_path, "far away", store.address(file.sha256)).read_bytes() == PNG


def test_a_large_upload_takes_little_memory(settings, app, tmp_path):
    """100 MB through a fresh process: it grows by less than 30 MB, up and down."""
    import subprocess
    import sys

    large = tmp_path / "large"
    with large.open("wb") as handle:
        for _ in range(100):
            handle.write(os.urandom(1 << 20))
    program = f"""
import sys
from types import SimpleNamespace
from core.files import store, services
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) >> 10
folder = SimpleNamespace(files_url="", files_dir=__import__("pathlib").Path({str(tmp_path / "files")!r}))
made = store.make_store(folder)
store.store = lambda: made
before = peak()
with open({str(large)!r}, "rb") as source:
    stored = services._put(source, 1 << 30)
assert stored.size == 100 << 20
assert sum(len(chunk) for chunk in store.read(stored.sha256)) == stored.size
print(peak() - before)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(store.__file__).parents[2])
    assert int(done.stdout) < 30
