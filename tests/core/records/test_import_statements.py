"""What a file costs in statements: as many for forty rows as for four, whatever their type of record."""

import pytest

from .imports import Desk

COMPANIES = ("companies.company", "name,fiscal_id,country,id_parent,manager,associate_ids", '{n},F{n},ES,{company},,"user1,manager1"')
CONTACTS = ("contacts.contact", "fullname,email,id_company", "Person {n},p{n}@example.com,{company}")
CONTRACTS = ("contracts.contract", "name,date_begin,id_company,private", "Contract {n},2026-01-{day:02d},{company},{private}")
LEADS = ("leads.lead", "fullname,email,owner,tags", "Lead {n},l{n}@example.com,user1,")
TYPES = [COMPANIES, CONTACTS, CONTRACTS, LEADS]


@pytest.fixture
def desk(app, world, tmp_path):
    """A desk where user1 has forty companies of his own, by name."""
    made = Desk(app, tmp_path)
    made.take("name,id_parent\n" + "".join(f"Own {n},1\n" for n in range(40)), login="user1")
    return made


def lines(shape, count, first=0):
    rows = range(first, first + count)
    return "".join(shape.format(n=n, day=n % 28 + 1, company=f"Own {n % 40}", private=n % 2) + "\n" for n in rows)


def counted(desk, count_queries, kind, count, first=0, **options):
    """Statements of a check and a writing of `count` rows."""
    word, head, shape = kind
    text = f"{head}\n{lines(shape, count, first)}"
    with count_queries() as q:
        desk.take(text, word=word, login="user1", **options)
    return own(q)


def own(queries):
    """Without the look at what other processes switched, which is taken once a second."""
    queries.statements = [s for s in queries.statements if "core_counter" not in s]
    return queries


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind[0])
def test_more_new_rows_need_no_more_statements(desk, count_queries, kind):
    counted(desk, count_queries, kind, 2)  # so that nothing is asked for the first time
    few = counted(desk, count_queries, kind, 4, first=100)
    many = counted(desk, count_queries, kind, 40, first=200)
    assert many.count <= few.count, many


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind[0])
def test_more_rows_that_change_nothing_need_no_more_statements(desk, count_queries, kind):
    word, head, shape = kind
    desk.take(f"{head}\n{lines(shape, 40)}", word=word, login="user1")
    counts = []
    for count in (2, 4, 40):
        with count_queries() as q, desk.checked(f"{head}\n{lines(shape, count)}", word=word, login="user1", duplicates="update"):
            pass
        counts.append(own(q).count)
    assert counts[2] <= counts[1], q
