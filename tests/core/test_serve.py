"""`cartera serve`, as it is started: one app, forked into the web server and the background worker."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import main
from core.testing.parts.ports import free_port, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
ROOT = Path(__file__).parents[2]
COUNTED = """
import os
from pathlib import Path

with (Path(__file__).parent / "imported").open("a") as file:
    print(os.getpid(), file=file)
"""


class Server:
    """A running `cartera serve`."""

    def __init__(self, folder, *options, **environment):
        self.port = free_port()
        self.environment = {**os.environ, "PYTHONPATH": str(ROOT), "CARTERA_ADDONS": "", **environment}
        self.said = folder / "said"
        command = [sys.executable, "-m", "core", "serve", "--first-run", "--port", str(self.port), *options]
        with self.said.open("w") as out:
            self.process = subprocess.Popen(command, env=self.environment, stdout=out, stderr=out, cwd=folder)

    def says(self, words):
        """Wait until it says this."""
        wait_until(lambda: words in self.said.read_text(), alive=lambda: self.process.poll() is None, what="cartera serve", seconds=60)
        return self

    def ask(self, path):
        """The status of the answer."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("GET", path)
            return connection.getresponse().status

    def command(self, *words):
        subprocess.run([sys.executable, "-m", "core", *words], env=self.environment, cwd=ROOT, check=True, capture_output=True)

    @property
    def children(self):
        return processes_under(self.process.pid)

    def end(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(30)


def processes_under(pid):
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def lives(pid):
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


@pytest.fixture
def serve(tmp_path):
    """`serve("--workers", "1", CARTERA_JOBS="off")` on an empty folder."""
    started = []

    def start(*options, **environment):
        started.append(Server(tmp_path, *options, **{"CARTERA_DATA": str(tmp_path / "data"), **environment}))
        return started[-1]

    yield start
    for server in started:
        if server.process.poll() is None:
            server.end()


def test_it_answers_when_it_says_so_with_one_app_in_all_its_processes(serve, tmp_path):
    counted = tmp_path / "addons" / "counted"
    counted.mkdir(parents=True)
    (counted / "manifest.toml").write_text('name = "counted"\ntitle = "Counted"\nversion = "1.0.0"\ncore = ">=1.0,<2"\n')
    (counted / "__init__.py").write_text(COUNTED)
    server = serve(CARTERA_ADDONS=str(counted.parent)).says("serves on")
    assert f"http://127.0.0.1:{server.port}/" in server.said.read_text()
    assert server.ask("/login") == 200
    assert (counted / "imported").read_text().split() == [str(server.process.pid)]
    web, _worker = server.children
    assert len(processes_under(web)) == 2

    assert {server.ask("/companies/") for _ in range(10)} == {302}  # to the page to sign in at
    server.command("plugin", "disable", "companies", "--with-dependants")
    wait_until(lambda: server.ask("/companies/") == 404)
    time.sleep(1.1)  # a process looks once a second, each at its own time
    assert {server.ask("/companies/") for _ in range(10)} == {404}
    server.command("plugin", "enable", "companies")
    wait_until(lambda: server.ask("/companies/") == 302)

    assert server.end() == 0


def test_a_worker_that_died_is_started_again_and_nobody_outlives_the_parent(serve):
    server = serve().says("serves on")
    web, worker = server.children
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: len(server.children) == 2 and worker not in server.children)
    everybody = [*server.children, *processes_under(web)]
    server.end(signal.SIGKILL)
    wait_until(lambda: not any(map(lives, everybody)))


def test_when_the_web_server_ends_all_ends(serve):
    server = serve().says("serves on")
    web, worker = server.children
    os.kill(web, signal.SIGTERM)
    assert server.process.wait(30) == 1
    assert not lives(worker)


def test_nobody_works_in_the_background_where_that_is_off(serve):
    server = serve(CARTERA_JOBS="off").says("serves on")
    assert len(server.children) == 1


def test_the_access_log_has_a_line_for_each_request_and_nothing_secret(serve, tmp_path):
    server = serve("--access-log", "access.log").says("serves on")
    server.ask("/login%0A/%C3%B1/include/api.php?pass=secret")
    log = tmp_path / "access.log"
    wait_until(lambda: log.read_text().count("\n") >= 2)  # a line is written when its answer is on the way already
    lines = log.read_text().splitlines()
    assert " 127.0.0.1 GET /health 200 16 bytes " in lines[0]
    assert " 127.0.0.1 GET /login%0A/%C3%B1/include/api.php 404 " in lines[-1]
    assert "secret" not in "".join(lines)


def test_a_port_that_is_taken_is_told_before_anything_is_made(tmp_path):
    folder = tmp_path / "data"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        answer = CliRunner(env={"CARTERA_DATA": str(folder)}).invoke(main, ["serve", "--port", port])
    assert answer.exit_code == 1
    assert f"Nothing can be served on 127.0.0.1:{port} (Address already in use)" in answer.output
    assert not folder.exists()


@pytest.mark.both_databases
def test_processes_share_no_connection(app, world, database, serve, work):
    from core.db import db
    from core.jobs.models import Job

    settings = app.extensions["cartera"].settings
    server = serve(
        CARTERA_DATA=str(settings.data_dir), CARTERA_DATABASE_URL=settings.database_url, CARTERA_SECRET_KEY=settings.secret_key
    ).says("serves on")
    with ThreadPoolExecutor(8) as many:
        assert set(many.map(server.ask, ["/health", "/login"] * 50)) == {200}

    def done():
        with app.app_context():
            return db.session.query(Job).filter(Job.state == "done").count()

    wait_until(done)  # periodic work, by the worker
    assert "Traceback" not in server.said.read_text()
