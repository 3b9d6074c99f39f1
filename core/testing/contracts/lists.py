"""Lists: order, pages, filters, columns, text search, kept searches, and how many statements they cost."""

from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from .html import Page
from .made_up import made_up, wrong_text
from .pins import check_pins
from .stage import ONLOOKER, Stage, Staged, steady


class Lists(Stage):
    """What lists promise."""

    @pytest.mark.both_databases
    def test_each_column_sorts_both_ways_with_what_is_empty_last(self, stage: Staged, work: Any) -> None:
        from sqlalchemy import select

        from core.db import db

        with work("admin") as actor:
            for f in self.sortable(stage):
                keys = dict(db.session.execute(select(stage.rt.model.id, f.order_expression(stage.rt.model))).all())
                up, down = (self.pages(stage, actor, sort) for sort in (f.name, f"-{f.name}"))
                assert sorted(up) == sorted(down), f.name
                assert len(set(up)) == len(up) >= len(stage.rows), f.name
                there = [i for i in up if keys[i] is not None]
                assert up == there + sorted(i for i in up if keys[i] is None), f.name
                assert down == there[::-1] + sorted((i for i in down if keys[i] is None), reverse=True), f.name
                if db.session.get_bind().dialect.name == "sqlite":
                    assert there == sorted(there, key=lambda i: (keys[i], i)), f.name

    @pytest.mark.both_databases
    def test_pages_by_any_order_show_each_row_once_and_lead_back(self, stage: Staged, work: Any) -> None:
        with work(self.reader) as actor:
            whole = set(self.pages(stage, actor, stage.rt.sort, limit=200))
            for f in self.sortable(stage):
                for sort in (f.name, f"-{f.name}"):
                    there = self.pages(stage, actor, sort, limit=23)
                    assert len(there) == len(set(there)), sort
                    assert set(there) == whole, sort
                    assert self.pages(stage, actor, sort, limit=23, back=True) == there, sort

    def test_the_pages_links_lead_through_the_list_and_back(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.reader)
        address, seen, pages = f"{stage.url()}?limit=20", [], []
        while True:
            page = Page(client.get(address).text)
            seen += page.rows
            pages.append(page.rows)
            following = next((x for x, rel in page.rels.items() if rel == "next"), None)
            if following is None:
                break
            address = following
        assert len(seen) == len(set(seen)) >= len(stage.rows)
        for expected in pages[-2::-1]:
            page = Page(client.get(next(x for x, rel in page.rels.items() if rel == "prev")).text)
            assert page.rows == expected
        assert not [x for x, rel in page.rels.items() if rel == "prev"]

    def test_every_head_of_a_column_sorts_by_it(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.reader)
        every = ",".join(f.name for f in stage.rt.fields if f.list)
        page = Page(client.get(f"{stage.url()}?limit=5&columns={every}").text)
        for f in stage.rt.fields:
            if f.list and f.sort:
                assert [x for x in page.links if f"sort={f.name}" in x or f"sort=-{f.name}" in x], f.name

    def test_each_filter_finds_what_has_its_value_and_only_that(self, stage: Staged, as_user: Any, work: Any) -> None:
        row, empty = stage.row(stage.mine), []
        with work("admin") as actor:
            whole = set(self.pages(stage, actor, stage.rt.sort, limit=200))
            for f in stage.rt.fields:
                if not f.filter or f.kind.multiple or f.name not in row:
                    continue
                if row[f.name] is None:
                    empty.append(f.name)
                    continue
                found = set(self.pages(stage, actor, stage.rt.sort, limit=200, **{self.parameter(f): self.filter_text(f, row[f.name])}))
                assert stage.mine in found, f.name
                assert found <= whole, f.name
                for other in found:
                    value, wanted = stage.row(other)[f.name], row[f.name]
                    matches = str(wanted).lower() in str(value).lower() if f.kind.filter == "text" else (value or 0) == (wanted or 0)
                    assert matches or f.kind.filter == "range", (f.name, value, wanted)

    def test_a_filter_with_a_wrong_value_says_so_and_shows_the_list(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.reader)
        with stage.app.test_request_context():
            wrong = [(f, wrong_text(f)) for f in (*stage.rt.fields, *stage.rt.filters)]
        for f, text in wrong:
            if text is None or getattr(f, "filter", True) is False or f.kind.filter in ("text", "ref") or len(text) > 200:
                continue
            answer = client.get(stage.url(), query_string={self.parameter(f): text, "limit": 5})
            page = Page(answer.text)
            assert answer.status_code == 200, f.name
            assert page.rows, f.name
            assert text in page.text, f.name  # the message quotes it
            answer = client.get(stage.url("export.csv"), query_string={self.parameter(f): text}, buffered=True)
            assert answer.status_code in (302, 400, 422), (f.name, answer.status_code)
            answer = client.get(stage.url("statistics"), query_string={self.parameter(f): text})
            assert answer.status_code in (200, 302, 400, 422), (f.name, answer.status_code)

    @pytest.mark.both_databases
    def test_text_is_found_literally_and_whatever_its_case_and_accents(self, stage: Staged, work: Any) -> None:
        field = self.text_fields(stage.rt)[0].name
        texts = {
            stage.mine: 'Ñandú 100%_sure "Café" D\'Arcy\\x', stage.rows[0]: "Nandu 100 sure cafe DArcy",
            stage.rows[2]: "another thing altogether",
        }  # fmt: skip
        for record_id, text in texts.items():
            stage.set(record_id, **{field: text})
        if hasattr(stage.rt.model, "search_text"):
            assert field in stage.rt.model.__table__.c.search_text.info["search_of"], field
        with work("admin") as actor:
            for q, mine, plain in (
                ("100%", True, False), ("%", True, False), ("0%_s", True, False), ("_sure", True, False), ('"cafe"', True, False),
                ("d'arcy", True, False), ("\\x", True, False), ("ÑANDÚ", True, True), ("nandu", True, True), ("café SURE", True, True),
                ("CAFE", True, True), ("nandu altogether", False, False), ("*", False, False), ("NEAR(nandu cafe)", False, False),
            ):  # fmt: skip
                found = self.pages(stage, actor, stage.rt.sort, limit=200, q=q)
                assert (stage.mine in found, stage.rows[0] in found) == (mine, plain), q
                assert stage.rows[2] not in found, q

    def test_a_list_and_its_count_agree(self, stage: Staged, as_user: Any, work: Any) -> None:
        import re

        for login in (self.reader, "admin", ONLOOKER):
            with work(login) as actor:
                number = len(self.pages(stage, actor, stage.rt.sort, limit=200))
            page = Page(as_user(login).get(f"{stage.url()}?limit=5").text)
            assert re.search(rf"1–5 of {number}\b", page.text), (login, number)

    def test_columns_can_be_chosen_and_unknown_ones_do_no_harm(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.reader)
        for columns in (stage.rt.title, ",".join(f.name for f in stage.rt.fields), "no_such,password_hash", "", ",,,", "id"):
            answer = client.get(stage.url(), query_string={"columns": columns, "limit": 5})
            assert answer.status_code == 200, columns
            assert len(Page(answer.text).rows) == 5, columns
            assert "argon2" not in answer.text

    def test_a_kept_search_is_ones_own(self, stage: Staged, as_user: Any) -> None:
        client, other = as_user(self.reader), as_user("admin")
        sort = self.sortable(stage)[0].name
        where = f"/views/{stage.rt.name}"
        assert client.post(where, data={"name": "Mine & <b>only</b>", "query": f"sort={sort}&limit=5"}).status_code == 302
        page = Page(client.get(stage.url()).text)
        assert "Mine & <b>only</b>" in page.text
        assert not page.dangers
        assert "Mine & <b>only</b>" not in Page(other.get(stage.url()).text).text
        forms = Page(client.get(where).text).posts_to("/views/")
        drop = next(x for x in forms if x.endswith("/delete"))
        assert other.post(drop).status_code == 404
        assert client.post(drop).status_code == 302
        client.get(stage.url())  # says that it is deleted, once
        assert "Mine &" not in Page(client.get(stage.url()).text).text

    @pytest.mark.both_databases
    def test_statements_are_as_many_for_five_rows_as_for_fifty(
        self, stage: Staged, as_user: Any, api_as: Any, request: Any, database: Any
    ) -> None:
        from core.db import db
        from core.testing.queries import count_queries

        client, found = as_user(self.reader), {}
        addresses = {"list": stage.url(), "page": stage.url(stage.mine), "form": stage.url(stage.mine, "edit")}
        with stage.app.app_context():
            engine = db.engine
        callers = {"list": client, "page": client, "form": as_user(self.editor)}
        if stage.plural:
            addresses["rest"], callers["rest"] = f"/api/v1/{stage.plural}", api_as(self.reader)
        for what, address in addresses.items():
            counts = []
            for limit in (5, 50) if what in ("list", "rest") else (5,):
                where = f"{address}?limit={limit}" if what in ("list", "rest") else address
                callers[what].get(where)
                steady(stage.app)
                with count_queries(engine) as q:
                    answer = callers[what].get(where)
                assert answer.status_code == 200, where
                counts.append(q.count)
                if what == "list":
                    assert len(Page(answer.text).rows) == limit
            assert len(set(counts)) == 1, (what, counts, str(q))
            found[what] = counts[0]
        if database.kind == "sqlite":
            check_pins(request.config, stage.rt.name, found)

    # --- helpers -------------------------------------------------------------------------------------------------------------------

    def sortable(self, stage: Staged) -> list[Any]:
        """The fields that a list can be sorted by."""
        return [f for f in stage.rt.fields if f.sort]

    def pages(self, stage: Staged, actor: Any, sort: str, *, limit: int = 20, back: bool = False, **args: Any) -> list[int]:
        """The ids of a whole list in its order, read page after page; with `back` from its end to its beginning."""
        from core.fields import Reading
        from core.records import list_spec, query

        out: list[list[int]] = []
        cursor: str | None = ""
        turned = False
        for _page in range(200):
            asked = MultiDict({"sort": sort, "limit": str(limit), **args, **({"cursor": cursor} if cursor else {})})
            page = query.fetch_page(list_spec.parse_list(stage.rt, actor, asked, reading=Reading(actor=actor, source="form")), [])
            ids = [row.id for row in page.rows]
            if back and not turned:
                if page.next:
                    cursor = page.next
                    continue
                turned = True
            out.append(ids)
            cursor = page.previous if back else page.next
            if not cursor:
                return [i for ids in (out[::-1] if back else out) for i in ids]
        raise AssertionError(f"the list by {sort} has no end")

    def parameter(self, f: Any) -> str:
        """The parameter that a field is filtered by."""
        return f"{f.name}_from" if getattr(f, "filter", None) is True and f.kind.filter == "range" else str(f.name)

    def filter_text(self, f: Any, value: Any) -> str:
        """A stored value as it stands in an address."""
        return "1" if value is True else "0" if value is False else str(f.kind.csv(value)) if f.kind.filter == "range" else str(value)

    def another(self, f: Any, n: int) -> Any:
        """A made-up value."""
        return made_up(f, n)
