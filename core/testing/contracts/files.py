"""What leaves as text and comes back: CSV, and texts that would like to be more than text."""

import csv
import io
from typing import Any

import pytest

from .html import Page
from .stage import Stage, Staged, changed

PROBE = "\"><x-probe onload=alert(1)>'</textarea></script><script>alert(2)</script>{{7*7}}<img src=x onerror=alert(3)>"
FORMULAS = ('=HYPERLINK("http://x")', "@SUM(1)", "+1+cmd|' /C calc'!A0", "-2+3", "\t=1", "'=1", "''-1")


class Texts(Stage):
    """Escaping and files."""

    def test_what_people_type_is_text_on_every_page(self, stage: Staged, as_user: Any) -> None:
        fields = [f.name for f in stage.rt.fields if self.is_free_text(f) and f.name in stage.row(stage.mine)]
        stage.set(stage.mine, **dict.fromkeys(fields, PROBE))
        client, every = as_user("admin"), ",".join(f.name for f in stage.rt.fields)
        page = Page(client.get(stage.url(stage.mine)).text)
        tabs = [x for x in page.links if x.startswith(f"{stage.url(stage.mine)}?tab=")]
        query = f"columns={every}&limit=100&q=x-probe"
        addresses = [
            stage.url(stage.mine), *tabs, *self.tabs_of_others(stage), f"{stage.url()}?{query}", stage.url(stage.mine, "edit"),
            stage.url(stage.mine, "delete"), stage.url(stage.mine, "access"), f"{stage.url('statistics')}?q=x-probe", "/search?q=x-probe",
            "/", f"/views/{stage.rt.name}",
        ]  # fmt: skip
        dangers = {address: found for address in addresses if (found := self.read(client, address).dangers)}
        assert not dangers
        assert stage.mine in Page(client.get(f"{stage.url()}?{query}").text).rows
        form = Page(client.get(stage.url(stage.mine, "edit")).text).form().data
        assert [form[name] for name in fields if name in form] == [PROBE] * len([name for name in fields if name in form])

    def test_what_people_type_is_text_in_a_form_that_is_refused(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.editor)
        data = Page(client.get(stage.url("new")).text).form().data
        for name in list(data):
            if name not in ("csrf_token", "form_id") and not name.endswith("__shown"):
                data.setlist(name, [PROBE])
        answer = client.post(stage.url("new"), data=data)
        assert answer.status_code in (422, 302)  # 302 where any text will do
        assert not Page(answer.text).dangers
        assert not Page(client.get(stage.url("new"), query_string=dict.fromkeys(data, PROBE)).text).dangers

    @pytest.mark.parametrize("purpose", ["round_trip", "spreadsheet"])
    def test_no_cell_of_an_export_is_a_formula(self, stage: Staged, as_user: Any, purpose: str) -> None:
        from core.records.csv_layout import is_text

        fields = [f for f in stage.rt.fields if self.is_free_text(f) and f.written and f.name in stage.row(stage.mine) and is_text(f)]
        for number, formula in enumerate(FORMULAS):
            stage.set(stage.rows[number], **{f.name: formula for f in fields})
        answer = as_user("admin").get(f"{stage.url('export.csv')}?layout=full&purpose={purpose}")
        rows = self.cells(answer, purpose)
        by_id = {row["id"]: row for row in rows}
        for number, formula in enumerate(FORMULAS):
            row = by_id[str(stage.rows[number])]
            for f in fields:
                cell = row[f.csv or f.name]
                assert cell[:1] not in ("=", "+", "-", "@", "\t", "\r"), (f.name, cell)
                assert cell[:1] == "'", (f.name, formula, cell)

    def test_an_export_has_the_rows_of_its_list_and_a_header(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.reader)
        sort = next(f.name for f in stage.rt.fields if f.sort)
        for query in ("", f"sort={sort}", f"sort=-{sort}", "q=Ancora"):
            answer = client.get(f"{stage.url('export.csv')}?layout=full&{query}")
            assert answer.status_code == 200
            assert answer.mimetype == "text/csv"
            assert "attachment" in answer.headers["Content-Disposition"]
            ids = [int(row["id"]) for row in self.cells(answer)]
            listed = self.all_ids(stage, client, query)  # type: ignore[attr-defined]
            assert (ids if "sort" in query else sorted(ids)) == (listed if "sort" in query else sorted(listed)), query
        plain = client.get(stage.url("export.csv")).text
        header = next(csv.reader(io.StringIO(plain, newline="")))
        assert header[: len(stage.rt.csv)] == [str(name) for name in stage.rt.csv] or not stage.rt.csv
        assert len(header) == len(set(header))

    def test_what_was_exported_can_be_imported_and_is_the_same_again(self, stage: Staged, as_user: Any) -> None:
        client = as_user("admin")
        if not stage.rt.importable:
            assert client.get(stage.url("import")).status_code == 404
            return
        old = {int(row["id"]) for row in self.cells(client.get(f"{stage.url('export.csv')}?layout=full"))}
        first = client.get(stage.url("export.csv")).data
        self.import_file(client, stage, first, duplicates="create")
        whole = self.cells(client.get(f"{stage.url('export.csv')}?layout=full"))
        made = [int(row["id"]) for row in whole if int(row["id"]) not in old]
        assert len(made) == len(old)
        self.only(stage, made)
        second = client.get(stage.url("export.csv")).data
        left = [pair for pair in zip(first.split(b"\r\n"), second.split(b"\r\n"), strict=True) if pair[0] != pair[1]]
        assert not left
        assert first == second

    def test_importing_what_is_there_with_its_ids_changes_nothing(self, stage: Staged, as_user: Any) -> None:
        client = as_user("admin")
        if not stage.rt.importable:
            return
        file = client.get(f"{stage.url('export.csv')}?layout=full").data
        before = stage.fingerprint()
        self.import_file(client, stage, file, duplicates="update")
        differ = [t for t in changed(before, stage.fingerprint()) if not t.startswith(("core_import", "core_file"))]
        assert not [t for t in differ if t == stage.rt.model.__tablename__ or t == "core_history_entry"], differ

    # --- helpers -------------------------------------------------------------------------------------------------------------------

    def tabs_of_others(self, stage: Staged) -> list[str]:
        """The tabs of other records in which `mine` stands."""
        from core.records.catalogue import children
        from core.records.pages import tab_name

        row, out = stage.row(stage.mine), []
        with stage.app.app_context():
            for rt in stage.app.extensions["cartera"].record_types.values():
                for child in children(rt.name):
                    if child.rt.name == stage.rt.name and row.get(child.field.name):
                        out.append(f"{rt.url}/{row[child.field.name]}?tab={tab_name(child)}")
        return out

    def is_free_text(self, f: Any) -> bool:
        """Whether a field's column holds what people typed."""
        from core.fields import kinds

        return isinstance(f.kind, kinds.Text | kinds.Multiline) and f.name not in self.leave_out

    def read(self, client: Any, address: str) -> Page:
        """A page that must be there."""
        answer = client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return Page(answer.text)

    def cells(self, answer: Any, purpose: str = "round_trip") -> list[dict[str, str]]:
        """The rows of an export by the names of their columns."""
        assert answer.status_code == 200, answer.status_code
        return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig" if purpose == "spreadsheet" else "utf-8"), newline="")))

    def import_file(self, client: Any, stage: Staged, data: bytes, *, duplicates: str) -> None:
        """Send a file through the import's pages."""
        answer = client.post(stage.url("import"), data={"file": (io.BytesIO(data), "again.csv"), "duplicates": duplicates})
        assert answer.status_code == 303, Page(answer.text).text
        checked = client.get(answer.headers["Location"])
        done = client.post(answer.headers["Location"], data={"mode": "all"}, follow_redirects=True)
        assert done.status_code == 200, Page(done.text).text
        assert "Nothing was imported" not in done.text, Page(checked.text).text

    def only(self, stage: Staged, ids: list[int]) -> None:
        """Take all other records out of the database's sight."""
        from sqlalchemy import update

        from core.db import db, unit_of_work, utcnow

        with stage.app.app_context(), unit_of_work():
            table = stage.rt.model.__table__
            db.session.execute(update(table).where(table.c.id.not_in(ids)).values(trashed_at=utcnow()))
