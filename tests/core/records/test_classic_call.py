"""What a call of the classic API says, out of raw bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.web.classic_call import Call, plain_text, read_call


def values(query, **kw):
    return read_call(query.encode("latin-1"), **kw).values


def test_a_comma_inside_a_value_survives_when_it_is_encoded():
    assert values("params=Ana%20Prueba,ACME%20SA,Hola%2C%20busco+precio%2C,1") == ["Ana Prueba", "ACME SA", "Hola, busco precio,", "1"]


def test_a_client_that_encodes_everything_is_decoded_first():
    assert values("params=Ana%2CACME%2Cana%40example.net") == ["Ana", "ACME", "ana@example.net"]


def test_bytes_that_are_no_utf8_are_windows_1252():
    assert values("params=Jos%E9%20Mu%F1oz,Precio%20en%20%80,%C3%B1") == ["José Muñoz", "Precio en €", "ñ"]
    assert "\ufffd" not in plain_text(bytes(range(256)))


def test_a_separator_of_ones_own_may_be_encoded_and_hold_semicolons():
    assert values("token=%7C&params=Ana,%20la%20de%20ventas%7CACME%7C%7Chola,%20qu%C3%A9") == ["Ana, la de ventas", "ACME", "", "hola, qué"]
    assert values("token=;;&params=Eva;;ACME;;;;uno;dos;;1") == ["Eva", "ACME", "", "uno;dos", "1"]
    assert values("token=|&params=a%7Cb|c") == ["a|b", "c"]
    assert values("token=&params=a,b") == ["a", "b"]


def test_values_are_trimmed_and_empty_ones_kept():
    assert values("params=+a+,,%20,b") == ["a", "", "", "b"]
    assert values("op=x") == [""]


def test_a_body_wins_over_the_address():
    call = read_call(b"user=a&op=x", b"user=b&params=1%2C2", "application/x-www-form-urlencoded")
    assert (call.get("user"), call.get("op"), call.values) == ("b", "x", ["1", "2"])


def test_a_multipart_body_is_taken_as_it_is():
    head = b'--X\r\nContent-Disposition: form-data; name="%s"\r\n\r\n'
    body = head % b"params" + b"Mu\xf1oz, a%2Cb+c,\r\n" + head % b"user" + b"api\r\n--X--\r\n"
    call = read_call(b"op=create%5Flead", body, "multipart/form-data; boundary=X")
    assert (call.get("user"), call.get("op"), call.values) == ("api", "create_lead", ["Muñoz", "a%2Cb+c", ""])


def test_what_is_too_long_is_no_call():
    assert read_call(b"params=" + b"a" * 70_000) is None
    assert read_call(b"params=" + b"," * 300) is None
    assert read_call(b"&".join(b"p%d=1" % n for n in range(300))) is None
    assert read_call(b"params=a%00b") is None


@given(
    st.binary(max_size=300), st.binary(max_size=300), st.sampled_from(["", "multipart/form-data; boundary=X", "multipart/form-data", "a/b"])
)
def test_no_bytes_break_it(query, body, kind):
    call = read_call(query, body, kind)
    assert call is None or all(isinstance(v, str) for v in call.values)


@given(st.lists(st.text(min_size=1, max_size=20).map(str.strip), min_size=2, max_size=8), st.sampled_from([",", "|", ";;"]))
def test_what_a_form_encodes_value_by_value_comes_out_as_it_was(parts, token):
    from urllib.parse import quote

    raw = token.join(quote(part, safe="") for part in parts)
    assert Call(raw={"params": raw.encode(), "token": quote(token).encode()}).values == parts


@pytest.mark.parametrize("text", ["", "a", "é€", "日本"])
def test_utf8_stays_what_it_is(text):
    assert plain_text(text.encode()) == text
