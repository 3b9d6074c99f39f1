"""`among`: a list of ids as one parameter, the same on both databases."""

import pytest
from sqlalchemy import select

from core.db import among, db
from core.identity.models import User
from core.identity.services import create_user

pytestmark = pytest.mark.both_databases


@pytest.fixture
def ids(work):
    with work():
        yield [create_user(f"person{n}").id for n in range(4)]


def test_it_finds_the_rows_of_the_list_and_no_others(ids):
    assert set(db.session.scalars(select(User.id).where(among(User.id, [ids[0], ids[2], 10**6])))) == {ids[0], ids[2]}


def test_nothing_is_among_an_empty_list(ids):
    assert db.session.scalars(select(User.id).where(among(User.id, []))).all() == []


def test_it_can_be_negated_and_stand_beside_other_conditions(ids):
    stmt = select(User.id).where(~among(User.id, ids[:2]) & User.login.startswith("person"))
    assert set(db.session.scalars(stmt)) == set(ids[2:])


def test_a_named_list_is_given_on_execution(ids):
    stmt = select(User.id).where(among(User.id, "wanted"))
    assert [db.session.scalars(stmt, {"wanted": part}).all() for part in (ids[:1], ids[1:2])] == [ids[:1], ids[1:2]]
