"""The child process that makes PDFs: it loads WeasyPrint once and forks one grandchild per document, which dies with it.

Started by `core.documents.pdf` as a script of its own (`python -P renderer.py FD FONTS FOLDER`), so it imports nothing of the product
and knows neither its settings nor its secrets. Over the socket FD it gets one file descriptor per document: the grandchild reads the job
from there and answers with a JSON header and bytes, never a pickle, for what a document makes of the grandchild must not reach the caller.
"""

import contextlib
import gc
import json
import os
import re
import resource
import selectors
import shutil
import signal
import socket
import struct
import sys
import tempfile
import time
import traceback
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

IMAGES = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
MAX_REFUSED = 50
WARM_UP = "<html lang=en><body style='font-family:sans-serif'><h1>Warm</h1><table><tr><th>a<td>1 €</table><p><b>b</b> <i>i</i></p>"


class TooComplex(BaseException):
    """The document passes a limit. No Exception, for WeasyPrint goes on after those when an image fails."""


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """`size` bytes from a socket; raises EOFError when it ends before."""
    parts = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def read_header(sock: socket.socket) -> dict[str, Any]:
    """The JSON object at the head of a message."""
    (size,) = struct.unpack("!I", read_exactly(sock, 4))
    return json.loads(read_exactly(sock, size))


def send(sock: socket.socket, header: dict[str, Any], *bodies: bytes) -> None:
    """A message: length of the header, the header as JSON, bytes."""
    raw = json.dumps(header).encode()
    sock.sendall(struct.pack("!I", len(raw)) + raw)
    for body in bodies:
        sock.sendall(body)


def check_image(body: bytes, max_pixels: int) -> str:
    """The media type of an image, by its header, without decoding it.

    Raises ValueError for what is none of IMAGES, TooComplex for too many pixels.
    """
    from PIL import Image

    try:
        with Image.open(BytesIO(body), formats=list(IMAGES.values())) as image:
            width, height = image.size
            kind = next(kind for kind, name in IMAGES.items() if name == image.format)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise TooComplex("image") from None
    except Exception as error:
        raise ValueError("not an image that can be shown") from error
    if width * height > max_pixels:
        raise TooComplex("image")
    return kind


def check_svg(body: bytes) -> None:
    """Raises TooComplex for an SVG that declares entities (a few of them unfold to gigabytes), ValueError for one that may hide them."""
    if re.search(rb"<!(ENTITY|DOCTYPE[^>]*\[)", body, re.IGNORECASE):
        raise TooComplex("svg")
    if b"\0" in body:  # UTF-16
        raise ValueError("not UTF-8")


def make_fetcher(assets: dict[str, tuple[str, bytes]], max_pixels: int) -> Any:
    """What WeasyPrint asks for each address of the document: serves assets and pasted images, refuses and notes everything else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class OnlyAssets(URLFetcher):
        def __init__(self) -> None:
            super().__init__(allowed_protocols=("data",), allow_redirects=False)
            self.refused: dict[str, None] = {}
            self.too_complex = False  # a picture inside an SVG: WeasyPrint swallows even BaseException there

        def fetch(self, url: str, headers: Any = None) -> URLFetcherResponse:
            try:
                kind, body = self.find(url)
            except TooComplex:
                self.too_complex = True
                raise
            except Exception:  # noqa: BLE001 — whatever is wrong with an address, the document goes on without it
                if len(self.refused) < MAX_REFUSED:
                    self.refused[url[:200]] = None
                raise ValueError("refused") from None
            return URLFetcherResponse(url, body, {"Content-Type": kind})

        def find(self, url: str) -> tuple[str, bytes]:
            scheme, _, rest = url.partition(":")
            if scheme.lower() == "asset":
                kind, body = assets[rest]
                if kind in IMAGES:
                    kind = check_image(body, max_pixels)
                elif kind == "image/svg+xml":
                    check_svg(body)
                elif kind != "text/css":
                    raise ValueError(kind)
                return kind, body
            if scheme.lower() != "data":
                raise ValueError(url)
            head, comma, data = rest.partition(",")
            kind, *options = [part.strip().lower() for part in head.split(";")]
            body = unquote_to_bytes(data)
            if "base64" in options:
                body = b64decode(re.sub(rb"\s", b"", body))
            if kind == "image/svg+xml":
                check_svg(body)
            if not comma or kind not in IMAGES:
                raise ValueError(kind)
            return check_image(body, max_pixels), body

    return OnlyAssets()


def check_tree(root: Any, max_depth: int, max_span: int) -> None:
    """Depth and spans of the parsed document, as WeasyPrint is going to see it."""
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        if depth > max_depth:
            raise TooComplex("nesting")
        for name in ("colspan", "rowspan", "span"):
            digits = re.match(r"\s*\+?0*(\d+)", element.get(name, ""))
            if digits and (len(digits[1]) > 6 or int(digits[1]) > max_span):
                raise TooComplex(name)
        stack.extend((child, depth + 1) for child in element)


def make_pdf(html: str, assets: dict[str, tuple[str, bytes]], language: str, limits: dict[str, Any]) -> tuple[bytes, int, list[str]]:
    """Lay a document out. Raises TooComplex where it passes a limit."""
    from weasyprint import HTML

    fetcher = make_fetcher(assets, limits["pixels"])
    document = HTML(string=html, base_url="asset:", url_fetcher=fetcher)
    root = document.etree_element
    check_tree(root, limits["nesting"], limits["span"])
    if not root.get("lang"):
        root.set("lang", language)
    laid_out = document.render()
    data = laid_out.write_pdf()
    if fetcher.too_complex:
        raise TooComplex("image")
    return data, len(laid_out.pages), list(fetcher.refused)


def limit_process(limits: dict[str, Any]) -> None:
    """No more memory, time and files than a document may have; no growing file at all."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # when memory runs short, the document goes and not the site
    with contextlib.suppress(OSError):  # not on macOS, where there is no such limit either
        base = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (base + limits["memory"],) * 2)
    seconds = max(1, int(limits["cpu"]))
    for what, most in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 64), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(what, (most, most))


def one_document(sock: socket.socket) -> None:
    """The grandchild's whole life: read the job, make the PDF, answer."""
    try:
        job = read_header(sock)
        limit_process(job["limits"])
        html = read_exactly(sock, job["html"]).decode()
        assets = {name: (kind, read_exactly(sock, size)) for name, kind, size in job["assets"]}
        data, pages, refused = make_pdf(html, assets, job["language"], job["limits"])
        send(sock, {"ok": True, "pages": pages, "refused": refused, "size": len(data)}, data)
    except (TooComplex, MemoryError, RecursionError) as error:
        send(sock, {"ok": False, "complex": True, "why": f"{type(error).__name__}: {error}"[:200], "size": 0})
    except Exception:  # noqa: BLE001 — the caller logs it and says so
        why = traceback.format_exc()[-2000:]
        send(sock, {"ok": False, "complex": _short_of_memory(job["limits"]["memory"]), "why": why, "size": 0})


def _short_of_memory(memory: int) -> bool:
    """Whether an odd exception comes from a lack of memory: libraries in C turn that into anything.

    Either nothing is left now, or nothing was: what failed may have been freed while the exception was on its way here.
    """
    with contextlib.suppress(OSError):  # no such file on macOS
        peak = re.search(r"VmPeak:\s+(\d+) kB", Path("/proc/self/status").read_text())
        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if peak and most != resource.RLIM_INFINITY and int(peak[1]) * 1024 >= most - memory // 8:
            return True
    try:
        bytearray(memory // 8)
    except MemoryError:
        return True
    return False


def fork_document(sock: socket.socket) -> tuple[int, int]:
    """Start a grandchild on this socket. Gives its process id and a pipe that ends when it does."""
    ended, alive = os.pipe()
    pid = os.fork()  # this process has one thread, so forking it is safe
    if pid:
        os.close(alive)
        return pid, ended
    try:
        low, high = sorted((sock.fileno(), alive))
        for first, last in ((3, low), (low + 1, high), (high + 1, 256)):  # other documents' sockets: their callers wait for the end of them
            os.closerange(first, last)
        tempfile.tempdir = _temporary(os.getpid())
        os.mkdir(tempfile.tempdir)
        one_document(sock)
    finally:
        os._exit(0)


def _temporary(pid: int) -> str:
    """The folder for what WeasyPrint puts down for one document; it goes when the document has ended, however it ended."""
    return os.path.join(os.environ["TMPDIR"], str(pid))


def serve(control: socket.socket) -> None:
    """Fork a grandchild for each socket that arrives, kill it at its deadline, tell its caller how it ended.

    Returns when the owner is gone.
    """
    running: dict[int, tuple[int, socket.socket, float]] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(control, selectors.EVENT_READ)
        while True:
            nearest = min((deadline for _, _, deadline in running.values()), default=None)
            for key, _ in selector.select(None if nearest is None else max(0, nearest - time.monotonic())):
                if key.fileobj is control:
                    wall, fds, _, _ = socket.recv_fds(control, 8, 1)
                    if not wall or not fds:
                        for pid, _, _ in running.values():
                            os.kill(pid, signal.SIGKILL)
                        return
                    sock = socket.socket(fileno=fds[0])
                    pid, ended = fork_document(sock)
                    running[ended] = (pid, sock, time.monotonic() + struct.unpack("!d", wall)[0])
                    selector.register(ended, selectors.EVENT_READ)
                else:
                    pid, sock, _ = running.pop(key.fd)
                    selector.unregister(key.fd)
                    os.close(key.fd)
                    _, status = os.waitpid(pid, 0)
                    shutil.rmtree(_temporary(pid), ignore_errors=True)
                    with contextlib.suppress(OSError):  # a caller that has its PDF may be gone; one that waits has room for four bytes
                        sock.send(struct.pack("!i", os.waitstatus_to_exitcode(status)), socket.MSG_DONTWAIT)
                    sock.close()
            for pid, _, deadline in running.values():
                if deadline <= time.monotonic():
                    os.kill(pid, signal.SIGKILL)


def prepare(fonts: str, folder: str) -> None:
    """Load WeasyPrint and everything that a first document would load: with our own fonts where the asset build has put them."""
    if Path(fonts, "fonts.conf").exists():
        os.environ.update(FONTCONFIG_FILE=str(Path(fonts, "fonts.conf")), XDG_CACHE_HOME=folder)
        os.chdir(fonts)  # older fontconfigs take the conf's relative folder for one of the current folder
    import warnings

    from PIL import Image

    make_pdf(WARM_UP, {}, "en", {"pixels": 1, "nesting": 100, "span": 100})
    Image.MAX_IMAGE_PIXELS = 25_000_000
    Image.init()
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    gc.collect()
    gc.freeze()  # so that grandchildren don't copy pages only to collect what lives anyway
    _wait_for_threads()


def _wait_for_threads() -> None:
    """Pango loads fonts in a thread that ends with the document; forking beside it would leave locks held for ever."""
    for _ in range(100):
        try:
            if len(os.listdir("/proc/self/task")) == 1:
                return
        except OSError:
            return
        time.sleep(0.01)


def main(fd: int, fonts: str, folder: str) -> None:
    control = socket.socket(fileno=fd)
    os.environ["TMPDIR"] = folder
    try:
        try:
            prepare(fonts, folder)
        except BaseException as error:  # noqa: BLE001 — whatever it is, the caller must learn of it
            send(control, {"ready": False, "why": f"{type(error).__name__}: {error}"[:500]})
            return
        send(control, {"ready": True})
        serve(control)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
