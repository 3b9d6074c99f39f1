"""Names and types of files as they leave the house: no path, no trick, and only what is harmless is shown in the browser."""

import re
import unicodedata
from urllib.parse import quote

# Control, direction and invisible marks, halves of surrogate pairs, and what some system takes for a path or a pattern.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff\ud800-\udfff"
    r'/\\:*?"<>|]'
)
SHOWN = {"image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf"}
"""What browsers show in place; all else is saved."""
_MARKS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF87a", "image/gif"), (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)  # fmt: skip
LONGEST = 200


def clean_name(name: str | None) -> str:
    """A file name that is safe everywhere: its last part, NFC, no control or direction marks, at most 200 characters with its ending."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name or ""))[-1]
    cleaned = _UNSAFE.sub("_", last).strip(" .")
    if not cleaned:
        return "file"
    if len(cleaned) > LONGEST:
        stem, dot, ending = cleaned.rpartition(".")
        cleaned = f"{stem[: LONGEST - len(ending) - 1]}.{ending}" if dot and len(ending) <= 10 else cleaned[:LONGEST]
    return cleaned


def sniff(head: bytes) -> str:
    """The media type by the first bytes, for the few that are shown; "application/octet-stream" for all else, whatever the name says."""
    for mark, media_type in _MARKS:
        if head.startswith(mark):
            return media_type
    return "image/webp" if head[:4] == b"RIFF" and head[8:12] == b"WEBP" else "application/octet-stream"


def disposition(name: str, *, inline: bool) -> str:
    """The Content-Disposition header for a name (RFC 6266): plain ASCII for old programs, and the whole name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^\w .()+,=@~-]", "_", plain).strip(" ")
    if not plain.partition(".")[0].strip("_ "):
        plain = f"file{plain.lstrip('_ ')}"  # of 株式会社.pdf its ending is left
    return f"{'inline' if inline else 'attachment'}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
