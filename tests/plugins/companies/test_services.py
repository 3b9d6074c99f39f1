"""What is completed, checked, refused and kept up when companies are written."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import case, literal, select

from core.access import Conflict, Forbidden, allowed
from core.access.actors import actor_of
from core.db import Micros, db
from core.errors import Invalid
from core.history import HistoryEntry
from core.identity.profiles import set_profiles
from core.identity.services import create_user, disable_user, find_profiles, find_user
from core.records.services import create_record, delete_record, restore_record, update_record
from plugins.companies import change, sight
from plugins.companies.change import asks_for_heir, asks_for_own_company, sight_change
from plugins.companies.models import Company, Sight
from plugins.companies.parents import chain
from plugins.companies.records import COMPANY, ROLE
from plugins.companies.services import own_companies, require_edit, set_billing, set_own_company, touch_companies


def company(world, name):
    return db.session.get(Company, world.companies[name])


# --- creating ----------------------------------------------------------------------------------------------------------------------


def test_who_creates_a_company_manages_it_and_his_own_company_is_its_parent(work, world):
    with work("user1") as user1:
        made = create_record(COMPANY, {"name": "New"}, user1)
        assert (made.manager_id, made.parent_id, made.payment_conditions) == (user1.user_id, 1, 30)
        assert made.last_update.microsecond == 0


def test_a_parent_that_is_given_empty_stays_empty(work, world):
    with work("user1") as user1:
        assert create_record(COMPANY, {"name": "New", "parent_id": None}, user1).parent_id is None


def test_only_with_crm_manage_somebody_else_is_named_as_manager(work, world):
    with work("user1") as user1, pytest.raises(Invalid) as refused:
        create_record(COMPANY, {"name": "New", "manager_id": world.users["manager1"]}, user1)
    assert list(refused.value.errors) == ["manager_id"]
    with work("manager1") as manager1:
        assert create_record(COMPANY, {"name": "New", "manager_id": world.users["user1"]}, manager1).manager_id == world.users["user1"]


def test_who_has_no_write_permission_creates_nothing(work, world):
    with work("user2") as user2, pytest.raises(Forbidden):
        create_record(COMPANY, {"name": "New"}, user2)


def test_the_address_is_written_from_its_parts(work):
    with work("admin") as admin:
        made = create_record(COMPANY, {"name": "New", "street": "Calle Mayor 1", "postcode": "48240", "city": "Berriz"}, admin)
        assert made.address == "Calle Mayor 1\n48240 Berriz"
        update_record(COMPANY, made, {"province": "Bizkaia"}, admin)
        assert made.address == "Calle Mayor 1\n48240 Berriz\nBizkaia"
        update_record(COMPANY, made, {"address": "As typed", "city": "Berriz"}, admin)
        assert made.address == "As typed"


def test_empty_payment_conditions_mean_thirty_days(work):
    with work("admin") as admin:
        assert create_record(COMPANY, {"name": "New", "payment_conditions": None}, admin).payment_conditions == 30


# --- changing ----------------------------------------------------------------------------------------------------------------------


def test_an_edit_is_activity_and_a_given_last_activity_stays(work, world):
    old = datetime(2020, 1, 1, tzinfo=UTC)
    with work("admin") as admin:
        a = company(world, "Customer #A")
        update_record(COMPANY, a, {"last_update": old}, admin)
        assert a.last_update == old
        update_record(COMPANY, a, {"name": "Renamed", "last_update": None}, admin)
        db.session.refresh(a)
        assert a.last_update > old
        assert sight.differences() == []


def test_history_tells_no_last_activity(work, world):
    with work("admin") as admin:
        a = company(world, "Customer #A")
        update_record(COMPANY, a, {"name": "Renamed"}, admin)
        (entry,) = db.session.query(HistoryEntry).filter_by(record_type="companies.company", record_id=a.id, action="update")
        assert entry.changes == {"name": ["Customer #A", "Renamed"]}


def test_two_editors_of_different_fields_both_win(work, world):
    with work("admin") as admin:
        a = company(world, "Customer #A")
        seen = a.version
        update_record(COMPANY, a, {"name": "Renamed"}, admin)
        update_record(COMPANY, a, {"name": "Customer #A", "comments": "Mine"}, admin, version=seen)
        assert (a.name, a.comments) == ("Renamed", "Mine")


def test_a_company_never_stands_below_itself_and_the_refusal_names_the_chain(work, world):
    with work("admin") as admin:
        a, b, house = (company(world, n) for n in ("Customer #A", "Customer #B", "My Company"))
        update_record(COMPANY, b, {"parent_id": a.id}, admin)
        with pytest.raises(Invalid, match="My Company → Customer #B → Customer #A → My Company"):
            update_record(COMPANY, house, {"parent_id": b.id}, admin)
        with pytest.raises(Invalid, match="Customer #A → Customer #A"):
            update_record(COMPANY, a, {"parent_id": a.id}, admin)
        assert [name for _id, name in chain(b.id)] == ["Customer #B", "Customer #A", "My Company"]


def test_the_chain_of_a_refusal_keeps_names_that_the_actor_does_not_see(work, world):
    with work("admin") as admin:
        secret = create_record(COMPANY, {"name": "Secret", "parent_id": world.companies["Customer #A"]}, admin)
        below = create_record(COMPANY, {"name": "Below", "parent_id": secret.id, "manager_id": world.users["user1"]}, admin)
        user1 = actor_of(world.users["user1"])
        with pytest.raises(Invalid) as refused:
            update_record(COMPANY, company(world, "Customer #A"), {"parent_id": below.id}, user1)
    assert "Customer #A → Below → … → Customer #A" in str(refused.value)


def test_only_its_manager_or_a_superadmin_takes_the_parent_away(work, world):
    with work("manager1") as manager1, pytest.raises(Invalid) as refused:
        update_record(COMPANY, company(world, "Customer #A"), {"parent_id": None}, manager1, confirmed=True)
    assert list(refused.value.errors) == ["parent_id"]
    with work("user1") as user1:
        update_record(COMPANY, company(world, "Customer #A"), {"parent_id": None}, user1, confirmed=True)


def test_a_loss_of_sight_is_announced_before_it_happens(work, world):
    with work("admin") as admin:
        a = company(world, "Customer #A")
        with pytest.raises(Conflict) as asked:
            update_record(COMPANY, a, {"parent_id": None}, admin)
        assert asked.value.details == {"sight": {"gains": [], "losses": ["manager1"], "gain_count": 0, "loss_count": 1}}
        update_record(COMPANY, a, {"parent_id": None}, admin, confirmed=True)
        assert a.parent_id is None


def seen_by_each():
    """Name of each user without all rights → ids of the companies that he sees."""
    actors = [actor for login in ("user1", "manager1", "user2") if (actor := actor_of(find_user(login).id))]
    return {actor.name: set(db.session.scalars(select(Company.id).where(allowed(COMPANY, "view", actor)))) for actor in actors}


@pytest.mark.both_databases
def test_another_own_company_announces_exactly_who_gains_and_who_loses(work, world):
    ids = world.companies
    with work("admin") as admin:
        (writer,) = find_profiles(["Standard user"])
        set_profiles(find_user("user2"), [(writer.id, None)])
        update_record(COMPANY, company(world, "Customer #B"), {"associate_ids": [world.users["user2"]]}, admin)
        holding = create_record(COMPANY, {"name": "Holding", "parent_id": None}, admin)
        update_record(COMPANY, company(world, "My Company"), {"parent_id": holding.id}, admin, confirmed=True)
        create_record(COMPANY, {"name": "Branch", "parent_id": ids["Customer #A"], "manager_id": world.users["user2"]}, admin)
    told = []
    for login in ("user1", "manager1", "user2"):
        for own in (None, *ids.values()):
            with work():
                user, before = find_user(login), seen_by_each()
                question = asks_for_own_company(user, own)
                set_own_company(user, own)
                after = seen_by_each()
                db.session.rollback()
            losses = {name for name in before if before[name] - after[name]}
            gains = {name for name in before if after[name] - before[name]}
            assert losses == set(question.details["sight"]["losses"] if question else ()), (login, own)
            if question:
                assert gains == set(question.details["sight"]["gains"]), (login, own)
                told.append(question)
    assert len(told) > 5


@pytest.mark.both_databases
def test_of_many_who_lose_sight_the_first_are_named_and_all_are_counted(work, world, monkeypatch):
    monkeypatch.setattr(change, "MOST_NAMES", 2)
    ours = world.companies["My Company"]
    with work("admin"):
        reader, support = find_profiles(["Standard user"]) + find_profiles(["Support"])
        for name, profile in (("Élan", reader), ("dora", reader), ("Fred", reader), ("Adam", support), ("Bert", reader)):
            user = create_user(name.lower(), name=name, profiles=[(profile.id, None)])
            set_own_company(user, ours)
            user.disabled = name == "Bert"
        db.session.flush()
        question = asks_for_own_company(find_user("manager1"), None)
        by_company = sight_change(company(world, "Customer #B"), world.users["manager1"], None, [])
        heir = asks_for_heir(world.users["manager1"], world.users["user2"])
    assert question.details["sight"] == {"gains": [], "losses": ["manager1", "dora", "Élan"], "gain_count": 0, "loss_count": 5}
    assert "No longer see what manager1 manages: dora, Élan and 2 more." in str(question)
    assert (by_company.losses, by_company.loss_count) == (["dora", "Élan"], 4)
    assert (heir.details["sight"]["losses"], heir.details["sight"]["loss_count"]) == (["dora", "Élan"], 4)


def test_a_gain_of_sight_alone_asks_nothing(work, world):
    with work("admin") as admin:
        (writer,) = find_profiles(["Standard user"])
        guest = create_user("guest", profiles=[(writer.id, None)])
        a = company(world, "Customer #A")
        assert sight_change(a, a.manager_id, a.parent_id, [guest.id]).gains == ["guest"]
        version = a.version
        update_record(COMPANY, a, {"associate_ids": [guest.id]}, admin)
        assert a.version > version
        with pytest.raises(Conflict):
            update_record(COMPANY, a, {"associate_ids": []}, admin)


def test_somebody_without_crm_is_no_loss(work, world):
    with work("admin"):
        a = company(world, "Customer #A")
        unseen = sight_change(a, world.users["manager1"], a.parent_id, [])
        assert (unseen.gains, unseen.losses) == ([], [])
        assert sight_change(a, world.users["user2"], a.parent_id, []).losses == ["manager1", "user1"]


# --- what others do ----------------------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_activity_moves_last_update_everywhere_and_no_version(work, world):
    with work("admin") as admin:
        a = company(world, "Customer #A")
        update_record(COMPANY, a, {"last_update": datetime(2020, 1, 1, tzinfo=UTC)}, admin)
        version, updated = a.version, a.updated_at
        touch_companies([a.id, None])
        db.session.refresh(a)
        assert a.last_update.year > 2020
        assert (a.version, a.updated_at) == (version, updated)
        assert sight.differences() == []


@pytest.mark.both_databases
def test_billing_adds_up_exactly_and_is_no_activity(work, world):
    with work("admin"):
        a = company(world, "Customer #A")
        before, version = a.last_update, a.version
        amounts = {a.id: Decimal("0.3"), world.companies["Customer #B"]: Decimal("-5.000001")}

        def sums(company_id):
            return case(*((company_id == key, literal(amount, Micros())) for key, amount in amounts.items()))

        for which in (None, amounts):
            set_billing(sums, which)
            db.session.expire_all()
            found = dict(db.session.execute(select(Company.id, Company.billing)).all())
            assert found == {world.companies["My Company"]: 0} | amounts
            assert (a.last_update, a.version) == (before, version)
            amounts[a.id] = Decimal("7")


def test_creating_on_a_company_asks_for_edit(work, world):
    with work("user1") as user1:
        require_edit(world.companies["Customer #A"], user1)
        with pytest.raises(Forbidden):
            require_edit(world.companies["Customer #B"], user1)


def test_an_own_company_must_be_there(work, world):
    with work("admin"):
        with pytest.raises(Invalid, match="was not found"):
            set_own_company(find_user("user1"), 999)
        set_own_company(find_user("user1"), None)
        assert own_companies(list(world.users.values())) == {world.users["manager1"]: 1, world.users["user2"]: 2}
        assert sight.differences() == []


@pytest.mark.both_databases
def test_the_heir_of_a_disabled_user_manages_his_companies(work, world):
    with work("admin"):
        a = company(world, "Customer #A")
        version = a.version
        disable_user(find_user("user1"), heir=find_user("manager1"))
        db.session.refresh(a)
        assert (a.manager_id, a.version) == (world.users["manager1"], version + 1)
        assert sight.differences() == []


# --- deleting ----------------------------------------------------------------------------------------------------------------------


def test_a_company_on_which_others_hang_is_not_deleted(work, world):
    with work("admin") as admin:
        with pytest.raises(Conflict) as refused:
            delete_record(COMPANY, company(world, "My Company"), admin)
        assert refused.value.details["uses"] == {"companies_company": 2, "companies_membership": 2}
        assert "2 Companies below it, 2 people who belong to it" in str(refused.value)


def test_a_company_in_the_trash_has_no_sight_and_comes_back_with_it(work, world):
    with work("admin") as admin:
        b = company(world, "Customer #B")
        rows = db.session.query(Sight).filter_by(company_id=b.id).count()
        delete_record(COMPANY, b, admin)
        assert db.session.query(Sight).filter_by(company_id=b.id).count() == 0
        restore_record(COMPANY, b, admin)
        assert db.session.query(Sight).filter_by(company_id=b.id).count() == rows == 2


def test_a_role_has_a_name_of_its_own_and_stays_while_it_is_used(work, world):
    with work("manager1") as manager1:
        with pytest.raises(Invalid, match="already a role"):
            create_record(ROLE, {"name": " CUSTOMER"}, manager1)
        role = create_record(ROLE, {"name": "Cústomer"}, manager1)
        update_record(COMPANY, company(world, "Customer #B"), {"role_id": role.id}, manager1)
        with pytest.raises(Conflict, match="1 Company"):
            delete_record(ROLE, role, manager1)
    with work("user1") as user1, pytest.raises(Forbidden):
        create_record(ROLE, {"name": "Mine"}, user1)


@pytest.mark.both_databases
def test_two_roles_of_one_name_at_once_are_refused_as_by_the_form(api_as, world, monkeypatch):
    from dataclasses import replace

    from core.addons.runtime import runtime

    api = api_as("admin")
    said = api.post("/api/v1/company-roles", json={"name": "customer"}).json["errors"]
    with api.application.app_context():
        types = runtime().record_types
        monkeypatch.setitem(types, "companies.role", replace(types["companies.role"], prepare=lambda values, record, actor: values))
    assert api.post("/api/v1/company-roles", json={"name": "customer"}).json["errors"] == said
