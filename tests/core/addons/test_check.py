"""What `plugin check` sees before a plugin runs."""

import textwrap
from importlib import import_module

import pytest
from flask import Flask

from core.addons.check import foreign_imports, is_guarded, open_routes, private_imports, unknown_icons
from core.addons.face import FACE
from core.addons.icons import shown_icon
from core.web.guards import load_or_404, requires


def test_a_view_is_guarded_by_the_decorator_or_by_loading_its_record():
    @requires("CR")
    def guarded():
        return ""

    def loads(id):
        return load_or_404("companies.company", id)

    @requires("CR")
    def both(id):
        return load_or_404("companies.company", id)

    def neither():
        return "load_or_404 in a text is no guard"

    assert [is_guarded(v) for v in (guarded, loads, both, neither)] == [True, True, True, False]


def test_a_guard_before_the_whole_blueprint_counts(write, load_only):
    init = """
        from flask import Blueprint
        from core.web.guards import requires

        @hookimpl
        def blueprints():
            pages = Blueprint("shut", __name__, url_prefix="/shut")
            pages.before_request(requires("CW")(lambda: None))
            pages.add_url_rule("/", "list", lambda: "x")
            return [pages]
    """
    addons = load_only(write("shut", init))
    app = Flask("check")
    app.register_blueprint(addons["shut"].declared["blueprints"][0])
    assert list(open_routes(app, addons["shut"])) == []


@pytest.mark.parametrize(("line", "words"), [
    ("from plugins.stranger.models import Thing", "Add 'stranger' to `depends`"),
    ("import plugins.stranger.services", "Add 'stranger' to `depends`"),
    ("from plugins import stranger", "Add 'stranger' to `depends`"),
    ("from plugins.base.views import pages", "only access, models, services may be imported"),
    ("from plugins.base import views", "only access, models, services may be imported"),
])  # fmt: skip
def test_imports_beyond_the_dependencies_public_face_are_named(write, load_only, tmp_path, line, words):
    write("base")
    folder = write("curious", manifest='depends = ["base"]')
    (folder / "late.py").write_text(textwrap.dedent(f"def f():\n    {line}\n"))
    addons = load_only(tmp_path)
    [problem] = foreign_imports(addons, addons["curious"])
    assert words in problem.cure
    assert problem.what.startswith("late.py, line 2 imports plugins.")


def test_imports_of_the_public_face_are_fine(write, load_only, tmp_path):
    write("base", models="X = 1\n")
    folder = write("polite", manifest='depends = ["base"]')
    (folder / "late.py").write_text("from plugins.base.models import X\nfrom plugins.polite import late\nfrom . import other\n")
    addons = load_only(tmp_path)
    assert list(foreign_imports(addons, addons["polite"])) == []


@pytest.mark.parametrize("line", ["from core.db.base import db", "from core.web import Shell", "import core.records.query", "from core import create_app"])
def test_imports_from_inside_of_core_are_named(write, load_only, tmp_path, line):
    write("curious")
    (tmp_path / "curious/late.py").write_text(f"from core import db\n{line}\n")
    addons = load_only(tmp_path)
    [problem] = private_imports(addons["curious"])
    assert problem.what.startswith("late.py, line 2 imports core.")
    assert "core.web" in problem.cure


def test_all_that_is_public_is_there():
    for name in FACE:
        package = import_module(name)
        assert [n for n in package.__all__ if not hasattr(package, n)] == []


def test_an_icon_that_is_not_there_is_named_with_those_that_are(write, load_only):
    init = """
        from core import Entry

        @hookimpl
        def menu_entries():
            return [Entry("Cakes", icon="cake"), Entry("Presents", icon="gift"), Entry("Plain")]
    """
    addons = load_only(write("party", init))
    (problem,) = unknown_icons(addons, addons["party"])
    assert problem.what == "there is no icon 'cake' for the menu entry 'Cakes'"
    assert "gift" in problem.cure
    assert (shown_icon("cake"), shown_icon("gift")) == ("puzzle", "gift")
