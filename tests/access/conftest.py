"""What the tests of access share: the decision table, put on the stage once per kind of database."""

import pytest

from core.testing.apps import fill, template_of

from .table import arrange_table, arranged_cells


@pytest.fixture
def database(request, databases, app_settings):
    """A fresh database; with every cell of the decision table on the stage, if the test asks for `cells`."""
    kind = getattr(request, "param", "sqlite")
    name = f"cartera_{databases.run.worker}"
    template = template_of(databases, kind, app_settings, world="world" in request.fixturenames)
    if "cells" in request.fixturenames:
        fresh = template

        def grow(made):
            fill(databases.copy(fresh, made.data_dir, made.data_dir.name.removesuffix(f"_{kind}")), app_settings, arrange_table)

        template = databases.template(kind, "decision table", app_settings, grow)
    return databases.copy(template, databases.run.folder / f"{name}_{kind}", name)


@pytest.fixture
def cells(app):
    """Every cell of the table (tests/access/table.py)."""
    return arranged_cells(app)


@pytest.fixture
def bearer(app):
    """`bearer(key)`: a client that sends this token."""

    def make(key):
        client = app.test_client()
        client.csrf = False
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        return client

    return make
