"""What strangers put into addresses: whatever it is, the answer is a page or a refusal, never a failure of ours."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import pytest
from werkzeug.datastructures import MultiDict

from .html import Page
from .stage import Stage, Staged

STRINGS = (
    "'", '"', "`", "\\", "%", "_", "%%%", "--", ";", "/*", "*/", ")", "(", "))", "'--", "' or '1'='1", '" or ""="', "1 or 1=1",
    "1; drop table x--", "name);--", "case when 1=1 then name else id end", "(select password_hash from core_user)", "name,(select 1)",
    "id desc nulls last", "-", "--name", "-id", "password_hash", "core_user.password_hash", "owner.manager.password_hash", "__class__",
    "name__contains", "f1", "f99999", "f12' or 1=1", "$.f1", "custom", "custom->>'f1'", "search_text", "trashed_at", "NEAR(a b)",
    '" OR *', "a* AND b", "name:x", "^x", "{a b}:c", "x' UNION SELECT 1,2,3--", "${7*7}", "{{7*7}}", "<script>alert(1)</script>",
    "\"><svg onload=alert(1)>", "javascript:alert(1)", "../../../../etc/passwd", "\x01\x02", "\u202e\u200b", "😀" * 30, "9" * 40,
    "-9" * 20, "1e400", "NaN", "infinity", "0x10", "١٢٣", "1,5.3,2", "31/02/2026", "9999-12-31", "0000-00-00", "2026-13-45",
    "10000-01-01", "a" * 3000, "\ud7ff", "%00", "\x00", "null", "true", "[]", "{}",
)  # fmt: skip
"""More than sixty, over every parameter."""


class Hostile(Stage):
    """Addresses that nobody should send."""

    @pytest.mark.both_databases
    def test_no_string_in_any_parameter_breaks_the_list(self, stage: Staged, work: Any) -> None:
        from core.db import db
        from core.errors import Invalid
        from core.fields import Reading
        from core.records import list_spec, query

        broken = []
        with work(self.reader) as actor:
            for number, name in enumerate(self.parameters(stage)):
                for text in self.some(number, 6):
                    reading = Reading(actor=actor, source="form", day_order="dmy")
                    try:
                        spec = list_spec.parse_list(stage.rt, actor, MultiDict({name: text, "limit": "5"}), reading=reading)
                        query.fetch_page(spec, [])
                        query.count(spec)
                    except Invalid:
                        continue
                    except Exception as error:  # noqa: BLE001 - whatever it is, it is the finding
                        broken.append((name, text[:40], repr(error)[:200]))
                        db.session.rollback()
        assert not broken

    def test_no_string_in_any_parameter_breaks_a_page(self, stage: Staged, as_user: Any) -> None:
        client, names, wrong = as_user(self.reader), self.parameters(stage), []
        for number, text in enumerate(self.some(0, 3)):
            name = names[number % len(names)]
            others = (stage.url("export.csv"), stage.url("pick"), stage.url("statistics"), "/search")
            for address in (stage.url(), others[number % 4]):
                answer = client.get(address, query_string={name: text, "q": text, "limit": 5}, buffered=True)
                if answer.status_code >= 500 or (address == stage.url() and answer.status_code not in (200, 400)):
                    wrong.append((address, name, text[:40], answer.status_code))
                elif answer.mimetype == "text/html" and Page(answer.text).dangers:
                    wrong.append((address, name, text[:40], str(Page(answer.text).dangers)))
        assert not wrong

    def test_no_string_in_any_parameter_breaks_rest(self, stage: Staged, api_as: Any) -> None:
        if stage.plural is None:
            assert api_as("admin").get(f"/api/v1/{stage.rt.url.strip('/').replace('/', '-')}").status_code == 404
            return
        client, names, wrong = api_as(self.reader), [*self.parameters(stage), "no_such_filter"], []
        for number, text in enumerate(self.some(1, 3)):
            for name in (names[number % len(names)], ("sort", "q")[number % 2]):
                answer = client.get(f"/api/v1/{stage.plural}", query_string={name: text})
                if answer.status_code not in (200, 400):
                    wrong.append((name, text[:40], answer.status_code))
        assert not wrong
        assert client.get(f"/api/v1/{stage.plural}?no_such_filter=1").status_code == 400
        assert client.get(f"/api/v1/{stage.plural}?sort=no_such_field").status_code == 400

    def test_a_cursor_that_was_tampered_with_is_refused(self, stage: Staged, as_user: Any, api_as: Any) -> None:
        client, api = as_user(self.reader), api_as(self.reader)
        page = Page(client.get(f"{stage.url()}?limit=5").text)
        address = next(x for x, rel in page.rels.items() if rel == "next")
        _head, _mark, good = address.partition("cursor=")
        good = good.partition("&")[0]
        flipped = [good[:i] + ("A" if good[i] != "A" else "B") + good[i + 1 :] for i in range(0, len(good), max(1, len(good) // 12))]
        first = page.rows
        for cursor in [*flipped, good[:-4], good + "AAAA", "", "x", "é", "=" * 50, *STRINGS[:6]]:
            answer = client.get(stage.url(), query_string={"limit": "5", "cursor": cursor})
            assert answer.status_code == 200, cursor
            assert Page(answer.text).rows == first, cursor  # the list from its beginning, with a message
            if stage.plural and cursor:
                assert api.get(f"/api/v1/{stage.plural}", query_string={"cursor": cursor}).status_code == 400, cursor
        assert Page(client.get(address).text).rows != first

    def test_ids_that_no_database_holds_are_not_found(self, stage: Staged, as_user: Any) -> None:
        client = as_user("admin")
        for record_id in (0, 2**31 - 1, 2**31, 2**63, 10**30):
            for name in ("", "/edit", "/delete", "/access"):
                assert client.get(f"{stage.url(record_id)}{name}").status_code == 404, (record_id, name)
            for name in ("edit", "delete", "restore"):
                assert client.post(stage.url(record_id, name)).status_code == 404, (record_id, name)
            assert client.post(f"/files/{stage.rt.name}/{record_id}").status_code == 404
            assert client.post(f"/activity/{stage.rt.name}/{record_id}").status_code == 404

    def test_tabs_that_are_not_there_are_not_found(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.editor)
        links = [x for x in Page(client.get(stage.url(stage.mine)).text).links if x.startswith(f"{stage.url(stage.mine)}?tab=")]
        assert links
        for address in links:
            assert client.get(address).status_code == 200, address
        for tab in ("no-such-tab", "'", "<b>", "a" * 500):
            assert client.get(stage.url(stage.mine), query_string={"tab": tab}).status_code == 404, tab

    def some(self, number: int, nth: int) -> Sequence[str]:
        """Each nth of the strings, others for each record type and `number`: all of them are tried, by one type or another.

        Whether each kind of field stands each of them is a test of the engine, not of a record type.
        """
        return STRINGS[(crc32(self.record_type.encode()) + number) % nth :: nth]

    def parameters(self, stage: Staged) -> list[str]:
        """Every parameter that a list takes."""
        out = ["q", "sort", "limit", "cursor", "columns", "view", "layout"]
        for f in [*stage.rt.fields, *stage.rt.filters]:
            if getattr(f, "filter", True):
                out += [f"{f.name}_from", f"{f.name}_to"] if f.kind.filter == "range" else [f.name]
        return out
