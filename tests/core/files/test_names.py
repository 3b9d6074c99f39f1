import pytest

from core.files.names import clean_name, disposition, sniff


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        (r"C:\Users\ana\offer.pdf", "offer.pdf"),
        ("a\r\nSet-Cookie: x=1.txt", "a__Set-Cookie_ x=1.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("zero\u200bwidth\ufeff.txt", "zero_width_.txt"),
        ("half\udcff.txt", "half_.txt"),
        ("..", "file"),
        (".htaccess", "htaccess"),
        ("", "file"),
        (None, "file"),
        ("/", "file"),
        ("cafe\u0301.txt", "café.txt"),
        ("株式会社 😀.pdf", "株式会社 😀.pdf"),
        ("x" * 300 + ".pdf", "x" * 196 + ".pdf"),
        ("x" * 300, "x" * 200),
        ("a." + "y" * 300, "a." + "y" * 198),
    ],
)
def test_a_name_is_safe_everywhere_and_still_the_name(typed, kept):
    assert clean_name(typed) == kept
    assert clean_name(kept) == kept


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a..", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"%PDF-1.7", "application/pdf"),
        (b"RIFF\0\0\0\0WAVE", "application/octet-stream"),
        (b"<svg xmlns=", "application/octet-stream"),
        (b"<html><script>", "application/octet-stream"),
        (b" %PDF-1.7", "application/octet-stream"),
        (b"MZ\x90", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_type_comes_from_the_content(head, media_type):
    assert sniff(head) == media_type


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("offer 1.pdf", "inline; filename=\"offer 1.pdf\"; filename*=UTF-8''offer%201.pdf"),
        ("Año.pdf", "inline; filename=\"Ano.pdf\"; filename*=UTF-8''A%C3%B1o.pdf"),
        ("株式会社.pdf", "inline; filename=\"file.pdf\"; filename*=UTF-8''%E6%A0%AA%E5%BC%8F%E4%BC%9A%E7%A4%BE.pdf"),
        ("a'b;c.txt", "inline; filename=\"a_b_c.txt\"; filename*=UTF-8''a%27b%3Bc.txt"),
    ],
)
def test_the_header_holds_the_name_for_old_and_new_programs(name, header):
    assert disposition(name, inline=True) == header
