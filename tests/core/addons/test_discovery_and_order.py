"""Which plugins are found, which may run and in which order; nothing of this imports one."""

import importlib.metadata
import sys

import pytest

from core.addons.discovery import discover
from core.addons.graph import arrange


def _order(*folders, **kw):
    found = discover(folders, [], **({"bundled": None, "installed": False} | kw))
    return [p.name for p in arrange(found)], {p.name: p.failure for p in found}


def test_dependencies_come_first_then_names(write, tmp_path):
    write("zoo")
    write("apes", manifest='depends = ["zoo"]')
    write("bears", manifest='depends = ["zoo"]')
    write("cubs", manifest='depends = ["bears"]')
    write("aardvarks")
    assert _order(tmp_path)[0] == ["aardvarks", "zoo", "apes", "bears", "cubs"]


def test_the_path_of_one_plugin_is_as_good_as_a_folder_of_them(write):
    assert _order(write("lonely"))[0] == ["lonely"]


def test_two_of_one_name_both_stay_out_and_both_paths_are_shown(load_only):
    addons = load_only("twin_a", "twin_b")
    assert addons.names == ()
    for plugin in addons.failed:
        assert "twin_a" in plugin.failure.reason
        assert "twin_b" in plugin.failure.reason


def test_the_same_folder_given_twice_is_one_plugin(write, tmp_path):
    write("lonely")
    assert _order(tmp_path, tmp_path / "lonely")[0] == ["lonely"]


def test_a_bundled_plugin_keeps_its_name(write, tmp_path):
    bundled = tmp_path / "bundled"
    ours = write("companies", into=bundled)
    theirs = write("companies", into=tmp_path / "mine")
    order, _ = _order(tmp_path / "mine", bundled=bundled)
    found = {p.path: p.failure for p in discover([tmp_path / "mine"], [], bundled=bundled, installed=False)}
    assert order == ["companies"]
    assert found[ours] is None
    assert str(ours) in found[theirs].reason


def test_a_missing_dependency_is_named(load_only):
    [plugin] = load_only("needs_missing").failed
    assert plugin.failure.reason == "needs no_such_plugin, which is not there"


def test_an_older_dependency_than_asked_for_is_refused(write, tmp_path):
    write("base", version="1.1")
    write("above", manifest='depends = ["base>=1.2"]')
    order, failures = _order(tmp_path)
    assert order == ["base"]
    assert failures["above"].reason == "needs base >=1.2, but 1.1 is there"


def test_a_plugin_for_another_core_stays_out_with_its_dependants(write, tmp_path):
    write("modern", core=">=2")
    write("friend", manifest='depends = ["modern"]')
    write("other")
    order, failures = _order(tmp_path)
    assert order == ["other"]
    assert "made for core >=2, this is 1.0.0" in failures["modern"].reason
    assert failures["friend"].reason.startswith("needs modern, which failed: modern 1.0 is made for core")


def test_a_circle_is_drawn_and_takes_its_dependants_along(write, tmp_path):
    write("one", manifest='depends = ["two"]')
    write("two", manifest='depends = ["one"]')
    write("three", manifest='depends = ["two"]')
    write("four")
    order, failures = _order(tmp_path)
    assert order == ["four"]
    assert "→" in failures["one"].reason
    assert "depends in a circle" in failures["two"].reason
    assert "needs two, which failed" in failures["three"].reason


def test_the_circle_of_the_test_addons(load_only):
    assert {p.name for p in load_only("cycle_a", "cycle_b").failed} == {"cycle_a", "cycle_b"}


def test_a_name_that_continues_another_is_refused_for_its_tables_would_be_the_others(write, tmp_path):
    write("help")
    write("help_desk")
    order, failures = _order(tmp_path)
    assert order == ["help"]
    assert "whose tables it would seem to own" in failures["help_desk"].reason


def test_an_address_has_one_owner(write, tmp_path):
    write("alpha", manifest='url_prefixes = ["/shared"]')
    write("beta", manifest='url_prefixes = ["/shared"]')
    order, failures = _order(tmp_path)
    assert order == ["alpha"]
    assert failures["beta"].reason == "the address /shared belongs to alpha"


def test_an_address_below_anothers_is_for_those_who_depend_on_it(write, tmp_path):
    write("contract")
    write("bill", manifest='depends = ["contract"]\nurl_prefixes = ["/bill", "/contract/<id>/bill"]')
    write("pirate", manifest='url_prefixes = ["/pirate", "/contract/<id>/loot"]')
    order, failures = _order(tmp_path)
    assert order == ["contract", "bill"]
    assert "belongs to contract" in failures["pirate"].reason


def test_the_folder_is_called_as_the_plugin(write, tmp_path):
    write("right").rename(tmp_path / "wrong")
    _, failures = _order(tmp_path)
    assert "the folder is called 'wrong' but the manifest says 'right'" in failures["right"].reason


def test_a_package_without_a_manifest_is_shown_not_skipped(tmp_path):
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "__init__.py").touch()
    (tmp_path / "just_a_folder").mkdir()
    _, failures = _order(tmp_path)
    assert list(failures) == ["half"]
    assert "has no manifest.toml" in failures["half"].reason


def test_a_folder_that_is_not_there_is_a_problem_not_an_end(tmp_path):
    problems = []
    assert discover([tmp_path / "gone"], problems, bundled=None, installed=False) == []
    assert "gone" in problems[0]
    assert "CARTERA_ADDONS" in problems[0]


@pytest.fixture
def installed(tmp_path, monkeypatch, write):
    """A distribution on the path with the package `cartera_visits` and an entry point for it."""
    site = tmp_path / "site"
    folder = write("visits", "import sys\nsys.loaded_visits = True\n", into=site).rename(site / "cartera_visits")
    info = site / "cartera_visits-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: cartera-visits\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cartera.plugins]\nvisits = cartera_visits\n")
    monkeypatch.syspath_prepend(str(site))
    importlib.invalidate_caches()
    yield folder
    sys.__dict__.pop("loaded_visits", None)


def test_an_installed_distribution_is_found_without_running_it(installed):
    [plugin] = [p for p in discover([], [], bundled=None) if p.name == "visits"]
    assert (plugin.source, plugin.import_name, plugin.path, plugin.failure) == ("installed", "cartera_visits", installed, None)
    assert not hasattr(sys, "loaded_visits")


def test_an_installed_plugin_is_loaded_under_its_own_name(installed, load_only):
    addons = load_only(installed=True)
    assert "visits" in addons
    assert sys.loaded_visits


def test_a_folder_and_a_distribution_of_one_name_both_stay_out(installed, write, tmp_path, load_only):
    addons = load_only(write("visits", into=tmp_path / "mine"), installed=True)
    assert "visits" not in addons
    assert len([p for p in addons.failed if p.name == "visits"]) == 2
