"""Every setting once: typed, checked, with a sentence for whoever gets one wrong."""

import logging
import os
import stat
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from core.config import BadSetting, Settings


def _load(tmp_path, environ=None, **values):
    return Settings.load({"data_dir": tmp_path / "data", **values}, environ or {})


def test_without_settings_everything_lives_in_the_data_folder(tmp_path):
    settings = _load(tmp_path)
    assert settings.database_url == f"sqlite:///{tmp_path}/data/cartera.db"
    assert settings.runtime_url == f"sqlite:///{tmp_path}/data/runtime.db"
    assert settings.sqlite
    assert settings.files_dir == tmp_path / "data" / "files"
    assert settings.data_dir.is_dir()


def test_the_environment_decides_unless_the_mapping_does(tmp_path):
    environ = {
        "CARTERA_DATA": str(tmp_path / "d"), "CARTERA_ADDONS": f"/a{os.pathsep}/b c{os.pathsep}", "CARTERA_STRICT": "1",
        "CARTERA_PROXIES": "2", "CARTERA_LANGUAGES": "es, en,fr", "CARTERA_LANGUAGE": "es", "CARTERA_TIMEZONE": "Europe/Madrid",
        "CARTERA_TRACE_HOOKS": "", "CARTERA_DATABASE_URL": "postgresql://u:p@db/crm",
    }  # fmt: skip
    settings = Settings.load({"proxies": 1}, environ)
    assert settings.addons == (Path("/a"), Path("/b c"))
    assert (settings.strict, settings.trace_hooks, settings.proxies) == (True, False, 1)
    assert settings.languages == ("es", "en", "fr")
    assert settings.database_url == settings.runtime_url == "postgresql+psycopg://u:p@db/crm"
    assert not settings.sqlite


@pytest.mark.parametrize(("name", "value", "words"), [
    ("CARTERA_DATABASE_URL", "mysql://u:secret@h/x", "postgresql://user:password@host/name or sqlite:"),
    ("CARTERA_REDIS_URL", "localhost:6379", "must begin with redis:// or rediss:// or unix://"),
    ("CARTERA_FILES_URL", "/srv/files", "must begin with s3://"),
    ("CARTERA_JOBS", "celery", "write worker, inline or off"),
    ("CARTERA_PROXIES", "one", "write a whole number"),
    ("CARTERA_PROXIES", "-1", "0 for none"),
    ("CARTERA_STRICT", "maybe", "write 1 or 0"),
    ("CARTERA_SECRET_KEY", "short", "leave it empty"),
    ("CARTERA_TIMEZONE", "Mars/Base", "such as Europe/Madrid"),
    ("CARTERA_LANGUAGE", "xx", "CARTERA_LANGUAGES"),
    ("CARTERA_MAX_UPLOAD", "0", "above 0"),
])  # fmt: skip
def test_a_value_that_cannot_be_meant_says_what_to_write(tmp_path, name, value, words):
    with pytest.raises(BadSetting) as refusal:
        Settings.load(None, {"CARTERA_DATA": str(tmp_path), name: value})
    assert name in str(refusal.value)
    assert words in str(refusal.value)
    assert "secret" not in str(refusal.value)


def test_an_unknown_name_is_told_the_nearest(tmp_path):
    with pytest.raises(BadSetting, match="there is no setting 'data_bir': did you mean 'data_dir'"):
        Settings.load({"data_bir": tmp_path}, {})


def test_a_misspelt_variable_is_warned_of(tmp_path, caplog):
    with caplog.at_level(logging.WARNING):
        _load(tmp_path, {"CARTERA_DATABSE_URL": "x"})
    assert "did you mean CARTERA_DATABASE_URL?" in caplog.text


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path):
    first = _load(tmp_path)
    path = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(first.secret_key) >= 48
    assert _load(tmp_path).secret_key == first.secret_key


def test_processes_that_start_together_share_one_key(tmp_path):
    keys = []
    threads = [threading.Thread(target=lambda: keys.append(_load(tmp_path).secret_key)) for _ in range(8)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(keys) == 8
    assert len(set(keys)) == 1
    assert [p.name for p in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_a_key_that_others_can_read_is_closed(tmp_path):
    _load(tmp_path)
    path = tmp_path / "data" / "secret.key"
    path.chmod(0o644)
    _load(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_an_empty_key_file_stops_the_start(tmp_path):
    _load(tmp_path)
    (tmp_path / "data" / "secret.key").write_text("\n")
    with pytest.raises(BadSetting, match="restore it from a backup"):
        _load(tmp_path)


def test_a_data_folder_that_cannot_be_made_says_so(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadSetting, match="set CARTERA_DATA or --data"):
        Settings.load({"data_dir": tmp_path / "file" / "data"}, {})


def test_every_setting_has_a_variable_and_a_meaning():
    for setting in fields(Settings):
        assert setting.metadata["env"].startswith("CARTERA_"), setting.name
        assert len(setting.metadata["help"]) > 20, setting.name


def test_a_data_folder_that_is_made_is_for_its_owner_alone(tmp_path):
    folder = tmp_path / "new" / "data"
    Settings.load({"data_dir": folder})
    assert folder.stat().st_mode & 0o077 == 0
