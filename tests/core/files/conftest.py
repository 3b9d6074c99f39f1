from dataclasses import replace

import pytest


@pytest.fixture
def settings(app, monkeypatch):
    """`settings(max_upload=5)`: as if the app had been made with these settings."""
    cartera = app.extensions["cartera"]

    def change(**values):
        monkeypatch.setattr(cartera, "settings", replace(cartera.settings, **values))
        cartera.parts.pop("files", None)

    yield change
    cartera.parts.pop("files", None)


@pytest.fixture(params=["folder", "s3"])
def stored(request, settings):
    """Files lie in the folder, and in a real S3 service."""
    if request.param == "s3":
        bucket = request.getfixturevalue("s3_bucket")
        settings(files_url=f"s3://{bucket.name}/attachments?endpoint={bucket.endpoint}&key=k&secret=s")
    else:
        settings()
    return request.param
