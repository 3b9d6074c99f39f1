"""Notes and files on a record: what can't be taken is said beside the form, and what was typed stays in it."""

import io

import pytest

from core.db import db
from core.files import store
from core.testing.contracts.html import Page


def test_a_note_that_is_too_long_stays_in_the_form_with_the_reason(world, as_user):
    client = as_user("user1")
    long = "x" * 20_001
    answer = client.post("/activity/companies.company/2", data={"text": long, "kind": "call"})
    assert answer.status_code == 422
    form = next(f for f in Page(answer.text).forms if f.action == "/activity/companies.company/2")
    assert (form.data["text"], form.data["kind"]) == (long, "call")
    assert "20,000" in Page(answer.text).text or "20000" in Page(answer.text).text


def test_of_files_of_which_one_is_empty_none_is_attached_and_the_page_names_it(world, as_user):
    client = as_user("user1")
    files = [(io.BytesIO(b"good"), "good.txt"), (io.BytesIO(b""), "empty.txt")]
    answer = client.post("/files/companies.company/2", data={"files": files})
    assert answer.status_code == 422
    assert "empty.txt:" in answer.text
    assert "good.txt" not in client.get("/companies/2?tab=files").text


def test_more_files_than_one_upload_takes_are_refused_as_a_whole(world, as_user):
    client = as_user("user1")
    answer = client.post("/files/companies.company/2", data={"files": [(io.BytesIO(b"x"), f"{n}.txt") for n in range(21)]})
    assert answer.status_code == 422
    assert "At most 20 files" in answer.text
    assert "0.txt" not in client.get("/companies/2?tab=files").text


def sent_twice(client, page, action, **typed):
    """The answers to a form of a page that is sent twice, as by a double click."""
    form = next(f for f in Page(client.get(page).text).forms if f.action == action)
    assert form.data["form_id"]
    return [client.post(action, data={**form.data, **{name: make() for name, make in typed.items()}}) for _ in range(2)]


def test_a_note_that_is_sent_twice_is_noted_once(world, as_user):
    client, page = as_user("user1"), "/companies/2?tab=activity"
    first, second = sent_twice(client, page, "/activity/companies.company/2", text=lambda: "Called back")
    assert (first.status_code, second.status_code, second.location) == (302, 302, first.location)
    assert client.get(page).text.count("<blockquote>Called back</blockquote>") == 1


def test_another_note_from_the_page_that_one_went_back_to_is_noted_too(world, as_user):
    client, page = as_user("user1"), "/companies/2?tab=activity"
    texts = iter(["First", "Second"])
    sent_twice(client, page, "/activity/companies.company/2", text=lambda: next(texts))
    assert all(f"<blockquote>{text}</blockquote>" in client.get(page).text for text in ("First", "Second"))


def test_a_note_that_was_refused_is_taken_when_it_is_mended(world, as_user):
    client, page = as_user("user1"), "/companies/2?tab=activity"
    texts = iter(["x" * 20_001, "Shorter"])
    answers = sent_twice(client, page, "/activity/companies.company/2", text=lambda: next(texts))
    assert [a.status_code for a in answers] == [422, 302]
    assert "<blockquote>Shorter</blockquote>" in client.get(page).text


def test_files_that_are_sent_twice_are_attached_once(world, as_user):
    client, page = as_user("user1"), "/companies/2?tab=files"
    answers = sent_twice(client, page, "/files/companies.company/2", files=lambda: [(io.BytesIO(b"good"), "good.txt")])
    assert [a.status_code for a in answers] == [302, 302]
    assert client.get(page).text.count(">good.txt</a>") == 1


def test_another_file_of_the_same_name_from_the_page_that_one_went_back_to_is_attached_too(world, as_user):
    client, page = as_user("user1"), "/companies/2?tab=files"
    texts = iter([b"draft", b"final version"])
    sent_twice(client, page, "/files/companies.company/2", files=lambda: [(io.BytesIO(next(texts)), "offer.txt")])
    assert client.get(page).text.count(">offer.txt</a>") == 2


@pytest.mark.both_databases
def test_while_the_bytes_of_a_file_are_stored_others_write(world, app, as_user, monkeypatch):
    put, written = store.put, []

    def put_slowly(sha256, source):
        assert not db.session().info.get("write")
        written.append(sha256)
        put(sha256, source)

    monkeypatch.setattr(store, "put", put_slowly)
    client = as_user("user1")
    assert client.post("/files/companies.company/2", data={"files": [(io.BytesIO(b"good"), "good.txt")]}).status_code == 302
    assert len(written) == 1
    assert client.get("/companies/2?tab=files").text.count(">good.txt</a>") == 1
