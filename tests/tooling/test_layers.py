"""Who may import whom follows from the manifests; each wrong import is named."""

import pytest

from tools import layers

GOOD = {
    "core/__init__.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from core.web import page\n",
    "core/db/__init__.py": "",
    "core/records/__init__.py": "from core import db\n",
    "core/web/__init__.py": "from flask import current_app\nfrom core import records\n",
    "plugins/__init__.py": "",
    "plugins/companies/manifest.toml": 'name = "companies"\n',
    "plugins/companies/__init__.py": "",
    "plugins/companies/models.py": "from core import Record\nfrom core.db import among\nfrom core.web import money\n",
    "plugins/companies/views.py": "from flask import request\nfrom plugins.companies import models\n",
    "plugins/contacts/manifest.toml": 'name = "contacts"\ndepends = ["companies>=1.0"]\n',
    "plugins/contacts/__init__.py": "",
    "plugins/contacts/models.py": "from plugins.companies import models\nfrom plugins.companies.models import x\n",
}


@pytest.fixture
def tree(tmp_path):
    def write(**files: str):
        for name, text in {**GOOD, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return write


def test_imports_downwards_and_of_a_public_face_pass(tree, capsys):
    assert layers.main([], tree()) == 0, capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("core/db/bad.py", "import core.web\n", "core.db.bad -> core.web"),
        ("core/web/bad.py", "from plugins.companies import models\n", "core.web.bad -> plugins.companies.models"),
        ("plugins/companies/bad.py", "import plugins.contacts.models\n", "plugins.companies.bad -> plugins.contacts.models"),
        ("plugins/contacts/bad.py", "from plugins.companies import views\n", "plugins.contacts.bad -> plugins.companies.views"),
        ("plugins/contacts/bad.py", "from plugins.companies import helper\n", "plugins.contacts.bad -> plugins.companies"),
        ("plugins/contacts/bad.py", "from core.db.base import db\n", "plugins/contacts/bad.py:1: core.db.base.db is not public"),
        ("plugins/contacts/bad.py", "from core.db import NAMING_\n", "plugins/contacts/bad.py:1: core.db.NAMING_ is not public"),
        ("plugins/contacts/bad.py", "import core.web.jinja\n", "plugins/contacts/bad.py:1: core.web.jinja is not public"),
        ("core/records/bad.py", "from flask import g, Flask\n", "core/records/bad.py:1: flask.g"),
        ("plugins/contacts/services.py", "from flask import current_app\n", "plugins/contacts/services.py:1: flask.current_app"),
    ],
)
def test_a_wrong_import_is_named(tree, capsys, name, text, told):
    assert layers.main([], tree(**{name: text})) == 1
    assert told in capsys.readouterr().out


def test_a_tree_without_core_or_plugins_passes(tmp_path, capsys):
    assert layers.main([], tmp_path) == 0
    (tmp_path / "core/db").mkdir(parents=True)
    (tmp_path / "core/__init__.py").touch()
    (tmp_path / "core/db/__init__.py").touch()
    assert layers.main([], tmp_path) == 0, capsys.readouterr().out
