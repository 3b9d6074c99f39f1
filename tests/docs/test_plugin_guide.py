"""docs/plugins.md: its plugin runs and does what the guide says of it; its own tests pass; it tells of every hook and key."""

import re
import subprocess
import sys
from dataclasses import fields

import pytest

from core import hookspecs
from core.access import Actor
from core.addons.check import check
from core.addons.manifest import Manifest
from core.addons.runtime import runtime
from core.records.services import create_record

from .conftest import ROOT

DOCUMENT = "docs/plugins.md"


@pytest.fixture
def visit(world, record_factory):
    return record_factory("visits.visit")(subject="Renewal", day=today_of(), company_id=world.companies["Customer #A"])


def today_of():
    from core import utcnow

    return utcnow().date()


@pytest.fixture
def text():
    return (ROOT / DOCUMENT).read_text(encoding="utf-8")


def test_nothing_is_wrong_with_it(app, plugin):
    assert check(app, plugin) == []


def test_its_pages_show_and_close_a_visit(visit, as_user):
    ana = as_user("user1")
    assert "Renewal" in ana.get("/visits/").text
    assert "Renewal" in ana.get("/visits/today").text
    assert "Renewal" in ana.get("/").text, "the card"
    assert ana.post(f"/visits/{visit.id}/close", data={"report": " "}).status_code == 422
    line = ana.post(f"/visits/{visit.id}/close", data={"report": "They renew."}, headers={"HX-Request": "true"})
    assert line.status_code == 200
    assert line.text.lstrip().startswith("<li")
    assert "They renew." in line.text
    assert ana.post(f"/visits/{visit.id}/close", data={"report": "Again."}).status_code == 403, "the restriction"
    assert "A visit that is done" in as_user("manager1").get(f"/visits/{visit.id}/access?user=user1").text
    assert as_user("user2").get("/visits/today").status_code == 404


def test_a_visit_that_is_done_needs_a_report_by_whichever_way(visit, as_user, world):
    values = {"subject": "Other", "day": "2026-11-24", "company_id": world.companies["Customer #A"], "done": "1"}
    refused = as_user("user1").post("/visits/new", data=values)
    assert refused.status_code == 422
    assert "Say what came of it." in refused.text


def test_it_stands_on_companies(visit, as_user, world):
    ana = as_user("user1")
    ana.post(f"/visits/{visit.id}/close", data={"report": "They renew."})
    assert "Renewal" in ana.get(f"/companies/{world.companies['Customer #A']}?tab=visits").text
    assert "Last visit" in ana.get("/companies/").text
    assert today_of().isoformat() in ana.get("/companies/").text
    assert "Visits" in ana.get("/companies/statistics").text


def test_rest_has_its_parts_and_its_operation(visit, api_as):
    api = api_as("user1")
    (item,) = api.get("/api/v1/visits").json["items"]
    assert item["company"] == {"id": visit.company_id, "name": "Customer #A"}
    closed = api.post(f"/api/v1/visits/{visit.id}/close", json={"report": "They renew."})
    assert closed.status_code == 200, closed.text
    assert api.post(f"/api/v1/visits/{visit.id}/close", json={}).status_code == 403


def test_its_job_moves_old_visits_into_the_trash(visit, app, as_user, work):
    with work():
        values = {"subject": "Long ago", "day": today_of().replace(year=2020), "company_id": visit.company_id, "done": True, "report": "Fine."}
        create_record(runtime().record_types["visits.visit"], values, Actor.system())
    with app.app_context():
        (nightly,) = [job for plugin, job in runtime().addons.declared("periodic_jobs") if plugin == "visits"]
        nightly.run()
    assert "Long ago" not in as_user("user1").get("/visits/").text
    assert "Renewal" in as_user("user1").get("/visits/").text


def test_its_setup_tab_keeps_a_number(visit, as_user):
    boss = as_user("admin")
    assert "Write a number" in boss.post("/visits/setup", data={"days": "²"}).text
    assert boss.post("/visits/setup", data={"days": "30"}).status_code == 302
    assert 'value="30"' in boss.get("/visits/setup").text
    assert as_user("user1").get("/visits/setup").status_code == 404


def test_the_tests_that_the_guide_writes_pass(plugin, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not postgres and not browser", str(plugin)], cwd=plugin.parent, capture_output=True, text=True,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT), "CARTERA_REFRESH_PINS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_names_every_key_of_the_manifest_and_every_hook(text):
    for key in fields(Manifest):
        assert f"`{key.name}`" in text, key.name
    for hook in (*hookspecs.DECLARATIONS, *hookspecs.EVENTS):
        assert f"`{hook}(" in text, hook


def test_its_table_of_contents_is_complete(text):
    headings = [h.lower().replace("'", "").replace("’", "").replace(" ", "-") for h in re.findall(r"^## (.+)$", text, re.M)]
    assert re.findall(r"\]\(#([\w-]+)\)", text.split("\n## ")[0]) == headings
