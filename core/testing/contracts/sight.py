"""Who sees and changes what: no permission, permission, out of sight, seen but not editable, create only (docs/access.md)."""

import json
from typing import Any

import pytest

from .html import Page
from .stage import NEVER, ONLOOKER, Stage, Staged, changed, pages_of


def _types_pages(stage: Staged) -> list[tuple[str, str]]:
    """The addresses of the record type itself, as (method, address)."""
    names = ["", "new", "export.csv", "statistics", "pick", "pick/whatever", *(["import"] if stage.rt.importable else [])]
    out = [("GET", stage.url(name)) for name in names]
    return [*out, ("POST", stage.url("new")), ("POST", stage.url("bulk", "delete")), ("GET", f"/views/{stage.rt.name}")]


def _ask(client: Any, method: str, address: str, data: Any = None) -> tuple[int, bytes]:
    answer = client.open(address, method=method, data=data if method == "POST" else None)
    return answer.status_code, answer.data


class Sight(Stage):
    """Permissions and sight."""

    @pytest.mark.both_databases
    def test_without_the_permission_nothing_of_it_exists(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user("user2"), stage.fingerprint()
        never = _ask(client, "GET", "/no-such-thing")
        assert never[0] == 404
        wrong = [(m, a) for m, a in [*_types_pages(stage), *pages_of(stage, stage.mine)] if _ask(client, m, a) != never]
        assert not wrong
        assert stage.rt.url not in client.get("/").text
        assert not changed(before, stage.fingerprint())

    def test_rights_follow_from_the_reader_and_the_row_alone(self, stage: Staged) -> None:
        from dataclasses import replace

        from core.access import allowed
        from core.access.actors import actor_of
        from core.identity.services import find_user

        with stage.app.app_context():
            user = find_user(self.editor)
            actor = actor_of(user.id) if user else None
            assert actor is not None
            for action in ("view", "create", "edit", "delete"):
                said = [allowed(stage.rt, action, one).compile() for one in (actor, replace(actor), replace(actor, language="es"))]
                assert len({str(one) for one in said}) == 1, action
                assert len({str(sorted(one.params.items())) for one in said}) == 1, action

    def test_a_visitor_is_asked_to_sign_in_and_nothing_is_told(self, stage: Staged, client: Any) -> None:
        before = stage.fingerprint()
        for method, address in [*_types_pages(stage), *pages_of(stage, stage.mine)]:
            answer = client.open(address, method=method)
            assert answer.status_code in (302, 303, 401), (method, address, answer.status_code)
            assert "/login" in answer.headers.get("Location", ""), (method, address)
        assert not changed(before, stage.fingerprint())

    def test_with_the_permission_list_page_and_form_answer(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.editor)
        for address in (stage.url(), stage.url(stage.mine), stage.url("new"), stage.url(stage.mine, "edit"), stage.url("statistics")):
            answer = client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            assert not Page(answer.text).dangers, address
        assert stage.title(stage.mine) in Page(client.get(stage.url(stage.mine)).text).text

    @pytest.mark.both_databases
    def test_what_is_out_of_sight_answers_like_an_id_that_never_was(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(self.reader), stage.fingerprint()
        for there in stage.out_of_sight:
            for (method, address), (_method, nowhere) in zip(pages_of(stage, there), pages_of(stage, NEVER), strict=True):
                found, never = _ask(client, method, address), _ask(client, method, nowhere)
                assert found[0] == 404, (method, address, found[0])
                assert found[1] == never[1], (method, address)
        assert not changed(before, stage.fingerprint())

    def test_what_is_out_of_sight_is_in_no_list_picker_file_or_search(self, stage: Staged, as_user: Any, work: Any) -> None:
        client = as_user(self.reader)
        marked = "Quetzalcoatlus"
        field = self.text_fields(stage.rt)[0].name
        for there in stage.out_of_sight:
            stage.set(there, **{field: f"{marked} {there}"})
        for address in (
            stage.url(), f"{stage.url()}?q={marked}", f"{stage.url()}?{field}={marked}", stage.url("export.csv"), stage.url("statistics"),
            f"{stage.url('export.csv')}?layout=full&q={marked}", f"{stage.url('pick')}?q={marked}", f"/search?q={marked}", "/",
        ):  # fmt: skip
            answer = client.get(address)
            assert answer.status_code == 200, address
            told = answer.text if answer.mimetype != "text/html" else Page(answer.text).text
            assert f"{marked} {stage.out_of_sight[0]}" not in told, address
            assert f"{marked} {stage.out_of_sight[-1]}" not in told, address
        ids = set(self.all_ids(stage, client))
        assert ids.isdisjoint(stage.out_of_sight)
        assert {stage.mine, stage.seen} <= ids

    def test_what_is_seen_but_not_editable_has_no_controls(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.reader)
        for address in (stage.url(stage.seen), *(f"{stage.url(stage.seen)}?tab={tab}" for tab in ("activity", "files", "history"))):
            page = Page(client.get(address).text)
            wanted = [stage.url(stage.seen, name) for name in ("edit", "delete", "access")]
            assert not [link for link in page.links if link.partition("?")[0] in wanted], address
            assert not page.posts_to(f"/files/{stage.rt.name}", f"/activity/{stage.rt.name}", *wanted), address

    @pytest.mark.both_databases
    def test_what_is_seen_but_not_editable_is_refused_and_stays(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(self.reader), stage.fingerprint()
        field = self.text_fields(stage.rt)[0].name
        for method, address in pages_of(stage, stage.seen):
            if method == "POST" or address.endswith(("/edit", "/delete", "/access")):
                wanted = 404 if address.endswith("/restore") else 403
                assert _ask(client, method, address, {field: "not mine", "text": "x"})[0] == wanted, (method, address)
        assert not changed(before, stage.fingerprint())

    def test_who_may_only_look_makes_nothing(self, stage: Staged, as_user: Any) -> None:
        client, before = as_user(ONLOOKER), stage.fingerprint()
        assert client.get(stage.url(stage.mine)).status_code == 200
        page = Page(client.get(stage.url()).text)
        assert not [link for link in page.links if link.partition("?")[0] in (stage.url("new"), stage.url("import"))]
        addresses = [("GET", stage.url("new")), ("POST", stage.url("new"))]
        addresses += [("GET", stage.url("import")), ("POST", stage.url("import"))] if stage.rt.importable else []
        for method, address in addresses:
            assert _ask(client, method, address)[0] == 403, (method, address)
        assert not changed(before, stage.fingerprint())

    def test_a_new_record_in_a_place_only_seen_is_refused(self, stage: Staged, as_user: Any) -> None:
        client = as_user(self.reader)
        if client.get(stage.url("new")).status_code == 403:
            return  # this reader makes none at all: the test above
        data = self.filled_form(stage, client)
        seen = {name: str(value) for name, value in stage.world.lying("seen", stage.rt.fields).items() if name in data}
        for name, value in seen.items():
            data[name] = value
        before = stage.fingerprint()
        answer = client.post(stage.url("new"), data=data)
        if seen:
            assert answer.status_code == self.refuses_foreign_place, answer.status_code
            if self.refuses_foreign_place != 302:
                assert not changed(before, stage.fingerprint())

    refuses_foreign_place = 403
    """What creating a record in a place that is only seen answers; 302 where that is allowed."""

    def test_pickers_offer_what_is_visible_and_nothing_else(self, stage: Staged, as_user: Any, work: Any) -> None:
        from core.fields import Ref
        from core.fields.references import lookup

        client = as_user(self.reader)
        own = json.loads(client.get(stage.url("pick")).text)["items"]
        assert own
        assert {item["value"] for item in own}.isdisjoint(stage.out_of_sight)
        for f in stage.rt.fields:
            answer = client.get(stage.url("pick", f.name))
            if not isinstance(f.kind, Ref):
                assert answer.status_code == 404, f.name
                continue
            assert answer.status_code == 200, f.name
            offered = [item["value"] for item in json.loads(answer.text)["items"]]
            with work(self.reader) as actor:
                from sqlalchemy import select

                from core.db import db

                found = lookup(f.kind.target)
                condition = f.kind.condition(actor)
                assert set(offered) <= set(db.session.scalars(select(found.model.id).where(condition))), f.name
        assert client.get(stage.url("pick", "no_such_field")).status_code == 404

    def test_why_tells_whoever_may_edit_and_agrees_with_the_pages(self, stage: Staged, as_user: Any, work: Any) -> None:
        from core.records.why import reason_of

        assert as_user(self.editor).get(stage.url(stage.mine, "access")).status_code == 200
        for login in ("admin", "user1", "manager1", "user2", ONLOOKER):
            client = as_user(login)
            for record_id in [i for place, i in stage.ids.items() if place != "trashed"]:
                with work(login) as actor:
                    sees, changes, reason, _rules = reason_of(stage.rt, record_id, actor)
                assert (client.get(stage.url(record_id)).status_code == 200) is sees, (login, record_id, reason)
                assert (client.get(stage.url(record_id, "edit")).status_code == 200) is changes, (login, record_id, reason)

    def all_ids(self, stage: Staged, client: Any, query: str = "") -> list[int]:
        """The ids of a whole list, page after page."""
        out: list[int] = []
        address = f"{stage.url()}?limit=100&{query}"
        for _page in range(20):
            page = Page(client.get(address).text)
            out += page.rows
            following = [link for link in page.links if "cursor=" in link and page.rels.get(link) == "next"]
            if not following:
                return out
            address = following[0]
        raise AssertionError("the list has no end")
