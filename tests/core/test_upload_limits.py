"""What may be uploaded: one setting, and every page and refusal names the same figure."""

import pytest


@pytest.fixture
def app_settings():
    return {"max_upload": 2_000_000, "jobs": "inline"}


def send(client, address, field, content):
    """Post a file as a browser does. Werkzeug's own encoder leaves a temporary file open when the body is long."""
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="a.csv"\r\n\r\n'.encode()
    return client.post(address, data=head + content + b"\r\n--b--\r\n", content_type="multipart/form-data; boundary=b")


def attach(client, size):
    return send(client, "/files/companies.company/1", "files", b"x" * size)


def test_a_file_that_just_fits_is_taken_and_one_byte_more_is_refused_with_the_limit(world, as_user):
    client = as_user("admin")
    assert attach(client, 2_000_000).status_code == 302
    refused = attach(client, 2_000_001)
    assert refused.status_code == 422
    assert "up to 2 MB" in refused.text
    assert "at most 2 MB at once" in client.get("/companies/1?tab=files").text


def test_too_much_at_once_is_refused_with_the_limit(world, as_user):
    client = as_user("admin")
    answer = attach(client, 11_000_000)
    assert answer.status_code == 413
    assert "Up to 2 MB can be sent at once." in answer.text


def test_the_page_of_an_import_names_no_more_than_the_site_takes(world, as_user):
    client = as_user("admin")
    assert "At most 2 MB." in client.get("/companies/import").text
    answer = send(client, "/companies/import", "file", b"name\n" + b"x" * 2_000_000)
    assert answer.status_code == 413
    assert "up to 2 MB can be read" in answer.text
