"""Notes and files on a record: what can't be taken is said beside the form, and what was typed stays in it."""

import io
import re
import threading

import pytest
from sqlalchemy import func, select

from core.activity import Note
from core.db import db, utcnow
from core.files import services as files
from core.files import store
from core.files.models import File
from core.records import attached
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


# --- changed and removed ---


@pytest.fixture
def put(world, as_user, app):
    """`put("file")` or `put("note")`: the address of one that user1 put on his company, and its name or text as pages show it."""

    def make(what, company=2, login="user1"):
        if what == "file":
            as_user(login).post(f"/files/companies.company/{company}", data={"files": [(io.BytesIO(b"bytes"), "offer.txt")]})
        else:
            as_user(login).post(f"/activity/companies.company/{company}", data={"text": "Called back"})
        with app.app_context():
            return f"/{what}s/{db.session.scalar(select(func.max(File.id if what == 'file' else Note.id)))}"

    return make


SHOWN = {"file": ("/companies/2?tab=files", ">offer.txt</a>"), "note": ("/companies/2?tab=activity", "<blockquote>Called back</blockquote>")}
both = pytest.mark.parametrize("what", ["file", "note"])


@both
def test_what_is_removed_leaves_the_page_is_told_of_in_history_and_comes_back_by_its_undo(what, put, as_user):
    client, (page, shown), where = as_user("user1"), SHOWN[what], put(what)
    assert f'action="{where}/remove"' in client.get(page).text
    after = client.post(f"{where}/remove", follow_redirects=True)
    assert after.status_code == 200
    assert shown not in after.text
    assert f'data-undo="{where}/restore"' in after.text or f'action="{where}/restore"' in after.text
    for address in (page, "/companies/2", "/search?q=offer"):
        assert shown not in client.get(address).text
    history = Page(client.get("/companies/2?tab=history").text).text
    assert {"file": "File offer.txt → –", "note": "Note Called back → –"}[what] in history
    if what == "file":
        assert client.get(where).status_code == 404
    assert client.post(f"{where}/remove").status_code == 404
    assert shown in client.post(f"{where}/restore", follow_redirects=True).text
    assert client.post(f"{where}/restore").status_code == 404
    if what == "file":
        assert client.get(where).data == b"bytes"


@both
def test_only_who_may_edit_the_record_removes_and_brings_back(what, put, as_user):
    (page, shown), where = SHOWN[what], put(what)
    sees = put(what, company=3, login="manager1")
    for do in ("remove", "restore"):
        assert as_user("user1").post(f"{sees}/{do}").status_code == (403 if do == "remove" else 404)
        assert as_user("user2").post(f"{where}/{do}").status_code == 404
    assert f'action="{sees}/remove"' not in as_user("user1").get(page.replace("/2?", "/3?")).text
    assert as_user("manager1").post(f"{where}/remove").status_code == 302  # a mate with CRM Manage edits it
    assert as_user("user1").post(f"{sees}/restore").status_code == 404
    assert as_user("user2").post(f"{where}/restore").status_code == 404
    assert shown in as_user("user1").post(f"{where}/restore", follow_redirects=True).text


def test_a_note_is_changed_and_history_tells_what_it_said(put, as_user):
    client, where = as_user("user1"), put("note")
    (form,) = [f for f in Page(client.get(where).text).forms if "text" in f.controls]
    assert form.data["text"] == "Called back"
    after = client.post(where, data={"text": "Called back twice", "kind": "call"}, follow_redirects=True)
    assert "<blockquote>Called back twice</blockquote>" in after.text
    assert "Note Called back → Called back twice" in Page(client.get("/companies/2?tab=history").text).text
    for text in ("", " ", "x" * 20_001):
        refused = client.post(where, data={"text": text, "kind": "call"})
        assert refused.status_code == 422
        assert 'role="alert"' in refused.text
    assert "<blockquote>Called back twice</blockquote>" in client.get("/companies/2?tab=activity").text
    foreign = put("note", company=3, login="manager1")
    assert [as_user("user1").get(foreign).status_code, as_user("user1").post(foreign, data={"text": "x"}).status_code] == [403, 403]
    assert as_user("user2").get(where).status_code == as_user("user1").get("/notes/999999").status_code == 404


def test_of_two_who_change_a_note_the_second_sees_the_firsts_text_and_loses_nothing(put, as_user):
    where, mine, theirs = put("note"), as_user("user1"), as_user("manager1")
    opened, unread = (next(f for f in Page(c.get(where).text).forms if "text" in f.controls).data for c in (mine, theirs))
    assert theirs.post(where, data={**unread, "text": "Theirs", "kind": "meeting"}).status_code == 302
    too_long = mine.post(where, data={**opened, "text": "x" * 20_001})
    assert too_long.status_code == 422
    kept = next(f for f in Page(too_long.text).forms if "text" in f.controls).data
    refused = mine.post(where, data={**kept, "text": "Mine", "kind": "call"})
    assert refused.status_code == 409
    assert "<blockquote>Theirs</blockquote>" in refused.text
    assert "Saved by somebody else · Meeting" in Page(refused.text).text
    again = next(f for f in Page(refused.text).forms if "text" in f.controls).data
    assert (again["text"], again["kind"]) == ("Mine", "call")
    assert "<blockquote>Theirs</blockquote>" in mine.get("/companies/2?tab=activity").text
    assert mine.post(where, data=again).status_code == 302
    assert "<blockquote>Mine</blockquote>" in mine.get("/companies/2?tab=activity").text
    assert mine.post(where, data={**opened, "text": "Mine", "kind": "call"}).status_code == 302  # it says what they agree on


def test_by_rest_a_note_is_changed_from_the_version_that_was_read_only(put, api_as):
    where = put("note").replace("/notes", "/api/v1/companies/2/notes")
    mine, theirs = api_as("user1"), api_as("manager1")
    version = mine.get("/api/v1/companies/2/notes").json["items"][0]["version"]
    first = theirs.patch(where, json={"text": "Theirs"}, headers={"If-Match": f'"{version}"'})
    assert (first.status_code, first.json["version"], first.headers["ETag"]) == (200, version + 1, f'"{version + 1}"')
    for seen in ({"headers": {"If-Match": f'"{version}"'}, "json": {"text": "Mine"}}, {"json": {"text": "Mine", "version": version}}):
        refused = mine.patch(where, **seen)
        assert (refused.status_code, refused.json["version"]) == (409, version + 1)
        assert refused.json["fields"] == [{"field": "text", "theirs": "Theirs", "yours": "Mine"}]
    assert mine.patch(where, json={"text": "Mine"}, headers={"If-Match": "x"}).status_code == 400
    assert mine.patch(where, json={"text": "Mine", "version": version + 1}).json["version"] == version + 2


def test_what_was_made_anew_after_its_removal_does_not_come_back_beside_the_new_one(put, as_user, work):
    def made(text):
        with work():
            return files.replace_file(None, "companies.company", 2, text, f"{text.decode()}.pdf", None, kind="invoice_pdf").id

    client, old, other = as_user("user1"), made(b"old"), int(put("file").rpartition("/")[2])
    for id in (old, other):
        assert client.post(f"/files/{id}/remove").status_code == 302
    new = made(b"new")
    after = client.post(f"/files/{old}/restore", follow_redirects=True)
    assert "old.pdf stays out of the list" in Page(after.text).text
    assert [name in after.text for name in (">old.pdf</a>", ">new.pdf</a>")] == [False, True]
    assert [client.get(f"/files/{id}").data for id in (old, new)] == [b"old", b"new"]
    assert ">offer.txt</a>" in client.post(f"/files/{other}/restore", follow_redirects=True).text


def test_under_a_lock_only_who_made_the_record_removes_not_even_a_superadmin_does(world, as_user, api_as):
    made = api_as("user1").post(
        "/api/v1/invoices", json={"company_id": 2, "invoice_create_date": "2026-01-15", "lines": [{"concept": "x", "unit_price": "1"}]}
    ).json["id"]
    as_user("user1").post(f"/files/invoices.invoice/{made}", data={"files": [(io.BytesIO(b"bytes"), "proof.txt")]})
    page = as_user("user1").get(f"/invoices/{made}?tab=files").text
    where = re.search(r'action="(/files/\d+/remove)">(?:(?!</form>).)*aria-label="Remove proof.txt"', page, re.S).group(1)
    assert as_user("user1").post(f"/invoices/{made}/lock").status_code == 302
    assert as_user("admin").post(where).status_code == 409
    assert "proof.txt" in as_user("user1").get(f"/invoices/{made}?tab=files").text
    assert as_user("user1").post(where).status_code == 302


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("what", "do"), [("file", "/remove"), ("note", "/remove"), ("note", "")])
def test_whoever_comes_second_finds_that_it_was_removed(what, do, put, as_user, monkeypatch):
    where, load, first = put(what), attached.load, []
    mine, theirs = as_user("user1"), as_user("manager1")

    def load_late(rt, id, actor, action):
        if not first:  # between the look at what hangs there and the lock on its record somebody else is quicker
            first.append(None)
            other = threading.Thread(target=lambda: first.append(theirs.post(f"{where}/remove").status_code))
            other.start()
            other.join(30)
        return load(rt, id, actor, action)

    monkeypatch.setattr(attached, "load", load_late)
    assert mine.post(where + do, data={"text": "Too late", "kind": "note"}).status_code == 404
    assert first == [None, 302]
    history = Page(mine.get("/companies/2?tab=history").text).text
    assert history.count({"file": "File offer.txt → –", "note": "Note Called back → –"}[what]) == 1
    assert "Too late" not in history


@both
def test_what_was_removed_a_month_ago_is_forgotten_with_its_bytes(what, put, as_user, app, monkeypatch):
    client, where = as_user("user1"), put(what)
    client.post(f"{where}/remove")
    with app.app_context():
        assert attached.sweep_removed() == 0
        monkeypatch.setattr(attached, "utcnow", lambda: utcnow() + attached.KEPT)
        bytes_of = db.session.scalars(select(File.sha256).where(File.removed_at.is_not(None))).all()
        monkeypatch.setattr(files, "utcnow", lambda: utcnow() + attached.KEPT)
        files.sweep_unclaimed()
        assert all(store.written_at(sha256) for sha256 in bytes_of)
        assert attached.sweep_removed() == 1
        files.sweep_unclaimed()
        assert [store.written_at(sha256) for sha256 in bytes_of] == [None] * (what == "file")
    assert client.post(f"{where}/restore").status_code == 404


@both
def test_by_rest_they_are_listed_removed_and_brought_back_where_they_hang(what, put, api_as):
    number = int(put(what).rpartition("/")[2])
    api, where = api_as("user1"), f"/api/v1/companies/2/{what}s"
    (item,) = api.get(where).json["items"]
    assert (item["id"], item.get("text", item.get("name"))) == (number, {"file": "offer.txt", "note": "Called back"}[what])
    assert api.delete(f"/api/v1/companies/3/{what}s/{number}").status_code == 404
    assert api.delete(f"/api/v1/contacts/2/{what}s/{number}").status_code == 404
    assert api_as("user2").delete(f"{where}/{number}").status_code == 404
    assert api.delete(f"{where}/{number}").status_code == 204
    assert api.get(where).json == {"items": [], "next": None}
    assert api.delete(f"{where}/{number}").status_code == 404
    assert api.post(f"{where}/{number}/restore").json == item
    assert api.get(where).json["items"] == [item]
    foreign = int(put(what, company=3, login="manager1").rpartition("/")[2])
    assert api.get(f"/api/v1/companies/3/{what}s").status_code == 200
    assert api.delete(f"/api/v1/companies/3/{what}s/{foreign}").status_code == 403
    assert api_as("user2").get(where).status_code == 404
    assert [api.get(f"{where}?cursor={cursor}").status_code for cursor in ("x", number, number + 9)] == [400, 200, 200]


def test_by_rest_a_note_is_changed_and_what_it_can_not_be_is_refused(put, api_as):
    where = put("note").replace("/notes", "/api/v1/companies/2/notes")
    api = api_as("user1")
    changed = api.patch(where, json={"text": "By REST", "kind": "call"})
    assert (changed.status_code, changed.json["text"], changed.json["kind"]) == (200, "By REST", "call")
    for wrong in ({"text": ""}, {"text": 5}, {"text": None}, {"kind": "shout"}, {"kind": None}, {"colour": "red"}):
        refused = api.patch(where, json=wrong)
        assert (refused.status_code, set(refused.json["errors"])) == (422, set(wrong))
    assert api.get("/api/v1/companies/2/notes").json["items"][0]["text"] == "By REST"
    assert api_as("manager1").patch(where, json={"text": "A mate with CRM Manage"}).status_code == 200


def test_by_rest_a_stranger_learns_nothing_from_a_body_that_can_not_be_taken(put, api_as):
    hidden, seen = put("note").rpartition("/")[2], put("note", company=3, login="manager1").rpartition("/")[2]
    wrong = {"text": 5, "colour": "red"}
    for number in (hidden, "999999"):
        assert api_as("user2").patch(f"/api/v1/companies/2/notes/{number}", json=wrong).status_code == 404
        assert api_as("user2").patch(f"/api/v1/companies/2/notes/{number}", data="no JSON").status_code == 404
    assert api_as("user1").patch(f"/api/v1/companies/3/notes/{seen}", json=wrong).status_code == 403
    api_as("user1").delete(f"/api/v1/companies/2/notes/{hidden}")
    assert api_as("user1").patch(f"/api/v1/companies/2/notes/{hidden}", json=wrong).status_code == 404
