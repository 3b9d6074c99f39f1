"""README.md: its plugin runs, its tables are those of the code, its links lead somewhere."""

import re

from core.addons.check import check
from tools import docs

from .conftest import ROOT, files

DOCUMENT = "README.md"


def test_a_plugin_is_thirty_lines():
    code = [line for content in files(DOCUMENT).values() for line in content.splitlines() if line.strip() and "import" not in line]
    assert len(code) <= 30


def test_it_gives_list_form_page_rest_and_csv(world, as_user, api_as):
    ana = as_user("user1")
    values = {"person": "Grace Hopper", "day": "1906-12-09", "company_id": world.companies["Customer #A"]}
    made = ana.post("/birthdays/new", data=values)
    assert made.status_code == 302, made.text
    page = made.location
    assert "Grace Hopper" in ana.get(page).text
    assert "Grace Hopper" in ana.get("/birthdays/").text
    assert "Grace Hopper" in ana.get("/birthdays/?q=hopper").text
    assert "Grace Hopper" in ana.get("/search?q=hopper").text
    assert "Birthdays" in ana.get("/").text
    assert "Grace Hopper" in ana.get(f"/companies/{world.companies['Customer #A']}?tab=birthdays").text
    assert as_user("user2").get(page).status_code == 404
    (item,) = api_as("user1").get("/api/v1/birthdays").json["items"]
    assert item["day"] == "1906-12-09"
    assert "Grace Hopper" in ana.get("/birthdays/export.csv").text
    assert ana.post(f"{page}/delete").status_code == 302
    assert ana.get(page).status_code == 404


def test_nothing_is_wrong_with_it(app, plugin):
    assert check(app, plugin) == []


def test_the_tables_are_those_of_the_code():
    for name in docs.FILES:
        text = (docs.ROOT / name).read_text(encoding="utf-8")
        assert text == docs.renewed(text), f"make docs: a table of {name} is old"


def test_each_table_stands_somewhere():
    everything = "".join((docs.ROOT / name).read_text(encoding="utf-8") for name in docs.FILES)
    assert set(re.findall(r"<!-- table: (\w+) -->", everything)) == set(docs.TABLES)


def test_links_and_paths_lead_somewhere():
    for page in (ROOT / DOCUMENT, *(ROOT / "docs").glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
            assert (page.parent / target).exists(), f"{page.name} links {target}"
        for path in re.findall(r"`((?:core|plugins|tests|tools|benchmarks|assets|requirements)/[\w/.]*)`", text):
            assert (ROOT / path).exists(), f"{page.name} names {path}"


def test_comments_name_only_pages_that_exist():
    for folder in ("core", "plugins", "tests", "tools", "benchmarks"):
        for path in (ROOT / folder).rglob("*.py"):
            for page in re.findall(r"[\w/-]+\.md\b", path.read_text(encoding="utf-8")):
                assert (ROOT / page).exists(), f"{path.relative_to(ROOT)} names {page}"


def test_the_targets_it_names_are_in_the_makefile():
    named = set(re.findall(r"`make (\w+)`", (ROOT / DOCUMENT).read_text())) | set(re.findall(r"^make (\w+)", (ROOT / DOCUMENT).read_text(), re.M))
    there = set(re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(), re.M))
    assert named <= there


def test_the_tour_names_everybody_whom_the_demo_prints():
    from plugins.companies.demo import PEOPLE

    text = (ROOT / "docs/tour.md").read_text(encoding="utf-8")
    table = text[text.index("| login |") :].split("\n\n")[0]
    named = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert named == {"admin", *(login for login, *_more in PEOPLE)}
    assert f"# {('no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven')[len(named)]} people" in text
