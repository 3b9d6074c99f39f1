"""What a manifest may say, and what its author is told when it says something else."""

import pytest

from core.addons.manifest import BadManifest, make_manifest, read_manifest

GOOD = {"name": "birthdays", "title": "Birthdays", "version": "1.0.0", "core": ">=1.0,<2"}


def test_a_short_manifest_gets_the_usual_rest():
    manifest = make_manifest(GOOD)
    assert manifest.url_prefixes == ("/birthdays",)
    assert manifest.default_state == "enabled"
    assert manifest.depends == {}


def test_dependencies_may_name_versions():
    manifest = make_manifest(GOOD | {"depends": ["companies>=1.2,<2", "contacts"]})
    assert manifest.depends["contacts"] == ""
    assert set(manifest.depends["companies"].split(",")) == {">=1.2", "<2"}


@pytest.mark.parametrize(("change", "words"), [
    ({"titel": "x"}, "unknown key 'titel': did you mean 'title'?"),
    ({"zzz": 1}, "unknown key 'zzz': there are name, title"),
    ({"name": "Birth Days"}, "use lower case letters"),
    ({"name": "core_x"}, "belongs to the core"),
    ({"name": "files"}, "belongs to the core"),
    ({"version": "one"}, "write it as 1.0.0"),
    ({"core": "1.x or so"}, "as >=1.0,<2"),
    ({"core": ""}, "'core' is missing"),
    ({"depends": "companies"}, 'as ["helpdesk"]'),
    ({"depends": ["companies >> 2"]}, "write a plugin's name"),
    ({"depends": ["companies[extra]"]}, "only a plugin's name and versions"),
    ({"url_prefixes": ["birthdays"]}, "write it as /helpdesk"),
    ({"url_prefixes": ["/setup/birthdays"]}, "/setup belongs to the core"),
    ({"default_state": "off"}, "write enabled, hidden or disabled"),
    ({"auto_enable": "yes"}, "must be true or false"),
    ({"section": "hr"}, "write crm or setup"),
    ({"title": 5}, "must be text"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_the_cure(change, words):
    with pytest.raises(BadManifest) as refusal:
        make_manifest(GOOD | change, "birthdays/manifest.toml")
    assert words in str(refusal.value)
    assert "birthdays/manifest.toml" in str(refusal.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(BadManifest) as refusal:
        make_manifest({"name": "x y", "titel": "t"})
    assert len(str(refusal.value).splitlines()) == 5


def test_a_folder_without_a_manifest_is_told_how_to_get_one(tmp_path):
    with pytest.raises(BadManifest, match="cartera plugin new"):
        read_manifest(tmp_path)


def test_a_manifest_that_is_not_toml_names_the_line(tmp_path):
    (tmp_path / "manifest.toml").write_text("name = birthdays")
    with pytest.raises(BadManifest, match="line 1"):
        read_manifest(tmp_path)
