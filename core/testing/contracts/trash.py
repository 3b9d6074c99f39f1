"""Deleting and restoring, one and several; files and notes on records."""

import csv
import io
import json
from typing import Any

import pytest

from .html import Page
from .stage import NEVER, ONLOOKER, Stage, Staged, changed, pages_of


class Trash(Stage):
    """Into the trash and back, and what hangs on records."""

    @pytest.mark.both_databases
    def test_the_trash_hides_everywhere_and_restoring_brings_back(self, stage: Staged, as_user: Any, api_as: Any) -> None:
        client, before = as_user(self.deleter), stage.row(stage.mine)
        page = client.get(stage.url(stage.mine, "delete"))
        assert page.status_code == 200
        assert stage.title(stage.mine) in Page(page.text).text
        assert not self.gone(stage, client, api_as)
        answer = client.post(stage.url(stage.mine, "delete"))
        assert answer.status_code == 302, Page(answer.text).text
        assert self.gone(stage, client, api_as)
        for (method, address), (_m, nowhere) in zip(pages_of(stage, stage.mine), pages_of(stage, NEVER), strict=True):
            if not address.endswith("/restore"):
                assert client.open(address, method=method).data == client.open(nowhere, method=method).data, address
        answer = client.post(stage.url(stage.mine, "restore"))
        assert answer.status_code == 302, Page(answer.text).text
        assert not self.gone(stage, client, api_as)
        after, quiet = stage.row(stage.mine), {"version", "updated_at", *self.computed}
        assert {k: v for k, v in after.items() if k not in quiet} == {k: v for k, v in before.items() if k not in quiet}

    def test_what_one_deleted_lies_in_the_trash_and_is_taken_back_from_there(self, stage: Staged, as_user: Any) -> None:
        client, where, title = as_user(self.deleter), stage.url("trash"), stage.title(stage.mine)
        restore = stage.url(stage.mine, "restore")
        assert where in Page(client.get(stage.url()).text).links
        assert restore not in Page(client.get(where).text).posts_to(stage.url())
        client.post(stage.url(stage.mine, "delete"))
        page = Page(client.get(where).text)
        assert title in page.text
        assert restore in page.posts_to(stage.url())
        assert (stage.url(stage.trashed, "restore") in page.posts_to(stage.url())) is (self.deleter == "admin")  # who put it there
        assert {restore, stage.url(stage.trashed, "restore")} <= set(Page(as_user("admin").get(where).text).posts_to(stage.url()))
        assert not Page(as_user(ONLOOKER).get(where).text).posts_to(stage.url())
        assert client.post(restore).status_code == 302
        assert restore not in Page(client.get(where).text).posts_to(stage.url())

    def test_history_tells_of_the_trash_and_the_way_back(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.deleter)
        client.post(stage.url(stage.mine, "delete"))
        client.post(stage.url(stage.mine, "restore"))
        told = Page(client.get(f"{stage.url(stage.mine)}?tab=history").text).text
        assert "trash" in told

    def test_nobody_restores_what_somebody_else_deleted(self, stage: Staged, as_user: Any) -> None:
        assert as_user(self.deleter).post(stage.url(stage.mine, "delete")).status_code == 302
        before = stage.fingerprint()
        for login in {"user1", "manager1", "user2", ONLOOKER} - {self.deleter}:
            assert as_user(login).post(stage.url(stage.mine, "restore")).status_code == 404, login
        assert as_user(self.deleter).post(stage.url(stage.seen, "restore")).status_code == 404  # nobody deleted it
        assert not changed(before, stage.fingerprint())

    def test_who_may_not_delete_is_refused_alone_and_in_bulk(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(ONLOOKER), stage.fingerprint()
        assert client.get(stage.url(stage.mine, "delete")).status_code == 403
        assert client.post(stage.url(stage.mine, "delete")).status_code == 403
        client.post(stage.url("bulk", "delete"), data={"ids": [stage.mine, stage.seen, *stage.out_of_sight, NEVER, "x", "-1", "9" * 30]})
        assert not changed(before, stage.fingerprint())
        assert client.post(stage.url("bulk", "no_such_action"), data={"ids": [stage.mine]}).status_code == 404

    def test_several_go_into_the_trash_at_once_and_those_that_are_not_there_are_no_obstacle(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.deleter)
        gone = client.post(stage.url("bulk", "delete"), data={"ids": [NEVER, stage.trashed, stage.mine]}, follow_redirects=True)
        assert gone.status_code == 200
        assert stage.row(stage.mine)["trashed_at"] is not None

    def test_files_are_attached_by_who_may_edit_and_read_by_who_sees(self, stage: Staged, as_user: Any, work: Any) -> None:
        from core.files.services import attach_file

        editor, reader, before = as_user(self.editor), as_user(self.reader), stage.fingerprint()
        where = f"/files/{stage.rt.name}"
        for record_id, wanted in [(stage.seen, 403), *((i, 404) for i in stage.out_of_sight), (NEVER, 404)]:
            sent = {"files": (io.BytesIO(b"secret"), "x.txt")}
            assert reader.post(f"{where}/{record_id}", data=sent).status_code == wanted, record_id
        assert not changed(before, stage.fingerprint())
        tab = Page(editor.get(f"{stage.url(stage.mine)}?tab=files").text)
        form = next(form for form in tab.forms if form.action == f"{where}/{stage.mine}")
        (control,) = form.controls - {"csrf_token", "form_id"}
        data = {"form_id": form.data["form_id"], control: (io.BytesIO(b"plain words"), "notes.txt")}
        assert editor.post(form.action, data=data).status_code == 302
        tab = Page(editor.get(f"{stage.url(stage.mine)}?tab=files").text)
        link = next(x for x in tab.links if x.startswith("/files/"))
        for login, wanted in ((self.editor, 200), (ONLOOKER, 200), ("user2", 404)):
            answer = as_user(login).get(link)
            assert answer.status_code == wanted, login
            assert (answer.data == b"plain words") is (wanted == 200), login
        never = reader.get(f"/files/{NEVER}").data
        for record_id in stage.out_of_sight:
            with work():
                hidden = attach_file(stage.rt.name, record_id, b"hidden words", "hidden.txt", None)
            assert reader.get(f"/files/{hidden.id}").data == never

    def test_notes_are_made_by_who_may_edit_and_shown_as_they_were_typed(self, stage: Staged, as_user: Any) -> None:
        client, where = as_user(self.editor), f"/activity/{stage.rt.name}/{stage.mine}"
        text = 'He said "no" & left <b>angry</b>'
        assert client.post(where, data={"text": text, "kind": "call"}).status_code == 302
        page = Page(client.get(f"{stage.url(stage.mine)}?tab=activity").text)
        assert text in page.text
        assert not page.dangers
        before = stage.fingerprint()
        assert client.post(where, data={"text": "  "}).status_code in (302, 422)
        assert not changed(before, stage.fingerprint())

    def gone(self, stage: Staged, client: Any, api_as: Any) -> bool:
        """Whether `mine` is nowhere; fails when it is in some places only."""
        ids = self.all_ids(stage, client)  # type: ignore[attr-defined]
        seen = {
            "list": stage.mine in ids,
            "page": client.get(stage.url(stage.mine)).status_code == 200,
            "export": str(stage.mine) in _first_cells(client.get(stage.url("export.csv") + "?layout=full").text),
            "search": stage.url(stage.mine) in [x.partition("?")[0] for x in Page(client.get(f"/search?q=%23{stage.mine}").text).links],
            "edit": client.get(stage.url(stage.mine, "edit")).status_code == 200,
        }
        if len(stage.rows) < 20:
            seen["picker"] = stage.mine in [i["value"] for i in json.loads(client.get(stage.url("pick")).text)["items"]]
        if stage.plural:
            seen["REST"] = api_as(self.deleter).get(f"/api/v1/{stage.plural}/{stage.mine}").status_code == 200
        assert len(set(seen.values())) == 1, seen
        return not seen["list"]


def _first_cells(text: str) -> set[str]:
    return {row[0] for row in csv.reader(io.StringIO(text, newline="")) if row}
