"""REST on records: what goes out, what comes in, and what is refused."""

import json

import pytest

MARK = pytest.mark.both_databases


@MARK
def test_a_new_record_is_answered_with_its_address_and_all_its_values(user1, people):
    body = {
        "name": "  Blue  lamp ",
        "code": "L-1",
        "notes": "two\r\nlines",
        "price": "1234.5",
        "weight": 0.125,
        "pieces": 3,
        "bought": "2026-02-28",
        "broken": True,
        "colour": "blue",
        "country": "España",
        "fan_ids": [people["manager1"], people["admin"]],
        "screws": [{"length": "2.50"}, {"length": 3}],
    }
    answer = user1.post("/api/v1/gadgets", json=body)
    assert answer.status_code == 201
    made = answer.json
    assert answer.headers["Location"] == f"/api/v1/gadgets/{made['id']}"
    assert answer.headers["ETag"] == '"1"'
    me = people["user1"]
    assert {k: made[k] for k in made if k not in ("created_at", "updated_at")} == {
        "id": made["id"],
        "name": "Blue lamp",
        "code": "L-1",
        "notes": "two\nlines",
        "price": "1234.50",
        "weight": "0.125",
        "pieces": 3,
        "bought": "2026-02-28",
        "broken": True,
        "colour": "blue",
        "country": "ES",
        "owner_id": me,
        "maker_id": None,
        "locked": False,
        "double": 6,
        "fan_ids": sorted([people["manager1"], people["admin"]]),
        "screws": [{"length": "2.5"}, {"length": "3"}],
        "total": "2",
        "created_by_id": me,
        "version": 1,
        "warnings": [{"field": "price", "message": "That is dear."}],
    }
    assert made["created_at"].endswith("Z")
    again = user1.get(answer.headers["Location"])
    assert again.json == {k: v for k, v in made.items() if k != "warnings"}


@MARK
def test_an_absent_key_means_the_default_and_null_means_empty(user1, people):
    assert user1.post("/api/v1/gadgets", json={"name": "a"}).json["owner_id"] == people["user1"]
    empty = user1.post("/api/v1/gadgets", json={"name": "b", "owner_id": None, "broken": None, "price": None}).json
    assert (empty["owner_id"], empty["broken"], empty["price"]) == (None, False, None)
    refused = user1.post("/api/v1/gadgets", json={"name": "c", "pieces": None})
    assert refused.status_code == 422
    assert list(refused.json["errors"]) == ["pieces"]


def test_all_that_is_wrong_with_a_body_is_said_at_once_by_field(user1):
    body = {
        "nme": "x",
        "price": "1.234,5",
        "bought": "2026-02-30",
        "colour": "green",
        "owner_id": 99999,
        "id": 5,
        "created_at": "2020-01-01",
        "version": 3,
        "double": 4,
        "total": "9",
        "secret": "s",
        "screws": [{"length": 1}, {"length": "x"}],
    }
    answer = user1.post("/api/v1/gadgets", json=body)
    assert answer.status_code == 422
    assert answer.mimetype == "application/problem+json"
    errors = answer.json["errors"]
    assert set(errors) == {
        "name",
        "nme",
        "price",
        "bought",
        "colour",
        "owner_id",
        "id",
        "created_at",
        "version",
        "double",
        "total",
        "secret",
        "screws.1.length",
    }
    assert "“name”" in errors["nme"][0]
    assert errors["id"] == ["This can be read, not set."]
    assert "99999" in errors["owner_id"][0]


@pytest.mark.parametrize(
    ("body", "kind", "code"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("null", "application/json", 400),
        ("", "application/json", 400),
        ('{"name": NaN}', "application/json", 400),
        ('{"name": "a", "name": "b"}', "application/json", 400),
        ('{"name": "\\ud800"}', "application/json", 400),
        ('{"name": "a\\u0000b"}', "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        (b'{"name": "\xff"}', "application/json", 400),
        ('{"pieces": ' + "9" * 5000 + "}", "application/json", 400),
        ('{"name": "a", "price": 1e400}', "application/json", 422),
        ('{"name": "a", "pieces": 99999999999}', "application/json", 422),
        ('{"name": {"a": 1}}', "application/json", 422),
        ('{"name": "a", "bought": [1]}', "application/json", 422),
        ('{"name": "a", "fan_ids": {"a": 1}}', "application/json", 422),
        ('{"name": "a", "owner_id": true}', "application/json", 422),
        ('{"name": "a"}', "text/plain", 415),
        ("name=a", "application/x-www-form-urlencoded", 415),
    ],
)
def test_what_is_no_json_object_is_refused_and_never_breaks(user1, body, kind, code):
    answer = user1.post("/api/v1/gadgets", data=body, content_type=kind)
    assert answer.status_code == code, answer.text
    assert answer.json["status"] == code
    assert user1.get("/api/v1/gadgets").json["items"] == []


def test_a_body_that_is_too_large_is_refused(user1):
    answer = user1.post("/api/v1/gadgets", data=b'{"name": "' + b"x" * (5 * 1024 * 1024) + b'"}', content_type="application/json")
    assert (answer.status_code, answer.json["status"]) == (413, 413)


@MARK
def test_a_list_is_filtered_sorted_and_paged_like_the_page(user1, make, people):
    for name, price, day in (("c", "5", "2026-01-03"), ("a", "500", None), ("B", "50", "2026-01-01"), ("d%", None, "2026-01-02")):
        make(name, price=price, bought=day)

    def names(query):
        answer = user1.get(f"/api/v1/gadgets?{query}")
        assert answer.status_code == 200, answer.text
        return [item["name"] for item in answer.json["items"]]

    assert names("") == ["a", "B", "c", "d%"]
    assert names("sort=-name") == ["d%", "c", "B", "a"]
    assert names("sort=bought") == ["B", "d%", "c", "a"]
    assert names("sort=-bought") == ["c", "d%", "B", "a"]
    assert names("price_from=6&price_to=60") == ["B"]
    assert names("dear=1") == ["a"]
    assert names("q=%25") == ["d%"]
    assert names(f"owner_id={people['user1']}&bought_from=2026-01-02") == ["c", "d%"]
    seen, cursor = [], ""
    while cursor is not None:
        page = user1.get(f"/api/v1/gadgets?sort=bought&limit=1{cursor and f'&cursor={cursor}'}").json
        seen += [item["name"] for item in page["items"]]
        cursor = page["next"]
    assert seen == ["B", "d%", "c", "a"]


@pytest.mark.parametrize(
    "query",
    [
        "sort=secret",
        "sort=name);--",
        "sort=password_hash",
        "limit=0",
        "limit=201",
        "limit=abc",
        "limit=99999999999999999999",
        "cursor=x",
        "cursor=%00",
        "q=%00",
        "page=2",
        "per_page=5",
        "tab=x",
        "columns=name",
        "secret=x",
        "owner.password_hash=x",
        "bought_from=yesterday",
        "owner_id=x",
        "limit=1&limit=2",
        "price_from=1&price_from=2",
        "f1=x",
        "f12'%20or%201=1",
        "colour=green",
    ],
)
def test_a_parameter_that_nobody_knows_or_that_can_not_be_read_is_a_400(user1, make, query):
    make()
    answer = user1.get(f"/api/v1/gadgets?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json["title"]


def test_a_changed_cursor_is_refused(user1, make):
    make("a"), make("b")
    cursor = user1.get("/api/v1/gadgets?limit=1").json["next"]
    assert user1.get(f"/api/v1/gadgets?limit=1&cursor={cursor}").status_code == 200
    assert user1.get(f"/api/v1/gadgets?limit=1&cursor={cursor[:-1]}A").status_code == 400
    assert user1.get(f"/api/v1/gadgets?limit=1&sort=-name&cursor={cursor}").status_code == 400


def test_a_list_costs_as_many_statements_for_fifty_rows_as_for_five(user1, make, count_queries):
    for n in range(5):
        make(f"g{n}")
    user1.get("/api/v1/gadgets")
    with count_queries() as few:
        user1.get("/api/v1/gadgets?limit=50")
    for n in range(45):
        make(f"h{n}")
    with count_queries() as many:
        assert len(user1.get("/api/v1/gadgets?limit=50").json["items"]) == 50
    five, fifty = (
        [s for s in q.statements if "core_counter" not in s and "core_addon" not in s] for q in (few, many)
    )  # read once a second
    assert len(five) == len(fifty) <= 8, fifty


@MARK
def test_a_change_touches_only_what_was_sent(user1, make):
    made = make("Lamp", price="5", notes="n", screws=[{"length": 1}])
    answer = user1.patch(f"/api/v1/gadgets/{made['id']}", json={"price": "6"})
    assert answer.status_code == 200
    assert (answer.json["price"], answer.json["notes"], answer.json["version"], answer.headers["ETag"]) == ("6.00", "n", 2, '"2"')
    assert user1.patch(f"/api/v1/gadgets/{made['id']}", json={"notes": None, "screws": []}).json["screws"] == []
    assert user1.get(f"/api/v1/gadgets/{made['id']}").json["notes"] is None


@MARK
def test_changes_of_different_fields_are_merged_and_of_one_field_shown_both(user1, make):
    where = f"/api/v1/gadgets/{make('Lamp', price='5')['id']}"
    assert user1.patch(where, json={"price": "6", "version": 1}).status_code == 200
    merged = user1.patch(where, json={"notes": "mine", "version": 1})
    assert (merged.status_code, merged.json["price"], merged.json["notes"]) == (200, "6.00", "mine")
    clash = user1.patch(where, json={"price": "7"}, headers={"If-Match": '"1"'})
    assert clash.status_code == 409
    assert clash.json["version"] == 3
    assert [(f["field"], f["before"], f["theirs"], f["yours"]) for f in clash.json["fields"]] == [("price", "5", "6", "7")]
    assert user1.get(where).json["price"] == "6.00"
    assert user1.patch(where, json={"price": "7", "version": 3}).status_code == 200


@pytest.mark.parametrize("header", ['"x"', "abc", '"1", "2"'])
def test_a_version_that_is_none_is_a_400(user1, make, header):
    where = f"/api/v1/gadgets/{make()['id']}"
    assert user1.patch(where, json={"notes": "x"}, headers={"If-Match": header}).status_code == 400
    assert user1.patch(where, json={"notes": "x", "version": "1"}).status_code == 400
    assert user1.patch(where, json={"notes": "x", "version": 1}, headers={"If-Match": "2"}).status_code == 400


def test_a_loss_of_sight_must_be_confirmed(user1, make, people):
    where = f"/api/v1/gadgets/{make()['id']}"
    asked = user1.patch(where, json={"owner_id": people["manager1"]})
    assert asked.status_code == 409
    assert asked.json["sight"]["losses"]
    assert user1.get(where).json["owner_id"] == people["user1"]
    assert user1.patch(where + "?confirm=all", json={"owner_id": people["manager1"]}).status_code == 400
    assert user1.patch(where + "?confirm=sight", json={"owner_id": people["manager1"]}).status_code == 204
    assert user1.get(where).status_code == 404


def test_a_reference_that_is_sent_back_unchanged_passes_even_out_of_sight(user1, make, people, work):
    from core import record_type
    from core.db import db

    made = make("Lamp", owner_id=people["user1"])
    with work():
        gadget = db.session.get(record_type("gadgets.gadget").model, made["id"])
        gadget.maker_id = _trashed_maker()
    answer = user1.patch(f"/api/v1/gadgets/{made['id']}", json={"maker_id": 1, "notes": "x"})
    assert (answer.status_code, answer.json["maker_id"]) == (200, 1)
    assert user1.post("/api/v1/gadgets", json={"name": "b", "maker_id": 1}).status_code == 422


def _trashed_maker():
    from core import record_type
    from core.db import db, utcnow

    maker = record_type("gadgets.maker").model(name="Gone", custom={}, trashed_at=utcnow())
    db.session.add(maker)
    db.session.flush()
    return maker.id


def test_a_deleted_record_is_gone_once(user1, make):
    where = f"/api/v1/gadgets/{make()['id']}"
    assert user1.delete(where, headers={"If-Match": '"9"'}).status_code == 409
    gone = user1.delete(where)
    assert (gone.status_code, gone.data) == (204, b"")
    assert user1.delete(where).status_code == 404
    assert user1.get(where).status_code == 404


def test_an_operation_of_a_plugin_is_a_post_on_the_record(user1, make, people, api_as):
    where = f"/api/v1/gadgets/{make()['id']}"
    locked = user1.post(f"{where}/lock")
    assert (locked.status_code, locked.json["locked"], locked.json["version"]) == (200, True, 2)
    assert user1.post(f"{where}/lock").status_code == 409
    assert user1.patch(where, json={"notes": "x"}).json == {
        "type": "about:blank",
        "title": "That doesn't fit with the present state",
        "status": 409,
        "detail": "It is locked.",
        "locked": True,
    }
    assert user1.delete(where).status_code == 409
    assert user1.post(f"{where}/measure", json={"length": 5}).json == {"length": 5, "name": "Lamp"}
    assert user1.post(f"{where}/measure", json={}).json["errors"] == {"length": ["This is needed."]}
    assert user1.post(f"{where}/fly").status_code == 404
    assert user1.get(f"{where}/lock").status_code == 405


def test_seen_but_not_allowed_is_403_and_changes_nothing(user1, people, api_as):
    made = user1.post("/api/v1/gadgets", json={"name": "Nobody's", "owner_id": None}).json
    where = f"/api/v1/gadgets/{made['id']}"
    for answer in (user1.patch(where, json={"name": "x"}), user1.delete(where), user1.post(f"{where}/lock")):
        assert answer.status_code == 403
    assert user1.post(f"{where}/measure", json={"length": 1}).status_code == 200
    assert user1.get(where).json == made


@MARK
def test_missing_and_out_of_sight_are_the_same_404_byte_for_byte(make, people, api_as):
    seen = make("Secret thing")
    other, nobody = api_as("manager1"), api_as("user2")

    def body(answer):
        assert answer.status_code == 404
        return answer.data, {k: v for k, v in answer.headers.items() if k != "Date"}

    there, never = f"/api/v1/gadgets/{seen['id']}", "/api/v1/gadgets/99999"
    for act in ("get", "delete"):
        assert body(getattr(other, act)(there)) == body(getattr(other, act)(never))
    assert body(other.patch(there, json={"name": "x"})) == body(other.patch(never, json={"name": "x"}))
    assert body(other.post(f"{there}/lock")) == body(other.post(f"{never}/lock"))
    assert body(nobody.get("/api/v1/gadgets")) == body(nobody.get("/api/v1/nothing")) == body(nobody.get(there))
    assert body(other.get("/api/v1/gadgets/99999999999999999999")) == body(other.get(never))
    assert other.get("/api/v1/gadgets").json == {"items": [], "next": None}


@MARK
def test_a_unique_value_that_is_taken_is_a_409(user1, make):
    make(code="X")
    answer = user1.post("/api/v1/gadgets", json={"name": "b", "code": "X"})
    assert answer.status_code == 409
    assert len(user1.get("/api/v1/gadgets").json["items"]) == 1


@MARK
def test_custom_fields_go_in_and_out_by_their_id(user1, people, work):
    from core.custom_fields.services import create_field

    with work("admin"):
        text = create_field("gadgets.gadget", None, {"label": "Shelf", "kind": "text", "searchable": True}).id
        number = create_field("gadgets.gadget", None, {"label": "Volts", "kind": "numeric", "searchable": True}).id
    made = user1.post("/api/v1/gadgets", json={"name": "a", f"f{text}": "A 3", f"f{number}": 230.5}).json
    assert (made[f"f{text}"], made[f"f{number}"]) == ("A 3", "230.5")
    assert user1.post("/api/v1/gadgets", json={"name": "b", f"f{number}": "1.234,5"}).status_code == 422
    assert user1.post("/api/v1/gadgets", json={"name": "b", "f999": "x"}).status_code == 422
    assert user1.get("/api/v1/gadgets?" + f"f{text}=shelf").json["items"] == []
    assert len(user1.get("/api/v1/gadgets?" + f"f{number}_from=230").json["items"]) == 1
    assert user1.patch(f"/api/v1/gadgets/{made['id']}", json={f"f{text}": None}).json[f"f{text}"] is None


def test_a_type_below_another_address_is_named_after_both(user1):
    assert user1.post("/api/v1/gadget-makers", json={"name": "Acme"}).status_code == 201
    assert [m["name"] for m in user1.get("/api/v1/gadget-makers").json["items"]] == ["Acme"]


def test_nothing_that_is_not_declared_comes_out(user1, make, app):
    text = json.dumps(make("Lamp"))
    assert "secret" not in text
    assert "search_text" not in text
    assert "name_key" not in text


def test_every_column_that_is_no_field_stays_as_it_is(user1, make, work):
    from core import record_type
    from core.db import db

    made = make()
    model = record_type_model(work)
    sent = {c.name: 7 for c in model.__table__.columns if c.name not in user1.get(f"/api/v1/gadgets/{made['id']}").json}
    assert {"search_text", "name_key", "trashed_at", "custom", "secret"} <= set(sent)
    for name, value in sent.items():
        assert user1.patch(f"/api/v1/gadgets/{made['id']}", json={name: value}).status_code == 422, name
    with work():
        assert db.session.get(record_type("gadgets.gadget").model, made["id"]).version == 1


def record_type_model(work):
    from core import record_type

    with work():
        return record_type("gadgets.gadget").model
