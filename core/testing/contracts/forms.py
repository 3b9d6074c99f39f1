"""Forms: making and changing records, what is refused and how, two people at one record, history."""

from typing import Any

import pytest

from .html import Page
from .made_up import wrong_text
from .stage import Stage, Staged, changed

KEYS = ("csrf_token", "form_id", "version")


class Forms(Stage):
    """What people type, and what becomes of it."""

    @pytest.mark.both_databases
    def test_a_new_record_stands_as_it_was_typed(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(self.editor), stage.count()
        data = self.filled_form(stage, client)
        answer = client.post(stage.url("new"), data=data)
        assert answer.status_code == 302, Page(answer.text).text
        assert stage.count() == before + 1
        made = int(answer.headers["Location"].rpartition("/")[2])
        assert client.get(answer.headers["Location"]).status_code == 200
        again = Page(client.get(stage.url(made, "edit")).text).form().data
        left = {name for name in self.typed(data) if again.getlist(name) != data.getlist(name) and any(data.getlist(name))}
        assert not left - set(self.computed), {name: (data.getlist(name), again.getlist(name)) for name in left}

    def test_needed_fields_are_refused_beside_them_and_nothing_typed_is_lost(self, stage: Staged, as_user: Any, work: Any) -> None:
        client, before = as_user(self.editor), stage.fingerprint()
        with work(self.editor) as actor:
            needed = [f for f in stage.rt.fields if f.required and f.form and f.written and f.default_value(actor) is None]
        assert needed
        for f in needed:
            data = self.filled_form(stage, client)
            data[f.name] = ""
            page = self.refused(client, stage.url("new"), data)
            assert f.name in page.form().errors, f.name
            self.nothing_lost(data, page)
        assert not changed(before, stage.fingerprint())

    def test_wrong_values_are_refused_beside_their_fields_and_nothing_typed_is_lost(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(self.editor), stage.fingerprint()
        with stage.app.test_request_context():
            wrong = {f.name: text for f in stage.rt.fields if f.form and f.written and (text := wrong_text(f)) is not None}
        assert wrong
        for address in (stage.url("new"), stage.url(stage.mine, "edit")):
            data = self.filled_form(stage, client) if address.endswith("new") else Page(client.get(address).text).form().data
            for name in list(wrong):
                data.setlist(name, [wrong[name]])
            page = self.refused(client, address, data)
            assert set(wrong) <= page.form().errors, (address, set(wrong) - page.form().errors)
            self.nothing_lost(data, page, but=[f.name for f in stage.rt.fields if f.kind.filter == "ref"])
        assert not changed(before, stage.fingerprint())

    def test_what_is_posted_twice_is_made_once(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(self.editor), stage.count()
        data = self.filled_form(stage, client)
        first, second = client.post(stage.url("new"), data=data), client.post(stage.url("new"), data=data)
        assert (first.status_code, second.status_code) == (302, 302), Page(first.text).text
        assert first.headers["Location"] == second.headers["Location"]
        assert stage.count() == before + 1

    def test_a_form_that_was_refused_can_be_mended_and_sent_again(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(self.editor), stage.count()
        data = self.filled_form(stage, client)
        f = next(f for f in stage.rt.fields if f.required and f.form and f.written and f.name in data and not self.has_default(f))
        kept = data[f.name]
        page = self.refused(client, stage.url("new"), {**data.to_dict(flat=False), f.name: ""})
        data = page.form().data
        data[f.name] = kept
        assert client.post(stage.url("new"), data=data).status_code == 302
        assert stage.count() == before + 1

    @pytest.mark.both_databases
    def test_a_form_posted_as_it_was_opened_changes_nothing(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(self.editor), stage.row(stage.mine)
        data = Page(client.get(stage.url(stage.mine, "edit")).text).form().data
        answer = client.post(stage.url(stage.mine, "edit"), data=data)
        assert answer.status_code == 302, Page(answer.text).text
        after = stage.row(stage.mine)
        differ = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
        assert not differ

    @pytest.mark.both_databases
    def test_a_change_is_saved_and_history_tells_before_and_after(self, stage: Staged, as_user: Any, work: Any) -> None:
        from sqlalchemy import select

        from core.db import db
        from core.history import HistoryEntry

        client = as_user(self.editor)
        f = self.text_fields(stage.rt)[0]
        old = stage.row(stage.mine)[f.name]
        answer = self.edit(client, stage, **{f.name: "Another text"})
        assert answer.status_code == 302, Page(answer.text).text
        assert stage.row(stage.mine)[f.name] == "Another text"
        assert stage.row(stage.mine)["version"] == 2
        with work():
            entries = db.session.scalars(
                select(HistoryEntry).where(HistoryEntry.record_type == stage.rt.name, HistoryEntry.record_id == stage.mine)
            ).all()
            assert [e.action for e in entries] == ["create", "update"]
            assert entries[-1].changes[f.name] == [old, "Another text"]
            assert entries[-1].actor_id == stage.world.users[self.editor]
        told = Page(client.get(f"{stage.url(stage.mine)}?tab=history").text).text
        assert "Another text" in told
        assert str(f.label) in told

    @pytest.mark.both_databases
    def test_two_who_change_the_same_field_are_shown_both_values(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.editor)
        f, other = self.text_fields(stage.rt)[0], self.text_fields(stage.rt)[-1]
        data = Page(client.get(stage.url(stage.mine, "edit")).text).form().data
        assert self.edit(as_user("admin"), stage, **{f.name: "Theirs first"}).status_code == 302
        before = stage.fingerprint()
        data[f.name], data[other.name] = "Mine second", "Mine second, too" if other is not f else "Mine second"
        answer = client.post(stage.url(stage.mine, "edit"), data=data)
        assert answer.status_code == 409
        assert not changed(before, stage.fingerprint())
        page = Page(answer.text)
        assert "Theirs first" in page.text
        assert "Mine second" in answer.text
        self.nothing_lost(data, page)
        assert client.post(stage.url(stage.mine, "edit"), data=page.form().data).status_code == 302  # seen, and decided
        assert stage.row(stage.mine)[f.name] == "Mine second"

    @pytest.mark.both_databases
    def test_two_who_change_different_fields_both_keep_theirs(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.editor)
        first, *_between, last = [*self.text_fields(stage.rt), None]
        last = _between[-1] if _between else None
        if last is None:
            return  # one text field only: nothing to merge
        data = Page(client.get(stage.url(stage.mine, "edit")).text).form().data
        assert self.edit(as_user("admin"), stage, **{first.name: "Theirs"}).status_code == 302
        data[last.name] = "Mine"
        answer = client.post(stage.url(stage.mine, "edit"), data=data)
        assert answer.status_code == 302, Page(answer.text).text
        row = stage.row(stage.mine)
        assert (row[first.name], row[last.name]) == ("Theirs", "Mine")

    def test_what_is_no_field_of_the_form_can_not_be_smuggled_in(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.editor)
        known = {f.name for f in stage.rt.fields if f.form and f.written} | set(KEYS)
        before = stage.row(stage.mine)
        smuggled = {name: self.foreign_value(stage, name) for name in before if name not in known}
        answer = self.edit(client, stage, **smuggled, superadmin="1", is_admin="1")
        assert answer.status_code in (302, 422), answer.status_code
        after = stage.row(stage.mine)
        left = {"updated_at", "version", *self.computed}
        assert not {name for name in smuggled if before[name] != after[name] and name not in left}

    # --- helpers -------------------------------------------------------------------------------------------------------------------

    def edit(self, client: Any, stage: Staged, **values: str) -> Any:
        """Open the form of `mine`, change some fields, send it."""
        data = Page(client.get(stage.url(stage.mine, "edit")).text).form().data
        for name, value in values.items():
            data[name] = value
        return client.post(stage.url(stage.mine, "edit"), data=data)

    def refused(self, client: Any, address: str, data: Any) -> Page:
        """The page that a form answers with when it is refused."""
        answer = client.post(address, data=data)
        assert answer.status_code == 422, (address, answer.status_code, answer.headers.get("Location"))
        return Page(answer.text)

    def typed(self, data: Any) -> set[str]:
        """The names of a form's controls that hold what somebody typed."""
        return {name for name in data if name not in KEYS and not name.endswith("__shown")}

    def nothing_lost(self, typed: Any, page: Page, but: Any = ()) -> None:
        """The form shows what was typed into it, also where it was refused."""
        shown = page.form().data
        keys = self.typed(typed) - set(but)
        lost = {n: (typed.getlist(n), shown.getlist(n)) for n in keys if any(typed.getlist(n)) and typed.getlist(n) != shown.getlist(n)}
        assert not lost

    def has_default(self, field: Any) -> bool:
        """Whether a new record has a value here by itself."""
        return field.default is not None

    def foreign_value(self, stage: Staged, name: str) -> str:
        """Something that nobody may put into a column that is no field of the form."""
        return "2001-01-01" if name.endswith("_at") else "1" if name.endswith("_id") else "7"
