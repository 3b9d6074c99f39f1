"""The caller's side of the PDF child: start it at first use, hand it a document, read the answer.

The web and worker processes never load WeasyPrint (70 MB, Pango, and threads that must not be forked); what a document does to the
grandchild that lays it out — memory, time, a crash — ends with that grandchild.
"""

import atexit
import contextlib
import ctypes
import functools
import importlib.util
import json
import logging
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from . import renderer

log = logging.getLogger(__name__)
FONTS = Path(__file__).parent / "fonts"
INSTALL = "sudo apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
LIBRARIES = (
    ("libgobject-2.0.so.0", "libgobject-2.0.0.dylib"),
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    ("libfontconfig.so.1", "libfontconfig.1.dylib"),
)
PASSED_ON = ("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "PYTHONPATH", "TMPDIR", "TZ")
START_SECONDS = 60
TRY_AGAIN_SECONDS = 60


class PdfError(Exception):
    """No PDF was made. `str()` is for the reader, `detail` for the log."""

    for_people = True  # a failed job shows the sentence
    message = _l("The PDF could not be made.")

    def __init__(self, detail: str = "", message: Any = None) -> None:
        super().__init__(detail)
        self.detail = detail
        if message is not None:
            self.message = message

    def __str__(self) -> str:
        return str(self.message)


class DocumentTooComplex(PdfError):
    """The document passes a limit of `Limits`, found before or while it was laid out."""

    message = _l("This document is too complex to become a PDF: fewer nested blocks, a shorter text or smaller pictures will help.")


class PdfUnavailable(PdfError):
    """This machine can't make PDFs, or not now; `str()` says what to do."""

    message = _l("PDFs can't be made right now: try again in a minute.")


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one document may use."""

    wall: float = 20.0
    """Seconds from start to end."""
    cpu: int = 20
    """Seconds of processor time."""
    memory: int = 1 << 30
    """Bytes of address space on top of the idle child's."""
    html: int = 1_000_000
    """Bytes of HTML."""
    nesting: int = 100
    span: int = 100
    """Most columns or rows that a cell may span."""
    pixels: int = 25_000_000
    """Most pixels of one picture."""


LIMITS = Limits()


@dataclass(frozen=True, kw_only=True)
class Pdf:
    """A finished PDF. `refused` are the addresses in the document that were left out, shortened; worth telling whoever wrote it."""

    data: bytes
    pages: int
    refused: tuple[str, ...] = ()


def render_pdf(html: str, *, assets: Mapping[str, tuple[str, bytes]] | None = None, language: str = "en", limits: Limits = LIMITS) -> Pdf:
    """Lay out HTML as a PDF, in a process of its own with limits on memory and time.

    `assets` are the only files that the document can reach: `asset:logo` is name "logo" → (media type, bytes), for pictures
    (png, jpeg, gif, webp, svg) and css. Pictures in `data:` addresses work too, but no SVG there. `language` (as "es") counts where the
    document has no `lang` of its own. Raises DocumentTooComplex, PdfUnavailable, or PdfError when the layout itself fails.
    """
    body = html.encode("utf-8", "replace")
    if len(body) > limits.html:
        raise DocumentTooComplex(f"{len(body)} bytes of HTML")
    files = [(name, kind, data) for name, (kind, data) in (assets or {}).items()]
    job = {"html": len(body), "language": language, "limits": asdict(limits), "assets": [(n, k, len(d)) for n, k, d in files]}
    answer, data = _renderer.run(job, [body, *(d for _, _, d in files)], limits.wall)
    if answer.get("ok"):
        return Pdf(data=data, pages=answer["pages"], refused=tuple(answer["refused"]))
    if answer.get("complex"):
        raise DocumentTooComplex(answer["why"])
    log.error("a document could not be laid out: %s", answer["why"])
    raise PdfError(answer["why"])


def pdf_available() -> str | None:
    """None when this machine can make PDFs, else the reason with what to type. Loads no WeasyPrint and starts nothing."""
    if _renderer.ready:
        return None
    if _renderer.failure and time.monotonic() - _renderer.failed_at < TRY_AGAIN_SECONDS:
        return str(_renderer.failure)
    if importlib.util.find_spec("weasyprint") is None:
        return str(_l("PDFs need the Python package %(name)s.", name="weasyprint"))
    return None if _libraries_load() else str(_l("PDFs need Pango: %(command)s", command=INSTALL))


@functools.cache
def _libraries_load() -> bool:
    for names in LIBRARIES:
        for name in names:
            with contextlib.suppress(OSError):
                ctypes.CDLL(name)
                break
        else:
            return False
    return True


def stop_renderer() -> None:
    """End the child of this process, if there is one; the next document starts another."""
    _renderer.stop()


class _Renderer:
    """The one child of this process. Threads may call `run` at the same time; two documents are laid out at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(2)
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = 0
        self._folder = ""
        self.failure: PdfUnavailable | None = None
        self.failed_at = 0.0

    @property
    def ready(self) -> bool:
        return self._process is not None and self._owner == os.getpid() and self._process.poll() is None

    def run(self, job: dict[str, Any], bodies: list[bytes], wall: float) -> tuple[dict[str, Any], bytes]:
        """Have one document made: the answer's header and its bytes. A grandchild that died counts as too complex a document."""
        if not self._places.acquire(timeout=2 * wall + START_SECONDS):
            raise PdfUnavailable("all places taken")
        try:
            for _ in range(2):  # the child itself may have been killed since the last document
                try:
                    with self._submit(wall) as sock:
                        sock.settimeout(wall + 10)
                        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it died before it read all: the answer says how
                            renderer.send(sock, job, *bodies)
                        return self._answer(sock)
                except (EOFError, BrokenPipeError, ConnectionResetError, TimeoutError) as error:
                    log.warning("the PDF child is started again: %r", error)
                    self.stop()
                    if isinstance(error, TimeoutError):
                        break
            raise PdfUnavailable("no answer")
        finally:
            self._places.release()

    def _answer(self, sock: socket.socket) -> tuple[dict[str, Any], bytes]:
        received = bytearray()
        try:
            while part := sock.recv(1 << 20):
                received += part
                size = struct.unpack_from("!I", received)[0] if len(received) >= 4 else 0
                if 0 < size <= len(received) - 4 and received[4:5] == b"{":
                    header = json.loads(bytes(received[4 : 4 + size]))
                    if len(received) >= 4 + size + header["size"]:
                        return header, bytes(received[4 + size : 4 + size + header["size"]])
        except ConnectionResetError:
            received.clear()
        if len(received) < 4:
            raise EOFError
        (status,) = struct.unpack("!i", received[-4:])
        return {"ok": False, "complex": True, "why": f"ended with status {status}"}, b""

    def _submit(self, wall: float) -> socket.socket:
        control = self._running()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                with self._lock:
                    socket.send_fds(control, [struct.pack("!d", wall)], [theirs.fileno()])
            except OSError as error:
                ours.close()
                raise EOFError from error
        return ours

    def _running(self) -> socket.socket:
        with self._lock:
            if self.ready and self._control is not None:
                return self._control
            self._forget()
            if self.failure and time.monotonic() - self.failed_at < TRY_AGAIN_SECONDS:
                raise self.failure
            try:
                self._start()
                self.failure = None
            except PdfUnavailable as error:
                self.failure, self.failed_at = error, time.monotonic()
                self._forget()
                raise
            return self._control  # type: ignore[return-value]

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}  # no settings, no secrets
        self._folder = tempfile.mkdtemp(prefix="cartera-pdf-")
        command = [sys.executable, "-P", renderer.__file__, str(theirs.fileno()), str(FONTS), self._folder]
        with theirs:
            self._process = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], env=environment, start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._control, self._owner = ours, os.getpid()
        ours.settimeout(START_SECONDS)
        try:
            answer = renderer.read_header(ours)
        except (EOFError, OSError) as error:
            # Pango without a single font ends in a segmentation fault, not in an error.
            hint = _l("PDFs need a font: %(command)s", command="sudo apt install fonts-dejavu-core")
            raise PdfUnavailable(f"the child ended at its start: {error!r}", hint) from None
        if not answer["ready"]:
            log.error("PDFs can't be made: %s", answer["why"])
            raise PdfUnavailable(answer["why"], _l("PDFs need Pango: %(command)s", command=INSTALL))
        ours.settimeout(5)
        atexit.register(self.stop)

    def stop(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        """Close our end: the child kills what it runs, tidies up and goes. A child of the process that we were forked from stays."""
        atexit.unregister(self.stop)
        if self._control is not None:
            self._control.close()
        if self._process is not None:
            if self._owner != os.getpid():
                self._process.returncode = 0
            else:
                try:
                    self._process.wait(timeout=5)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
                shutil.rmtree(self._folder, ignore_errors=True)  # it does so itself, unless it was killed
        self._control = self._process = None


_renderer = _Renderer()
