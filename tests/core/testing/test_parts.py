"""Each real part starts and does one real thing."""

import os
import smtplib
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage

import pytest

from core.testing.parts import postgres as postgres_part
from core.testing.parts.ports import free_port, listens, wait_until
from core.testing.parts.run import Run

MAIL = b"From: ana@example.com\r\nTo: crm@example.com\r\nSubject: [Lead#12] Hola\r\n\r\n\xc2\xa1Buenas!\r\n"


def test_postgresql_answers_and_copies_a_template(postgres, cartera_run):
    name = f"parts_{cartera_run.worker}"
    postgres.create(name)
    assert postgres.create(f"{name}_copy", template=name).startswith("postgresql+psycopg://")
    assert postgres.execute(f"SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'") == [(2,)]
    postgres.drop(f"{name}_copy")
    postgres.drop(name)
    assert postgres.execute(f"SELECT count(*) FROM pg_database WHERE datname LIKE '{name}%'") == [(0,)]


def test_a_database_in_use_can_be_made_anew(postgres, cartera_run):
    import psycopg

    name = f"busy_{cartera_run.worker}"
    postgres.create(name)
    with psycopg.connect(host=postgres.folder, user="postgres", dbname=name) as open_connection:
        postgres.create(name)
        with pytest.raises(psycopg.OperationalError):
            open_connection.execute("SELECT 1")
    postgres.drop(name)


@pytest.mark.parametrize("programs", postgres_part.binaries(), ids=lambda path: path.parent.name)
def test_each_postgresql_of_this_machine_starts_and_says_whether_it_has_trigrams(programs, cartera_run):
    server = postgres_part.start(cartera_run, programs=programs, name=f"postgres-{programs.parent.name}-{cartera_run.worker}")
    assert server.execute("SELECT lower('ÁÑ')") == [("áñ",)]
    from_package = "pginstall" in str(programs)
    assert server.offers("pg_trgm") is not from_package


def test_redis_answers_with_an_empty_database(redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_redis_is_empty_again_for_the_next_test(redis_url):
    import redis

    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


def test_s3_keeps_what_is_put(s3_bucket):
    import obstore

    store = s3_bucket.store()
    obstore.put(store, "a/b.txt", b"0123456789")
    assert bytes(obstore.get_range(store, "a/b.txt", start=2, end=5)) == b"234"
    assert [item["path"] for item in obstore.list(store).collect()] == ["a/b.txt"]


def test_smtp_receives_mails(smtp):
    message = EmailMessage()
    message["Subject"] = "Presupuesto ñ"
    message.set_content("Adjunto.")
    with smtplib.SMTP(smtp.host, smtp.port) as client:
        client.send_message(message, "crm@example.com", ["ana@example.com", "eva@example.com"])
    assert [(mail.sender, mail.recipients) for mail in smtp.mails] == [("crm@example.com", ("ana@example.com", "eva@example.com"))]
    assert smtp.mails[0].message["Subject"] == "Presupuesto ñ"


def test_smtp_can_refuse_a_mail(smtp):
    smtp.answer = "452 mailbox full"
    with smtplib.SMTP(smtp.host, smtp.port) as client, pytest.raises(smtplib.SMTPDataError, match="mailbox full"):
        client.sendmail("a@example.com", ["b@example.com"], "Subject: x\n\ny")
    assert smtp.mails == []


def test_smtp_can_lose_the_connection_after_taking_a_mail(smtp):
    smtp.hang_up = True
    client = smtplib.SMTP(smtp.host, smtp.port)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("a@example.com", ["b@example.com"], "Subject: x\n\ny")
    client.close()
    assert len(smtp.mails) == 1


def test_imap_begins_empty_and_gives_back_what_is_appended(imap):
    with imap.login() as mailbox:
        assert list(mailbox.fetch()) == []
    imap.append(MAIL)
    with imap.login() as mailbox:
        (mail,) = mailbox.fetch(mark_seen=False)
        assert (mail.subject, mail.from_) == ("[Lead#12] Hola", "ana@example.com")


def test_imap_forgets_everything_at_a_restart(imap):
    imap.append(MAIL)
    with imap.login() as mailbox:
        before = mailbox.folder.status("INBOX")
    imap.restart()
    with imap.login() as mailbox:
        after = mailbox.folder.status("INBOX")
    assert (before["MESSAGES"], after["MESSAGES"]) == (1, 0)
    assert before["UIDVALIDITY"] != after["UIDVALIDITY"]


def test_a_free_port_is_free():
    port = free_port()
    assert not listens(port)
    with socket.create_server(("127.0.0.1", port)):
        assert listens(port)


def test_waiting_for_a_server_ends_when_the_server_has_died():
    with pytest.raises(RuntimeError, match="the thing ended"):
        wait_until(lambda: False, alive=lambda: False, what="the thing")


def test_waiting_for_a_server_ends_after_some_time():
    with pytest.raises(TimeoutError, match="the thing did not answer"):
        wait_until(lambda: False, alive=lambda: True, what="the thing", seconds=0.02)


def test_a_server_ends_with_its_run_and_its_data_go(tmp_path):
    owner = subprocess.Popen(["sleep", "60"])
    data = tmp_path / "data"
    data.mkdir()
    kept = Run(folder=tmp_path, owner=owner.pid, worker="main").keep("sleeper", ["/bin/sleep", "60"], remove=data)
    assert kept.alive()
    owner.kill()
    owner.wait()
    os.waitpid(kept.pid, 0)
    assert not data.exists()


def test_what_a_server_says_stands_in_its_log(tmp_path):
    kept = Run(folder=tmp_path, owner=os.getpid(), worker="main").keep("talker", ["/bin/echo", "no such option"])
    os.waitpid(kept.pid, 0)
    assert kept.words() == "no such option\n"


def test_workers_make_a_shared_thing_once(tmp_path):
    made = []
    runs = [Run(folder=tmp_path, owner=os.getpid(), worker=f"gw{number}") for number in range(4)]
    with ThreadPoolExecutor() as workers:
        found = list(workers.map(lambda run: run.once("thing", lambda: made.append(run.index) or {"port": 5}), runs))
    assert found == [{"port": 5}] * 4
    assert len(made) == 1


def test_what_fails_to_be_made_is_tried_again_by_the_next(tmp_path):
    run = Run(folder=tmp_path, owner=os.getpid(), worker="main")
    with pytest.raises(ZeroDivisionError):
        run.once("thing", lambda: 1 // 0)
    assert run.once("thing", lambda: 7) == 7
