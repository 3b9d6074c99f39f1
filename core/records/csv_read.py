"""CSV in: what a file is written in, and its records one by one. Nothing is guessed that could be asked.

Encoding: by its mark, else UTF-8 if all of it is, else Windows-1252; never a statistical guess, which takes Spanish for cp1250. The
delimiter is found by parsing with each, not by counting: an address may hold more commas than the file has semicolons. Rows are numbered
by record, the header being row 1. Memory stays small whatever the file: it is read in passes, and limits are checked on the way.
"""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from core.fields.format import size_text

MAX_BYTES = 32_000_000
MAX_COLUMNS = 500
MAX_CELL = 1_000_000
DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = ("utf-8-sig", "utf-16", "cp1252", "utf-16-le", "utf-16-be", "iso-8859-15", "cp850")
_BLOCK = 256 * 1024
_SAMPLE = 200
_SIGNS = {
    b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"%PDF": "PDF", b"PK\x03\x04": "xlsx, ods, zip", b"\xd0\xcf\x11\xe0": "xls",
    b"\x1f\x8b": "gzip", b"Rar!": "rar", b"7z\xbc\xaf": "7z", b"SQLite": "SQLite",
}  # fmt: skip
_NOT_CP1252 = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))


class Unreadable(Exception):
    """The file as a whole can't be taken: `row` and `column` say where (0: nowhere in particular), `kind` what sort of fault it is."""

    def __init__(self, message: str, *, row: int = 0, column: str = "", kind: str = "file"):
        super().__init__(message)
        self.message, self.row, self.column, self.kind = message, row, column, kind


@dataclass(frozen=True, kw_only=True)
class Shape:
    """How a file is written, as it was found or said: encoding, delimiter, and how many lines stand before the first record (`sep=;`)."""

    encoding: str
    delimiter: str
    skip: int = 0


def find_shape(path: Path, known: Callable[[str], bool], *, encoding: str = "", delimiter: str = "") -> Shape:
    """Find out how a file is written, as far as it was not said. `known` tells whether a header is one that the record type has.

    Raises Unreadable for what is no text.
    """
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Unreadable(too_large(MAX_BYTES), kind="size")
    if size == 0:
        raise Unreadable(_("The file is empty."))
    encoding = encoding or _find_encoding(path)
    skip, said = _separator_line(path, encoding)
    return Shape(encoding=encoding, delimiter=delimiter or said or _find_delimiter(path, encoding, skip, known), skip=skip)


def too_large(most: int) -> str:
    """What is said of a file with more than `most` bytes."""
    return _("Files of up to %(size)s can be read; this one is larger.", size=size_text(most, str(get_locale() or "en")))


def _find_encoding(path: Path) -> str:
    with path.open("rb") as f:
        start = f.read(4096)
        for sign, name in _SIGNS.items():
            if start.startswith(sign):
                raise Unreadable(_("This is no CSV file but %(name)s. In a spreadsheet, save it as CSV.", name=name), kind="no text")
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if b"\0" in start:  # UTF-16 without its mark: every other byte is 0 in western texts; else it is a byte that has no place here
            even, odd = start[::2].count(0), start[1::2].count(0)
            if max(even, odd) > len(start) // 5:
                return "utf-16-le" if odd > even else "utf-16-be"
        f.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while block := f.read(_BLOCK):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _as_cp1252(path)
    return "utf-8-sig"


def _as_cp1252(path: Path) -> str:
    line = 1
    with path.open("rb") as f:
        while block := f.read(_BLOCK):
            if bad := [at for byte in _NOT_CP1252 if (at := block.find(byte)) >= 0]:
                line += block.count(b"\n", 0, min(bad))
                raise Unreadable(
                    _("The file is neither UTF-8 nor Windows-1252 (line %(line)s). Choose its encoding, or save it as UTF-8.", line=line),
                    kind="encoding",
                )
            line += block.count(b"\n")
    return "cp1252"


def _separator_line(path: Path, encoding: str) -> tuple[int, str]:
    """Excel's first line `sep=;`, which is no record."""
    with path.open(encoding=encoding, errors="replace", newline="") as f:
        first = f.readline(64).rstrip("\r\n")
    return (1, first[4]) if len(first) == 5 and first[:4].lower() == "sep=" and first[4] in DELIMITERS else (0, "")


def _find_delimiter(path: Path, encoding: str, skip: int, known: Callable[[str], bool]) -> str:
    """The delimiter under which the most headers are known, then the most records have one width, then the widest."""
    scores = {}
    too_wide: Unreadable | None = None
    for place, delimiter in enumerate(DELIMITERS):
        widths: Counter[int] = Counter()
        hits = 0
        broken = False
        try:
            for number, row in islice(records(path, Shape(encoding=encoding, delimiter=delimiter, skip=skip), strict=False), _SAMPLE):
                width = len(row)
                if number == 1:
                    hits = sum(1 for cell in row if known(cell))
                if any(row):
                    widths[width] += 1
        except Unreadable as wrong:
            broken = True
            too_wide = wrong if wrong.kind == "columns" else too_wide
        most, times = widths.most_common(1)[0] if widths else (0, 0)
        even = times / widths.total() if most > 1 else 0
        scores[delimiter] = (hits, not broken, round(even, 1), most, -place)
    best = max(scores, key=lambda d: scores[d])
    if too_wide is not None and scores[best][3] <= 1:
        raise too_wide
    return best


def records(path: Path, shape: Shape, *, strict: bool = True) -> Iterator[tuple[int, list[str]]]:
    """(row number, cells) of each record, the header being row 1; blank lines count, since a spreadsheet shows them as rows.

    Raises Unreadable, with the row, for NUL bytes, quotes that are not closed, cells and rows beyond the limits.
    """
    csv.field_size_limit(MAX_CELL)
    number = before = 0
    with path.open(encoding=shape.encoding, errors="strict", newline="") as f:
        for _line in range(shape.skip):
            f.readline()
        reader = csv.reader(_lines(f, shape.delimiter), delimiter=shape.delimiter, strict=strict)
        try:
            for row in reader:
                number, before = number + 1, reader.line_num
                yield number, row
        except csv.Error as error:
            raise _broken(str(error), number + 1, _line_of_quote(path, shape, shape.skip + before)) from None
        except UnicodeError:
            raise Unreadable(
                _("From here on the file does not fit its encoding (%(name)s). Choose another one.", name=encoding_name(shape.encoding)),
                row=number + 1, kind="encoding",
            ) from None  # fmt: skip
        except Unreadable as wrong:
            wrong.row = number + 1
            raise


def _line_of_quote(path: Path, shape: Shape, before: int) -> int:
    """The line in which the cell begins that can't be read, as text editors count lines; its record begins after `before` lines."""
    d = re.escape(shape.delimiter)
    cell = re.compile(rf'(?:"(?:[^"]|"")*+"|(?!")[^{d}\r\n]*+)(?:{d}|\r\n|\r|\n)')
    with path.open(encoding=shape.encoding, errors="replace", newline="") as f:
        for _line in range(before):
            f.readline()
        text = f.read(2 * MAX_CELL)  # more than a cell may hold: the one that is in the way begins within
    at = 0
    while (found := cell.match(text, at)) and found.end() - at <= MAX_CELL:
        at = found.end()
    return before + 1 + len(re.findall(r"\r\n|\r|\n", text[:at]))


def _broken(error: str, row: int, line: int) -> Unreadable:
    if "field larger" in error:
        return Unreadable(
            _(
                "The cell that begins in line %(line)s holds more than %(n)s characters. If its quote is never closed, close it there, and "
                "choose the file again.",
                line=line, n=f"{MAX_CELL:,}",
            ),
            row=row, kind="size",
        )  # fmt: skip
    if "unexpected end" in error:
        return Unreadable(
            _(
                "The quote that opens in line %(line)s is never closed: the rest of the file would be one cell. Close it at the end of its "
                "cell, or write it twice if it belongs to the text; then choose the file again.",
                line=line,
            ),
            row=row, kind="quote",
        )  # fmt: skip
    if "expected after" in error:
        return Unreadable(
            _(
                "The quote that opens in line %(line)s is closed by one that text follows. Close it at the end of its cell, and write "
                "quotes inside a cell twice; then choose the file again.",
                line=line,
            ),
            row=row, kind="quote",
        )  # fmt: skip
    return Unreadable(_("This row can't be read: %(error)s", error=error), row=row, kind="quote")


def _lines(f: Iterable[str], delimiter: str) -> Iterator[str]:
    for line in f:
        if "\0" in line:
            raise Unreadable(_("The file holds a NUL byte in this row, which no text has. Save it anew as CSV in UTF-8."), kind="NUL")
        if len(line) > MAX_COLUMNS and line.count(delimiter) > MAX_COLUMNS * 40:  # a million cells are not even split
            raise Unreadable(_("This row has more than %(n)s columns.", n=MAX_COLUMNS), kind="columns")
        yield line


def width_of(header: list[str]) -> int:
    """How many columns a header has: empty ones at its end don't count. Raises Unreadable beyond the limit."""
    width = len(header)
    while width and not header[width - 1].strip():
        width -= 1
    if width > MAX_COLUMNS:
        raise Unreadable(_("The file has %(n)s columns; at most %(most)s can be read.", n=width, most=MAX_COLUMNS), row=1, kind="size")
    return width


DELIMITER_WORDS = {",": ("comma", _l("comma")), ";": ("semicolon", _l("semicolon")), "\t": ("tab", _l("tab")), "|": ("bar", _l("bar"))}
"""Delimiter → its name in forms, and in words."""


def encoding_name(encoding: str) -> str:
    """An encoding as people know it."""
    return {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}.get(encoding, encoding.upper())


__all__ = [
    "DELIMITERS", "ENCODINGS", "MAX_BYTES", "MAX_CELL", "MAX_COLUMNS", "Shape", "Unreadable", "encoding_name", "find_shape", "records",
    "too_large", "width_of",
]  # fmt: skip
