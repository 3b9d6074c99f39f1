"""Notes and files on a record: what can't be taken is said beside the form, and what was typed stays in it."""

import io

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
