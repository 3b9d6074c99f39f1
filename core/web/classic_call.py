"""What a call of the classic API 1.0 says: its parameters out of raw bytes, and the values in `params` (docs/classic-api.md).

Old sites send what they like: Latin-1, commas encoded or not, `;` as a separator. So nothing is decoded before it is split.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from urllib.parse import unquote_to_bytes

LONGEST = 64 * 1024
"""Bytes of a call at most."""
MOST = 200
"""Parameters and values at most."""


def plain_text(raw: bytes) -> str:
    """Bytes as text: UTF-8, else Windows-1252; the five bytes that it leaves open as Latin-1. None becomes U+FFFD."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return "".join(bytes([byte]).decode("cp1252" if byte not in b"\x81\x8d\x8f\x90\x9d" else "latin-1") for byte in raw)


def decoded(raw: bytes) -> str:
    """A raw value as text: + is a space, percent-encoding is taken off once."""
    return plain_text(unquote_to_bytes(raw.replace(b"+", b" ")))


@dataclass(frozen=True, kw_only=True)
class Call:
    """The parameters of a call, raw. `encoded`: they are percent-encoded (an address, a form), not plain (multipart)."""

    raw: Mapping[str, bytes]
    encoded: bool = True

    def get(self, name: str, default: str = "") -> str:
        """A parameter as text."""
        if name not in self.raw:
            return default
        return (decoded(self.raw[name]) if self.encoded else plain_text(self.raw[name])).strip()

    @property
    def values(self) -> list[str]:
        """The values in `params`. Split before decoding where the raw text holds the separator, so that one inside a value survives."""
        raw = self.raw.get("params", b"")
        token = self.raw.get("token", b"")
        separator = (decoded(token) if self.encoded else plain_text(token)) or ","
        in_raw = separator.encode()
        if self.encoded and in_raw in raw:
            return [decoded(part).strip() for part in raw.split(in_raw)]
        text = decoded(raw) if self.encoded else plain_text(raw)
        return [part.strip() for part in text.split(separator)]


def read_call(query: bytes, body: bytes = b"", content_type: str = "") -> Call | None:
    """The call in a raw query string and, for POST, a body, which wins. None when it is too long, or holds too much or a NUL."""
    if len(query) + len(body) > LONGEST:
        return None
    pairs = _pairs(query)
    kind = content_type.partition(";")[0].strip().lower()
    if body and kind == "multipart/form-data":
        parts = _multipart(body, content_type)
        if pairs and parts:  # both at once: the address is decoded, so that all is plain
            pairs = {name: decoded(value).encode() for name, value in pairs.items()}
        return _bounded(Call(raw=pairs | parts, encoded=not parts))
    return _bounded(Call(raw=pairs | _pairs(body.strip())))


def _bounded(call: Call) -> Call | None:
    if len(call.raw) > MOST or len(call.values) > MOST or any("\x00" in call.get(name) for name in call.raw):
        return None
    return call


def _pairs(raw: bytes) -> dict[str, bytes]:
    out: dict[str, bytes] = {}
    for part in raw.split(b"&"):  # never at ";": it may stand in a value, or be the separator
        name, _equals, value = part.partition(b"=")
        if name:
            out[decoded(name).strip()] = value
    return out


def _multipart(body: bytes, content_type: str) -> dict[str, bytes]:
    message = message_from_bytes(b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body)
    out: dict[str, bytes] = {}
    for part in message.get_payload() if message.is_multipart() else ():
        name = part.get_param("name", header="content-disposition")  # type: ignore[union-attr]
        if isinstance(name, str) and name:
            payload = part.get_payload(decode=True)  # type: ignore[union-attr]
            out[name] = payload if isinstance(payload, bytes) else b""
    return out
