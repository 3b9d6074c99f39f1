"""Idempotency-Key: a POST that is sent again makes nothing new, also when both arrive at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

MARK = pytest.mark.both_databases
KEY = {"Idempotency-Key": "abc"}


@MARK
def test_the_same_key_leads_to_the_record_that_it_made(user1, people):
    first = user1.post("/api/v1/gadgets", json={"name": "a"}, headers=KEY)
    again = user1.post("/api/v1/gadgets", json={"name": "a"}, headers=KEY)
    assert [first.status_code, again.status_code] == [201, 201]
    assert again.json == first.json
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert len(user1.get("/api/v1/gadgets").json["items"]) == 1


@MARK
def test_a_key_with_another_body_or_address_is_a_409(user1, people):
    user1.post("/api/v1/gadgets", json={"name": "a"}, headers=KEY)
    assert user1.post("/api/v1/gadgets", json={"name": "b"}, headers=KEY).status_code == 409
    assert user1.post("/api/v1/gadget-makers", json={"name": "a"}, headers=KEY).status_code == 409
    assert len(user1.get("/api/v1/gadgets").json["items"]) == 1


def test_a_key_is_each_users_own(user1, people, api_as):
    user1.post("/api/v1/gadgets", json={"name": "a"}, headers=KEY)
    assert api_as("manager1").post("/api/v1/gadgets", json={"name": "b"}, headers=KEY).status_code == 201


@MARK
def test_a_post_that_was_refused_leaves_its_key_free(user1, people):
    assert user1.post("/api/v1/gadgets", json={"price": "5"}, headers=KEY).status_code == 422
    assert user1.post("/api/v1/gadgets", json={"name": "a"}, headers=KEY).status_code == 201


def test_an_operation_that_is_sent_again_answers_the_same(user1, make):
    where = f"/api/v1/gadgets/{make()['id']}/lock"
    first, again = user1.post(where, headers=KEY), user1.post(where, headers=KEY)
    assert (again.status_code, again.json) == (200, first.json)
    assert user1.post(where).status_code == 409


def test_a_key_that_is_too_long_is_refused(user1, people):
    assert user1.post("/api/v1/gadgets", json={"name": "a"}, headers={"Idempotency-Key": "k" * 256}).status_code == 400


@MARK
def test_identical_posts_at_once_make_one_record(user1, people, app):
    header = user1.environ_base["HTTP_AUTHORIZATION"]
    together = Barrier(6)

    def send(_n):
        client = app.test_client()
        client.csrf = False
        together.wait()
        return client.post("/api/v1/gadgets", json={"name": "a"}, headers={"Authorization": header, **KEY})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, range(6)))
    assert [a.status_code for a in answers] == [201] * 6
    assert len({a.headers["Location"] for a in answers}) == 1
    assert len(user1.get("/api/v1/gadgets").json["items"]) == 1


@MARK
def test_writers_of_one_record_take_turns_and_lose_nothing(user1, make, app):
    header = user1.environ_base["HTTP_AUTHORIZATION"]
    where = f"/api/v1/gadgets/{make()['id']}"
    changes = [{"price": "5"}, {"notes": "n"}, {"code": "c"}, {"colour": "red"}, {"pieces": 9}, {"country": "ES"}]
    together = Barrier(len(changes))

    def send(change):
        client = app.test_client()
        client.csrf = False
        together.wait()
        return client.patch(where, json={**change, "version": 1}, headers={"Authorization": header})

    with ThreadPoolExecutor(len(changes)) as pool:
        answers = list(pool.map(send, changes))
    assert [a.status_code for a in answers] == [200] * len(changes), [a.text for a in answers]
    now = user1.get(where).json
    assert (now["price"], now["notes"], now["code"], now["colour"], now["pieces"], now["country"]) == ("5.00", "n", "c", "red", 9, "ES")
    assert now["version"] == 1 + len(changes)


def test_keys_are_forgotten_after_a_week(user1, people, work):
    from datetime import timedelta

    from sqlalchemy import update

    from core.db import db, utcnow
    from core.history.models import OnceKey
    from core.records import once

    user1.post("/api/v1/gadgets", json={"name": "a"}, headers=KEY)
    with work():
        db.session.execute(update(OnceKey).values(created_at=utcnow() - timedelta(days=8)))
        assert once.sweep_keys() == 1
    user1.post("/api/v1/gadgets", json={"name": "a"}, headers=KEY)
    assert len(user1.get("/api/v1/gadgets").json["items"]) == 2
