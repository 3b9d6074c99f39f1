"""Taking back an import: by the rules of whoever would do so record by record, with what is left named."""

import pytest
from sqlalchemy import select, update

from core.db import db, unit_of_work
from core.errors import Conflict
from core.history import HistoryEntry
from core.records import bulk
from core.records.import_models import Import
from core.records.import_options import Options
from core.records.import_runs import check_import, keep, run_import, start
from core.records.import_undo import edited_since, undo
from plugins.leads.stages import OPEN, WON

from .imports import Desk
from .test_import_pages import uploaded

HEAD = "name,id_parent,comments"


class Imports(Desk):
    """Imports that are kept, so that they can be taken back."""

    def imported(self, text, *, word="companies.company", login="manager1", **options):
        """The id of an import that is done."""
        path = self.folder / "kept.csv"
        path.write_text(text)
        with self.app.test_request_context():
            rt, actor = self.rt(word), self.actor(login)
            with unit_of_work(actor.user_id), path.open("rb") as file:
                import_id = keep(rt, actor, file, "kept.csv", Options(**options)).id
            check_import(rt, actor, import_id)
            with unit_of_work(actor.user_id):
                start(db.session.get_one(Import, import_id), good_rows=False)
            assert run_import(rt, actor, import_id)
            db.session.remove()
        return import_id

    def undone(self, import_id, *, word="companies.company", login="manager1", **how):
        """What taking it back did."""
        with self.app.test_request_context():
            actor = self.actor(login)
            with unit_of_work(actor.user_id):
                done = undo(self.rt(word), actor, db.session.get_one(Import, import_id), **how)
            db.session.remove()
        return done

    def shown(self, import_id, login="manager1"):
        """What is said to have been edited since, as it is sent back by who wants it taken back too."""
        with self.app.test_request_context():
            found = edited_since(self.rt(), db.session.get_one(Import, import_id), self.actor(login))
            return {one.id: one.version for one in found}

    def edit(self, title, *, word="companies.company", **values):
        """Somebody edits a record."""
        record_id = self.records(word)[title].id
        with self.app.app_context(), unit_of_work():
            record = db.session.get(self.rt(word).model, record_id)
            for name, value in values.items():
                setattr(record, name, value)
        return record_id


@pytest.fixture
def desk(app, world, tmp_path):
    return Imports(app, tmp_path)


def actions(app, name, record_id):
    with app.app_context():
        stmt = select(HistoryEntry.action, HistoryEntry.version, HistoryEntry.actor_id)
        mine = HistoryEntry.record_type == name, HistoryEntry.record_id == record_id
        return [tuple(row) for row in db.session.execute(stmt.where(*mine).order_by(HistoryEntry.id))]


@pytest.mark.both_databases
def test_what_was_made_lies_in_the_trash_as_if_it_had_been_deleted(desk, app, world):
    from plugins.companies.models import Sight

    import_id = desk.imported(f"{HEAD}\nMother,1,\nChild,Mother,\n")
    made = desk.records()["Child"].id
    assert desk.undone(import_id).removed == 2
    assert {"Mother", "Child"}.isdisjoint(desk.records())
    me = world.users["manager1"]
    assert actions(app, "companies.company", made) == [("create", 1, me), ("delete", 2, me)]
    with app.app_context():
        assert db.session.scalars(select(Sight.audience).where(Sight.company_id == made)).all() == []


def test_who_may_edit_but_not_delete_takes_nothing_away(desk, world):
    import_id = desk.imported(f"{HEAD}\nMine,1,\n", login="user1")
    done = desk.undone(import_id, login="user1")
    assert (done.removed, [(title, why) for _id, title, why in done.left]) == (0, [("Mine", "You may not delete it.")])
    assert "Mine" in desk.records()


def test_who_may_never_delete_is_offered_to_take_back_changes_only(desk, as_user):
    made = desk.imported(f"{HEAD}\nMine,1,\n", login="user1")
    changed = desk.imported(f"{HEAD}\nMine,1,new\n", login="user1", duplicates="update", match="name")
    offered = [f"/companies/import/{i}/undo" in as_user("user1").get(f"/companies/import/{i}").text for i in (made, changed)]
    assert offered == [False, True]
    assert desk.undone(changed, login="user1").restored == 1


def take_out_of_sight(desk, world, title, **values):
    """A company becomes the administrator's own, without a parent: nobody else sees it. Its id."""
    from plugins.companies.services import written

    record_id = desk.records()[title].id
    with desk.app.app_context(), unit_of_work():
        model = desk.rt().model
        stmt = update(model).where(model.id == record_id).values(manager_id=world.users["admin"], parent_id=None, **values)
        db.session.execute(stmt)
        written([record_id], desk.actor("admin"))
    return record_id


def test_what_went_out_of_sight_is_left_without_its_name(desk, world):
    import_id = desk.imported(f"{HEAD}\nMine,1,\n")
    record_id = take_out_of_sight(desk, world, "Mine", name="Secret")
    assert [title for _id, title, _why in desk.undone(import_id).left] == [f"No. {record_id}"]
    assert desk.shown(import_id) == {}


@pytest.mark.both_databases
def test_what_was_edited_since_is_left_and_named(desk):
    import_id = desk.imported(f"{HEAD}\nA,1,\nB,1,\n")
    edited = desk.edit("A", comments="worth keeping")
    done = desk.undone(import_id)
    assert (done.removed, done.left) == (1, [(edited, "A", "It was edited since.")])
    assert "A" in desk.records()


def test_what_was_shown_goes_too_when_it_is_wanted_back_but_not_what_was_edited_later(desk):
    import_id = desk.imported(f"{HEAD}\nA,1,\nB,1,\nC,1,\n")
    desk.edit("A", comments="first")
    desk.edit("B", comments="first")
    shown = desk.shown(import_id)
    desk.edit("B", comments="second")
    desk.edit("C", comments="first")
    done = desk.undone(import_id, edited=shown)
    assert (done.removed, sorted(title for _id, title, _why in done.left)) == (1, ["B", "C"])
    assert {"B", "C"} <= set(desk.records())
    assert "A" not in desk.records()


def test_changes_go_back_cell_by_cell_and_what_was_edited_since_stays(desk):
    desk.take(f"{HEAD}\nA,1,old\nB,1,old\n", login="manager1")
    import_id = desk.imported(f"{HEAD}\nA,1,new\nB,1,new\n", duplicates="update", match="name")
    desk.edit("A", comments="newer", website="https://a.example")
    edited = desk.shown(import_id)
    assert list(edited) == [desk.records()["A"].id]
    done = desk.undone(import_id)
    assert (done.restored, [title for _id, title, _why in done.left]) == (1, ["A"])
    assert [desk.records()[name].comments for name in "AB"] == ["newer", "old"]


@pytest.mark.both_databases
def test_changes_that_were_shown_go_back_as_well(desk):
    desk.take(f"{HEAD}\nA,1,old\n", login="manager1")
    import_id = desk.imported(f"{HEAD}\nA,1,new\n", duplicates="update", match="name")
    desk.edit("A", comments="newer")
    assert desk.undone(import_id, edited=desk.shown(import_id)).restored == 1
    assert desk.records()["A"].comments == "old"


def test_what_is_computed_is_computed_again_and_not_put_back(desk):
    leads, head = {"word": "leads.lead", "login": "admin"}, "fullname,email,progress"
    desk.take(f"{head}\nAna,ana@example.com,{WON}\nEva,eva@example.com,{WON}\n", **leads)
    rows = f"Ana,ana@example.com,{OPEN[0]}\nEva,eva@example.com,{OPEN[0]}\n"
    import_id = desk.imported(f"{head}\n{rows}", duplicates="update", **leads)
    desk.edit("Ana", word="leads.lead", progress=OPEN[1])
    done = desk.undone(import_id, **leads)
    assert (done.restored, [title for _id, title, _why in done.left]) == (1, ["Ana"])
    ana, eva = (desk.records("leads.lead")[name] for name in ("Ana", "Eva"))
    assert (ana.progress, ana.closed_at) == (OPEN[1], None)
    assert eva.progress == WON
    assert eva.closed_at is not None


def test_plugins_are_told_of_each_and_may_refuse_one(desk, monkeypatch):
    desk.take(f"{HEAD}\nOld,1,old\n", login="manager1")
    import_id = desk.imported(f"{HEAD}\nOld,1,new\nA,1,\nB,1,\nC,1,\n", duplicates="update", match="name")
    saved, told = [], []

    def caller(event):
        def call(*, change):
            told.append((change.action, change.record.name))
            if change.record.name == "B":
                raise Conflict("Not this one.")

        return call

    def after_commit(event, *, change=None, **more):
        return saved.append((change.action, change.record.name)) if change else ordinary(event, **more)

    with desk.app.app_context():
        addons = bulk.runtime().addons
    ordinary = addons.call
    monkeypatch.setattr(bulk, "is_heard", lambda *events: True)
    whom = addons.caller
    monkeypatch.setattr(addons, "caller", lambda event: caller(event) if event == "record_saving" else whom(event))
    monkeypatch.setattr(addons, "call", after_commit)
    done = desk.undone(import_id)
    assert [(title, why) for _id, title, why in done.left] == [("B", "Not this one.")]
    assert {("delete", "A"), ("delete", "B"), ("delete", "C"), ("update", "Old")} <= set(told)
    assert sorted(saved) == [("delete", "A"), ("delete", "C"), ("update", "Old")]
    assert "B" in desk.records()
    assert {"A", "C"}.isdisjoint(desk.records())


def test_more_records_need_no_more_statements(desk, count_queries):
    counts = []
    for count in (3, 4, 40):
        desk.take(f"{HEAD}\n" + "".join(f"Old {count} {n},1,old\n" for n in range(count)), login="manager1")
        rows = "".join(f"Old {count} {n},1,new\nNew {count} {n},Old {count} {n},\n" for n in range(count))
        import_id = desk.imported(f"{HEAD}\n{rows}", duplicates="update", match="name")
        with count_queries() as q:
            done = desk.undone(import_id)
        assert (done.removed, done.restored, done.left) == (count, count, [])
        back = [s for s in q.statements if s.startswith("UPDATE companies_company SET comments")]  # each its own old values
        assert len(back) == count
        counts.append(len(asked(q)) - count)
    assert counts[2] <= counts[1], q


def test_more_records_that_are_refused_need_no_more_statements(desk, count_queries, world):
    head, contacts = "fullname,email,id_company", {"word": "contacts.contact", "login": "manager1"}
    desk.take("name,id_parent\nFrom,1\nTo,1\n", login="manager1")
    imports = []
    for count in (3, 30):
        rows = [f"C{count} {n},c{count}.{n}@example.com" for n in range(count)]
        desk.take("\n".join([head, *(f"{row},From" for row in rows)]), **contacts)
        imports.append(desk.imported("\n".join([head, *(f"{row},To" for row in rows)]), duplicates="update", **contacts))
    take_out_of_sight(desk, world, "From")
    counts = []
    for count, import_id in zip((3, 30), imports, strict=True):
        with count_queries() as q:
            done = desk.undone(import_id, **contacts)
        assert (done.restored, len(done.left)) == (0, count)
        counts.append(len(asked(q)))
    assert counts[1] <= counts[0], q


def asked(queries):
    """The statements without the looks at what other processes changed, which are taken once a second."""
    return [s for s in queries.statements if "core_counter" not in s and "core_addon_version" not in s]


# --- pages ---


@pytest.fixture
def manager1(as_user, world):
    return as_user("manager1")


def test_the_report_shows_the_records_of_this_import_alone(manager1, desk, as_user):
    where = uploaded(manager1, f"{HEAD}\nA,1,\nB,1,\n")
    report = manager1.post(where, data={"mode": "all"}, follow_redirects=True).text
    import_id = int(where.rpartition("/")[2])
    assert f'href="/companies/?import={import_id}"' in report
    page = manager1.get(f"/companies/?import={import_id}").text
    assert ">A<" in page
    assert "Customer #A" not in page
    assert ">A<" not in as_user("user1").get(f"/companies/?import={import_id}").text


@pytest.mark.both_databases
def test_the_list_of_an_import_holds_what_it_made_and_what_it_changed(desk, as_user):
    desk.take(f"{HEAD}\nOld,1,old\nOther,1,\n", login="manager1")
    import_id = desk.imported(f"{HEAD}\nOld,1,new\nNew,1,\n", duplicates="update", match="name")
    page = as_user("manager1").get(f"/companies/?import={import_id}").text
    assert [name in page for name in (">Old<", ">New<", ">Other<")] == [True, True, False]


def test_after_the_undo_the_report_says_what_is_gone_and_what_was_left(manager1, desk):
    where = uploaded(manager1, f"{HEAD}\nA,1,\nB,1,\nC,1,\n")
    manager1.post(where, data={"mode": "all"})
    desk.edit("A", comments="x")
    asked = manager1.post(f"{where}/undo", follow_redirects=True).text
    assert f"seen={desk.records()['A'].id}.2" in asked
    manager1.post(f"{where}/undo?edited=keep")
    page = manager1.get(where).text
    assert "<dt>Removed</dt><dd>2</dd>" in page
    assert "<dt>Made</dt>" not in page
    assert "A: It was edited since." in page


def test_what_somebody_else_left_is_named_to_those_who_see_it_alone(as_user, desk, world):
    import_id = desk.imported(f"{HEAD}\nMine,1,\n")
    desk.edit("Mine", comments="x")
    record_id = take_out_of_sight(desk, world, "Mine", name="Secret")
    assert [title for _id, title, _why in desk.undone(import_id, login="admin").left] == ["Secret"]
    pages = {login: as_user(login).get(f"/companies/import/{import_id}").text for login in ("admin", "manager1")}
    assert "Secret: It was edited since." in pages["admin"]
    assert "Secret" not in pages["manager1"]
    assert f"<li>No. {record_id}</li>" in pages["manager1"]


def test_a_record_that_was_chosen_instead_is_shown_by_its_name(manager1):
    where = uploaded(manager1, f"{HEAD}\nA,Nobody,\nB,Somebody,\n")
    manager1.post(f"{where}?do=fix", data={"fix": "use", "kind": "reference|1|Nobody", "with": "2"})
    assert "Customer #A (no. 2)" in manager1.get(f"{where}?shown=all").text


@pytest.mark.parametrize(("bad", "words"), [(1, "give me the other one as CSV"), (2, "give me the 2 others as CSV")])
def test_one_row_is_not_called_others(manager1, bad, words):
    rows = "".join(f"Bad {n},Nobody,\n" for n in range(bad))
    page = manager1.get(uploaded(manager1, f"{HEAD}\nA,1,\n{rows}")).text
    assert f"Import the one good row, {words}" in page
