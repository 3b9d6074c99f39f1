"""Reading files: in whatever they are written, record by record, with faults named by row."""

import codecs
import csv
import io

import pytest

from core.records import csv_read
from core.records.csv_read import Shape, Unreadable, find_shape, records

KNOWN = {"name", "address", "country", "comments"}


@pytest.fixture(autouse=True)
def in_app(app):
    """Words of people's language need an app."""
    with app.test_request_context():
        yield


@pytest.fixture
def file(tmp_path):
    """`file("a,b\\n")` or `file(bytes)`: a file with this in it."""

    def make(content, encoding="utf-8"):
        path = tmp_path / "file.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


def shape_of(path, **said):
    return find_shape(path, lambda cell: cell.strip("\ufeff \"'").lower() in KNOWN, **said)


def read(path, **said):
    return list(records(path, shape_of(path, **said)))


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("name\nPeñalver – 20 €\n".encode("cp1252"), "cp1252"),
        ("name\nPeñalver – 20 €\n".encode(), "utf-8-sig"),
        (codecs.BOM_UTF8 + "name\nPeñalver – 20 €\n".encode(), "utf-8-sig"),
        ("name\nPeñalver – 20 €\n".encode("utf-16"), "utf-16"),
        (codecs.BOM_UTF16_BE + "name\nPeñalver – 20 €\n".encode("utf-16-be"), "utf-16"),
        ("name\nPeñalver – 20 €\n".encode("utf-16-le"), "utf-16-le"),
    ],
)
def test_the_encoding_is_found_and_the_text_is_exact(file, content, encoding):
    path = file(content)
    assert shape_of(path).encoding == encoding
    assert read(path) == [(1, ["name"]), (2, ["Peñalver – 20 €"])]


def test_an_encoding_that_was_said_wins(file):
    assert read(file("name\nPe\xf1alver\n", "cp850"), encoding="cp850")[1] == (2, ["Peñalver"])


def test_a_byte_that_windows_does_not_know_is_named_by_its_line(file):
    with pytest.raises(Unreadable, match="line 2"):
        shape_of(file(b"name\nPe\x81\xf1\n"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_by_parsing(file, delimiter):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerows([["name", "address", "comments"], ["Delta", "a, b, c, d,\ne, f; g; h|i\tj", "x, y, z, 1, 2, 3"]])
    assert shape_of(file(text.getvalue())).delimiter == delimiter


def test_a_file_of_one_column_is_one_column(file):
    assert read(file("name\nA\nB\n")) == [(1, ["name"]), (2, ["A"]), (3, ["B"])]


def test_the_line_that_names_the_separator_is_no_record(file):
    assert read(file("sep=;\nname;country\nA;ES\n")) == [(1, ["name", "country"]), (2, ["A", "ES"])]


def test_rows_are_records_and_blank_lines_count(file):
    assert [n for n, _cells in read(file('name\n"A\nB"\n\nC\n'))] == [1, 2, 3, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_ends_a_row(file, end):
    assert read(file(f"name{end}A{end}")) == [(1, ["name"]), (2, ["A"])]


def test_a_quote_that_is_never_closed_is_named_by_its_row(file):
    with pytest.raises(Unreadable) as refused:
        read(file('name,address\nA,\nB,"open\nC,\nD,\n'))
    assert (refused.value.row, refused.value.kind) == (3, "quote")


def test_a_quote_that_closes_at_the_wrong_place_is_named_by_its_row(file):
    with pytest.raises(Unreadable) as refused:
        read(file('name,address\nA,"open\nB,\nC,"x",\n'))
    assert (refused.value.row, refused.value.kind) == (2, "quote")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "sep=;\n"])
@pytest.mark.parametrize(
    ("rows", "row", "line"),
    [
        (['A,x', 'B,"open', 'C,y'], 3, 3),
        (['"A', 'two', 'lines",x', 'B,"open', 'C,y'], 3, 5),
        (['A,"closed', 'at last","open', 'C,y'], 2, 3),
        (['A,"a ""quoted"" word"', 'B,"open', 'C,""y""'], 3, 3),
        (['A,6" wide', '', 'B,"open', 'C,y'], 4, 4),
        (['A,x', 'B,"open', 'C,"a text",y', 'D,'], 3, 3),
        (['A,x', 'B,"a "word" in it",y'], 3, 3),
        (['"open', 'A,x'], 2, 2),
    ],
)
def test_a_quote_that_is_not_closed_is_named_by_the_line_in_which_it_opens(file, rows, row, line, start, end):
    text = end.join(["name,address", *rows, ""]).replace(",", ";" if start else ",")
    with pytest.raises(Unreadable, match=f"line {line + bool(start)} ") as refused:
        read(file(start + text))
    assert refused.value.row == row


def test_a_cell_that_is_too_large_because_of_its_quote_is_named_by_its_line(file):
    with pytest.raises(Unreadable, match="line 4 ") as refused:
        read(file('name,address\n"A\nB",\nC,"open\n' + "D,some words\n" * 100_000))
    assert refused.value.row == 3


def test_a_nul_byte_is_named_by_its_row(file):
    with pytest.raises(Unreadable) as refused:
        read(file(b"name,country\nA,ES\nB\0,ES\n" + b"C,ES\n" * 2000))
    assert (refused.value.row, refused.value.kind) == (3, "NUL")


@pytest.mark.parametrize(
    ("start", "name"), [(b"\x89PNG\r\n\x1a\n\0\0", "PNG"), (b"PK\x03\x04", "xlsx"), (b"%PDF-1.7", "PDF"), (b"\x1f\x8b\x08", "gzip")]
)
def test_what_is_no_text_is_called_by_its_name(file, start, name):
    with pytest.raises(Unreadable, match=name):
        shape_of(file(start + b"x" * 100))


def test_an_empty_file_says_so(file):
    with pytest.raises(Unreadable, match="empty"):
        shape_of(file(b""))


def test_a_file_beyond_the_limit_is_named_with_the_limit(file, monkeypatch):
    monkeypatch.setattr(csv_read, "MAX_BYTES", 2_000_000)
    with pytest.raises(Unreadable, match="up to 2 MB can be read") as refused:
        shape_of(file(b"name\n" + b"x" * 2_000_000))
    assert refused.value.kind == "size"


def test_a_cell_of_a_megabyte_is_refused_by_its_row(file):
    with pytest.raises(Unreadable) as refused:
        read(file("name\nA\n" + "x" * 1_100_000 + "\n"))
    assert (refused.value.row, refused.value.kind) == (3, "size")


def test_a_million_columns_are_refused_before_they_are_split(file):
    with pytest.raises(Unreadable) as refused:
        list(records(file("," * 1_000_000), Shape(encoding="utf-8", delimiter=",")))
    assert refused.value.kind == "columns"


def test_empty_columns_at_the_end_of_the_header_do_not_count():
    assert csv_read.width_of(["name", "country", "", " ", ""]) == 2


def test_more_than_the_most_columns_are_refused():
    with pytest.raises(Unreadable, match="501 columns; at most 500"):
        csv_read.width_of(["x"] * 501)


def test_a_mark_that_lies_about_the_encoding_is_said_and_breaks_nothing(file):
    with pytest.raises(Unreadable):
        read(file(codecs.BOM_UTF16_LE + b"name,country\nA,ES\nB"))
