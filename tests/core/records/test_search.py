"""The global search: what one sees is found, nothing else is found, counted or hinted at."""

import pytest

MARK = pytest.mark.both_databases


@pytest.fixture
def found(as_user, people):
    """`found("user1", "lamp")` → {group's label: [(title, more)]} of the palette's JSON."""

    def search(login, q):
        answer = as_user(login).get("/search.json", query_string={"q": q})
        assert answer.status_code == 200
        return {g["label"]: [(i["title"], i["more"]) for i in g["items"]] for g in answer.json["groups"]}

    return search


@MARK
def test_records_are_found_by_words_codes_and_ids_without_case_and_accents(found, make, user1):
    lamp = make("Lámpara Grande", code="15/1000")
    user1.post("/api/v1/gadget-makers", json={"name": "Lamparas SA"})
    assert found("user1", "LAMPARA") == {"Gadgets": [("Lámpara Grande", "15/1000")], "Makers": [("Lamparas SA", "")]}
    assert found("user1", "grande lampara") == {"Gadgets": [("Lámpara Grande", "15/1000")]}
    assert found("user1", "5/10") == {"Gadgets": [("Lámpara Grande", "15/1000")]}
    assert found("user1", f"#{lamp['id']}")["Gadgets"] == [("Lámpara Grande", "15/1000")]
    assert found("user1", "%") == found("user1", "__") == found("user1", "l") == found("user1", "") == found("user1", "#999999") == {}


@MARK
@pytest.mark.parametrize("q", ["%00", "%00a", "%FF", '"', "'--", '" OR *', "a" * 5000, "#" + "9" * 30, "\\", "(((", "NEAR(a b)", "-"])
def test_no_text_breaks_the_search(as_user, people, make, q):
    make("Lamp")
    client = as_user("user1")
    assert client.get(f"/search.json?q={q.replace('#', '%23')}").status_code == 200
    assert client.get(f"/search?q={q.replace('#', '%23')}").status_code == 200


@MARK
def test_five_are_shown_and_all_are_counted(as_user, people, make):
    for n in range(7):
        make(f"Lamp {n}")
    (group,) = as_user("user1").get("/search.json?q=lamp").json["groups"]
    assert len(group["items"]) == 5
    assert (group["total"], group["all"], group["url"]) == ("7", "All 7 in Gadgets", "/gadgets/?q=lamp")
    assert group["items"][0]["url"].startswith("/gadgets/")


@MARK
def test_what_is_out_of_sight_is_as_if_it_were_not(as_user, people, make, found, work):
    hidden = make("Reservada", code="RES-1")
    with work():
        attach("gadgets.gadget", hidden["id"], "secreto.pdf")
    other = as_user("manager1")

    def main(q):
        return other.get(f"/search?q={q}").text.partition("<main")[2].partition("</main")[0].replace(q, "…")

    nothing = main("xyzxyz")
    assert "Nothing found" in nothing
    for q in ("Reservada", "RES-1", "secreto"):
        assert found("user1", q), q
        assert found("manager1", q) == {}
        assert main(q) == nothing
    assert found("manager1", f"#{hidden['id']}") == {}


@MARK
def test_files_are_found_by_their_name_and_lead_to_their_record(found, make, work, people):
    lamp = make("Lamp")
    gone = make("Gone")
    with work():
        attach("gadgets.gadget", lamp["id"], "Plano final 2026.PDF")
        attach("gadgets.gadget", gone["id"], "plano viejo.pdf")
        attach("nothing.here", lamp["id"], "plano ajeno.pdf")
    assert ("plano viejo.pdf", "Gadget · Gone") in found("user1", "plano")["Files"]
    with work():
        from core import record_type
        from core.db import db, utcnow

        db.session.get(record_type("gadgets.gadget").model, gone["id"]).trashed_at = utcnow()
    assert found("user1", "plano pdf") == {"Files": [("Plano final 2026.PDF", "Gadget · Lamp")]}


def attach(record_type, record_id, name):
    from core.db import db
    from core.files.models import File

    db.session.add(File(record_type=record_type, record_id=record_id, name=name, media_type="application/pdf", size=1, sha256="0" * 64))
    db.session.flush()


def test_without_crm_permission_there_is_no_search(as_user, client, people):
    assert as_user("user2").get("/search?q=lamp").status_code == 404
    assert as_user("user2").get("/search.json?q=lamp").status_code == 404
    assert client.get("/search?q=lamp").status_code == 302


def test_a_hidden_or_disabled_plugin_is_not_searched(found, make, app, work, people):
    from core.visibility.services import set_visibility

    make("Lamp", owner_id=None)
    states = app.extensions["cartera"].addons.states
    assert found("user1", "lamp")
    try:
        for state, seen in (("hidden", True), ("disabled", False)):
            with app.app_context():
                states.set_state("gadgets", state, None)
            assert found("user1", "lamp") == {}
            assert bool(found("admin", "lamp")) is seen
    finally:
        with app.app_context():
            states.set_state("gadgets", "enabled", None)
    with work():
        set_visibility("plugin:gadgets", None, "hidden")
    assert found("user1", "lamp") == {}


def test_the_page_shows_what_the_palette_shows(as_user, people, make):
    make("Lamp <b>", code="L-1")
    page = as_user("user1").get("/search?q=lamp")
    assert page.status_code == 200
    assert "Lamp &lt;b&gt;" in page.text
    assert "L-1" in page.text
    assert "Write at least two characters" in as_user("user1").get("/search").text
