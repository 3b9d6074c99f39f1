"""Writing imported rows: as forms write them, all or none, and only as far as the rights go."""

from functools import partial

import pytest
from sqlalchemy import func, select, text, update

from core.db import db, unit_of_work
from core.history import HistoryEntry
from core.records import bulk, import_check, import_write
from core.records.import_write import Refused, write
from core.records.services import create_record

from .imports import Desk

HEAD = "name,fiscal_id,country,id_parent,manager,comments"


@pytest.fixture
def desk(app, world, tmp_path):
    return Desk(app, tmp_path)


def line(model, record_id):
    """A row as it lies in the database, without what differs from row to row."""
    row = db.session.execute(select(model.__table__).where(model.id == record_id)).mappings().one()
    return {k: v for k, v in row.items() if k not in ("id", "created_at", "updated_at", "last_update")}


def history(name, record_id):
    rows = db.session.scalars(select(HistoryEntry).where(HistoryEntry.record_type == name, HistoryEntry.record_id == record_id))
    return [(h.action, h.version, h.actor_id, {k: v for k, v in h.changes.items() if k != "last_update"}) for h in rows]


def counted(model):
    return db.session.scalar(select(func.count()).select_from(model))


@pytest.mark.both_databases
def test_an_imported_company_is_the_same_as_one_from_a_form(desk, app):
    from plugins.companies.models import Company, Sight

    with app.test_request_context():
        with unit_of_work(1):
            values = {"name": "Peña 2", "fiscal_id": "X1", "country": "ES", "parent_id": 1, "manager_id": 2, "comments": "a\nb", "f1": "020"}
            typed = create_record(desk.rt(), values, desk.actor("admin")).id
        db.session.remove()
    head = f"{HEAD},Office Phone"
    made = desk.take(f'{head}\nPeña 2,X1,ES,1,user1,"a\nb",020\n', duplicates="create").created
    with app.app_context():
        assert len(made) == 1
        assert line(Company, made[0]) == line(Company, typed)
        assert history("companies.company", made[0]) == history("companies.company", typed)
        seen = [db.session.execute(select(Sight.audience, Sight.why).where(Sight.company_id == i)).all() for i in (made[0], typed)]
        assert sorted(map(tuple, seen[0])) == sorted(map(tuple, seen[1]))
        assert seen[0]


@pytest.mark.both_databases
def test_many_rows_come_in_with_ids_in_their_order(desk):
    rows = "".join(f"Firm {n:04d},X{n},ES,1,,\n" for n in range(2203))
    made = desk.take(f"{HEAD}\n{rows}").created
    assert made == sorted(made)
    assert len(set(made)) == 2203
    after = desk.take(f"{HEAD}\nLast,Y,ES,1,,\n").created
    assert after[0] > made[-1]


@pytest.mark.both_databases
def test_parents_stand_before_their_children_whatever_the_order_of_the_file(desk):
    rows = "".join(f"Child {n:04d},,ES,Mother {n % 7},,\n" for n in range(1100)) + "".join(f"Mother {n},,ES,1,,\n" for n in range(7))
    desk.take(f"{HEAD}\n{rows}")
    found = desk.records()
    assert all(found[f"Child {n:04d}"].parent_id == found[f"Mother {n % 7}"].id for n in range(1100))


def test_several_references_are_written_as_links(desk, app):
    desk.take('name,associate_ids\nA,"user1,manager1"\n')
    with app.app_context():
        ids = db.session.execute(text("SELECT user_id FROM companies_associate ORDER BY 1")).scalars().all()
    assert ids == [2, 3]


def test_a_failure_in_the_middle_leaves_nothing(desk, app, monkeypatch):
    from plugins.companies.models import Company

    monkeypatch.setattr(import_check, "PART", 500)
    calls = []

    def fail(*args, **kw):
        calls.append(1)
        if len(calls) == 2:
            raise RuntimeError("the power is gone")
        return note(*args, **kw)

    note = import_write.note_created
    monkeypatch.setattr(import_write, "note_created", fail)
    rows = "".join(f"Firm {n:04d},X{n},ES,1,,\n" for n in range(900))
    with app.app_context():
        before = counted(Company), counted(HistoryEntry)
    with pytest.raises(RuntimeError):
        desk.take(f"{HEAD}\n{rows}")
    with app.app_context():
        assert (counted(Company), counted(HistoryEntry)) == before


# --- changing what is there ---


def test_an_update_writes_changed_columns_only_and_empty_cells_keep_the_old_value(desk, app):
    desk.take(f"{HEAD}\nAlba,X1,ES,1,user1,old\nBeta,X2,ES,1,user1,same\n")
    done = desk.take(f"{HEAD}\nAlba,,PT,1,user1,new\nBeta,X2,ES,1,user1,same\n", duplicates="update", match="name")
    alba, beta = desk.records()["Alba"], desk.records()["Beta"]
    assert (alba.fiscal_id, alba.country, alba.comments, alba.version) == ("X1", "PT", "new", 2)
    assert beta.version == 1
    assert list(done.changed) == [alba.id]
    with app.app_context():
        assert set(history("companies.company", alba.id)[-1][3]) == {"country", "comments"}


def test_an_empty_cell_erases_where_that_was_ticked(desk):
    desk.take(f"{HEAD}\nAlba,X1,ES,1,user1,old\n")
    desk.take("name,fiscal_id,comments\nAlba,,\n", duplicates="update", match="name", erase=("comments",))
    alba = desk.records()["Alba"]
    assert (alba.fiscal_id, alba.comments) == ("X1", None)


def test_rows_can_meet_records_by_id_and_rename_them(desk):
    desk.take("id,name\n2,Customer Z\n", duplicates="update", match="id")
    assert desk.records()["Customer Z"].id == 2


def test_an_id_that_is_not_there_is_a_problem(desk):
    assert desk.say("id,name\n99,Z\n", duplicates="update", match="id").problems == [(2, "id", "reference")]


def test_a_record_that_one_only_sees_is_not_changed_by_a_file(desk):
    said = desk.say("id,name\n2,Mine\n3,Not mine\n", duplicates="update", match="id", login="user1")
    assert said.problems == [(3, "", "right")]


def test_what_somebody_changed_between_check_and_writing_is_not_overwritten(desk, app):
    with desk.checked("id,comments,name\n2,mine,Customer #A\n", duplicates="update", match="id") as found:
        model = desk.rt().model
        with unit_of_work():
            db.session.execute(update(model).where(model.id == 2).values(version=7, comments="theirs"))
        with pytest.raises(Refused), unit_of_work(1):
            write(found)
    assert desk.records()["Customer #A"].comments == "theirs"


def test_two_rows_for_one_record_are_asked_about(desk):
    said = desk.say("id,name\n2,X\n2,Y\n", duplicates="update", match="id")
    assert said.problems == [(3, "", "duplicate")]


@pytest.mark.both_databases
@pytest.mark.parametrize("layout", ["manual", "full"])
def test_export_import_export_gives_the_same_bytes(desk, layout):
    desk.take(f"{HEAD}\nAlba,X1,España,Mother,user1,\"=1+1\n'x\"\nMother,X2,PT,1,,-5\nPlutonia,,Nowhere,,,\n")
    match = "id" if layout == "full" else ""
    before = desk.export(layout=layout)
    said = desk.say(before, duplicates="update", match=match)
    assert (said.created, said.changed, said.problems) == (0, 0, [])
    desk.take(before, duplicates="update", match=match)
    assert desk.export(layout=layout) == before


def test_the_manager_who_was_disabled_meanwhile_does_not_stop_a_round_trip(desk, app):
    from core.identity.services import disable_user, find_user

    with app.app_context(), unit_of_work():
        disable_user(find_user("user1"))
    assert desk.say(desk.export(), duplicates="update").problems == []


# --- good rows ---


def test_the_good_rows_come_in_and_the_others_do_not(desk):
    text = f"{HEAD}\nA,,ES,1,nobody,\nB,,ES,1,,\n"
    assert not desk.say(text).may
    desk.take(text, good_rows=True)
    assert "B" in desk.records()
    assert "A" not in desk.records()


def test_a_row_that_is_refused_only_when_it_stands_takes_nobody_with_it(desk):
    head = "name,id_parent,manager"
    text = f"{head}\nMine,1,manager1\nLost,,user1\nAlso mine,1,manager1\n"  # without a parent only user1 would see the second
    with desk.checked(text, login="manager1", good_rows=True) as found:
        assert found.created == 3
        with unit_of_work(found.actor.user_id):
            done = write(found)
        assert len(done.created) == 2
        assert [(p.row, p.kind) for p in found.problems if p.bad] == [(3, "right")]
    assert "Lost" not in desk.records()


def test_without_good_rows_such_a_row_stops_everything(desk):
    rows = "name,id_parent,manager\nMine,1,manager1\nLost,,user1\n"
    with desk.checked(rows, login="manager1") as found, pytest.raises(Refused), unit_of_work(found.actor.user_id):
        write(found)
    assert "Mine" not in desk.records()


# --- plugins that listen ---


def test_a_plugin_that_listens_is_told_of_each_row_and_may_refuse_one(desk, app, monkeypatch):
    from core.errors import Invalid

    told = []

    def call(event, /, **kw):
        if event == "record_saving":
            told.append((kw["change"].record.name, kw["change"].action))
            if kw["change"].record.name == "B":
                raise Invalid({"name": "not this one"})
        return []

    addons = app.extensions["cartera"].addons
    monkeypatch.setattr(bulk, "is_heard", lambda *events: "record_saving" in events)
    monkeypatch.setattr(addons, "caller", lambda event: partial(call, event))
    desk.take("name\nA\nB\nC\n", good_rows=True)
    assert {name for name, _action in told} == {"A", "B", "C"}
    assert {"A", "C"} <= set(desk.records())
    assert "B" not in desk.records()


def test_a_change_that_a_plugin_refuses_leaves_the_others_in_and_ends(desk, monkeypatch):
    from core.access import Conflict

    saved = []

    def call(event, *, change, **more):
        if event == "record_saved":
            saved.append((change.action, change.record.name))
        elif change.record.name in ("B2", "D"):
            raise Conflict("Not this one.")

    desk.take("name\nA\nB\nC\n")
    known = {name: record.id for name, record in desk.records().items()}
    monkeypatch.setattr(bulk, "is_heard", lambda *events: True)
    text = f"id,name\n{known['A']},A2\n{known['B']},B2\n{known['C']},C2\n,D\n,E\n"
    with desk.checked(text, match="id", duplicates="update", good_rows=True) as found:
        monkeypatch.setattr(bulk.runtime().addons, "call", call)
        monkeypatch.setattr(bulk.runtime().addons, "caller", lambda event: partial(call, event))
        with unit_of_work(found.actor.user_id):
            write(found)
        assert [(p.row, p.message) for p in found.problems if p.bad] == [(3, "Not this one."), (5, "Not this one.")]
    after = desk.records()
    assert {"A2", "B", "C2", "E"} <= set(after)
    assert not {"B2", "D"} & set(after)
    assert sorted(saved) == [("create", "E"), ("update", "A2"), ("update", "C2")]


def test_rows_that_no_plugin_looks_at_are_not_loaded_for_it(desk, count_queries):
    rows = "".join(f"Firm {n:04d},X{n},ES,1,,\n" for n in range(40))
    with count_queries() as q:
        desk.take(f"{HEAD}\n{rows}")
    assert not [s for s in q.statements if s.startswith("SELECT companies_company.name, companies_company.name_key")], q


@pytest.mark.both_databases
def test_the_people_of_an_imported_company_stand_in_its_history_as_by_a_form(desk, app):
    with app.test_request_context():
        with unit_of_work(1):
            typed = create_record(desk.rt(), {"name": "A", "associate_ids": [3, 2]}, desk.actor("admin")).id
        db.session.remove()
    made = desk.take('name,associate_ids\nA,"manager1,user1"\n', duplicates="create").created
    with app.app_context():
        assert history("companies.company", made[0]) == history("companies.company", typed)
