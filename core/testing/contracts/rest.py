"""REST: the same records under the same rights, with tokens and scopes, and refusals as problems (RFC 9457)."""

from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from .stage import NEVER, ONLOOKER, Stage, Staged, changed

FIXED = ("id", "created_at", "created_by_id", "updated_at", "version")


def _is_problem(answer: Any, status: int) -> bool:
    return (
        answer.status_code == status and answer.mimetype == "application/problem+json"
        and answer.json["status"] == status and bool(answer.json["title"])
    )  # fmt: skip


def _same(found: Any, sent: Any) -> bool:
    """Whether a value came back as it was sent: numbers by their value, all else as it stands."""
    try:
        return Decimal(str(found)) == Decimal(str(sent))
    except InvalidOperation:
        return bool(found == sent)


class Rest(Stage):
    """What programs get. A record type that REST does not show is not there at all."""

    @pytest.fixture
    def at(self, stage: Staged) -> str | None:
        """Its address in REST, or None."""
        return f"/api/v1/{stage.plural}" if stage.plural else None

    def test_what_rest_does_not_show_is_not_there(self, stage: Staged, api_as: Any) -> None:
        assert (stage.plural is not None) is bool(stage.rt.rest)
        described = api_as("admin").get("/api/v1/openapi.json").json["paths"]
        assert bool([path for path in described if path.startswith(f"/{stage.plural}")]) is bool(stage.rt.rest)

    @pytest.mark.both_databases
    def test_rest_makes_reads_changes_and_deletes(self, stage: Staged, at: str | None, api_as: Any) -> None:
        if at is None:
            return
        api = api_as(self.editor)
        with stage.app.app_context():
            body = self.body(stage.rt, stage.world, "mine", 800)
        made = api.post(at, json=body)
        assert made.status_code == 201, made.text
        assert made.headers["Location"] == f"{at}/{made.json['id']}"
        assert api.get(made.headers["Location"]).json == {k: v for k, v in made.json.items() if k != "warnings"}
        fields = {f.name: f for f in stage.rt.fields}
        for name, value in body.items():
            if name in fields and name not in self.computed:
                assert _same(made.json[name], value), (name, made.json[name], value)
        field = self.text_fields(stage.rt)[0].name
        where = made.headers["Location"]
        changed_one = api.patch(where, json={field: "By REST", "version": made.json["version"]})
        assert changed_one.status_code == 200, changed_one.text
        assert changed_one.json[field] == "By REST"
        assert changed_one.json["version"] == made.json["version"] + 1
        assert changed_one.headers["ETag"] == f'"{changed_one.json["version"]}"'
        deleter = api_as(self.deleter)
        assert deleter.delete(f"{at}/{stage.mine}").status_code == 204
        assert _is_problem(deleter.get(f"{at}/{stage.mine}"), 404)
        assert _is_problem(deleter.delete(f"{at}/{stage.mine}"), 404)

    def test_rest_lists_what_its_pages_list(self, stage: Staged, at: str | None, api_as: Any, as_user: Any) -> None:
        if at is None:
            return
        api, address, found = api_as(self.reader), f"{at}?limit=25", []
        while True:
            answer = api.get(address)
            assert answer.status_code == 200, answer.text
            found += [item["id"] for item in answer.json["items"]]
            if not answer.json["next"]:
                break
            address = f"{at}?limit=25&cursor={answer.json['next']}"
        assert found == self.all_ids(stage, as_user(self.reader))  # type: ignore[attr-defined]

    @pytest.mark.both_databases
    def test_rest_obeys_sight_and_rights(self, stage: Staged, at: str | None, api_as: Any) -> None:
        if at is None:
            return
        api, field, before = api_as(self.reader), self.text_fields(stage.rt)[0].name, stage.fingerprint()
        for there in stage.out_of_sight:
            for method, sent in (("GET", None), ("PATCH", {field: "x"}), ("DELETE", None)):
                found, never = (api.open(f"{at}/{i}", method=method, json=sent) for i in (there, NEVER))
                assert _is_problem(found, 404), (method, there)
                assert found.data == never.data, (method, there)
        assert _is_problem(api.patch(f"{at}/{stage.seen}", json={field: "x"}), 403)
        assert _is_problem(api.delete(f"{at}/{stage.seen}"), 403)
        with stage.app.app_context():
            body = self.body(stage.rt, stage.world, "mine", 801)
        assert _is_problem(api_as(ONLOOKER).post(at, json=body), 403)
        outsider = api_as("user2")
        one = f"{at}/{stage.mine}"
        answers = [outsider.get(at), outsider.post(at, json=body), outsider.get(one), outsider.delete(one)]
        assert all(_is_problem(answer, 404) for answer in answers)
        assert not changed(before, stage.fingerprint())

    def test_rest_asks_for_a_token_and_its_scope(self, stage: Staged, at: str | None, client: Any, api_as: Any) -> None:
        if at is None:
            return
        client.csrf, field, before = False, self.text_fields(stage.rt)[0].name, stage.fingerprint()
        assert _is_problem(client.get(at), 401)
        assert _is_problem(client.post(at, json={}), 401)
        reader, writer = api_as(self.editor, scopes=("read",)), api_as(self.editor, scopes=("write",))
        others = [api_as(self.editor, scopes=(scope,)) for scope in stage.other_scopes]
        assert reader.get(f"{at}/{stage.mine}").status_code == 200
        for answer in (
            reader.post(at, json={}), reader.patch(f"{at}/{stage.mine}", json={field: "x"}), reader.delete(f"{at}/{stage.mine}"),
            writer.get(at), writer.get(f"{at}/{stage.mine}"), *(other.get(at) for other in others),
        ):  # fmt: skip
            assert _is_problem(answer, 403)
        assert not changed(before, stage.fingerprint())

    def test_rest_refuses_what_it_can_not_read_and_writes_nothing(self, stage: Staged, at: str | None, api_as: Any) -> None:
        if at is None:
            return
        api, before = api_as(self.editor), stage.fingerprint()
        field = self.text_fields(stage.rt)[0].name
        fixed = [name for name in stage.row(stage.mine) if name not in {f.name for f in stage.rt.fields if f.written and f.api}]
        for name in [*fixed, "no_such_field", "__class__"]:
            if name == "version":
                continue
            answer = api.patch(f"{at}/{stage.mine}", json={field: "not kept", name: 7})
            assert _is_problem(answer, 422), (name, answer.status_code)
            assert name in answer.json["errors"], name
        for body in ([], "x", 1, {field: {"a": 1}}, {field: ["x"]}, {field: True}):
            assert api.patch(f"{at}/{stage.mine}", json=body).status_code in (400, 422), body
        for raw in (b"", b"null", b"{", b"{'a': 1}", b'{"a": NaN}', b"\xff", b'{"a":1,"a":2}', b"[" * 100_000):
            answer = api.patch(f"{at}/{stage.mine}", data=raw, content_type="application/json")
            assert _is_problem(answer, 400), raw[:20]
        assert _is_problem(api.post(at, data="name=x", content_type="application/x-www-form-urlencoded"), 415)
        empty = api.post(at, json={})
        assert _is_problem(empty, 422)
        assert empty.json["errors"]
        assert not changed(before, stage.fingerprint())

    def test_rest_refuses_a_change_of_what_somebody_else_changed(self, stage: Staged, at: str | None, api_as: Any) -> None:
        if at is None:
            return
        api, where, field = api_as(self.editor), f"{at}/{stage.mine}", self.text_fields(stage.rt)[0].name
        version = api.get(where).json["version"]
        assert api_as("admin").patch(where, json={field: "Theirs"}).status_code == 200
        before = stage.fingerprint()
        seen = {"If-Match": f'"{version}"'}
        for answer in (api.patch(where, json={field: "Mine", "version": version}), api.patch(where, json={field: "Mine"}, headers=seen)):
            assert _is_problem(answer, 409), answer.text
            assert [row["field"] for row in answer.json["fields"]] == [field]
        assert not changed(before, stage.fingerprint())
        assert api.patch(where, json={field: "Mine", "version": version + 1}).status_code == 200

    def test_an_idempotency_key_makes_one_record(self, stage: Staged, at: str | None, api_as: Any) -> None:
        if at is None:
            return
        api, before = api_as(self.editor), stage.count()
        with stage.app.app_context():
            body = self.body(stage.rt, stage.world, "mine", 802)
        first, second = (api.post(at, json=body, headers={"Idempotency-Key": "k1"}) for _ in range(2))
        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json["id"] == second.json["id"]
        assert stage.count() == before + 1
        assert _is_problem(api.post(at, json={**body, "no_such": 1}, headers={"Idempotency-Key": "k1"}), 409)
