"""Settings: precedence, refusal of what cannot be used, and secrets that do not show."""

from __future__ import annotations

import ast
import time
from dataclasses import FrozenInstanceError
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from config import ROOT, SETTINGS_FILE, Config, ConfigError, read_settings


def load(tmp_path: Path, **given: str) -> Config:
    return Config.load({"GUIDANG_DATA": str(tmp_path / "data"), **given})


def test_defaults_work_without_any_variable() -> None:
    config = Config.load({})
    assert (config.data, config.keys) == (ROOT / "data", ROOT / "data-keys")
    assert config.database_url == f"sqlite:///{ROOT / 'data' / 'guidang.db'}"
    assert (config.host, config.port) == ("127.0.0.1", 8000)


def test_the_environment_wins_over_the_settings_file(tmp_path: Path) -> None:
    keys = tmp_path / "data-keys"
    keys.mkdir()
    (keys / SETTINGS_FILE).write_text("# comment\n\nREDIS_URL=redis://file\nTIKA_URL = http://a, http://b\n")
    assert load(tmp_path).redis_url == "redis://file"
    assert load(tmp_path).tika_urls == ("http://a", "http://b")
    assert load(tmp_path, REDIS_URL="redis://environment").redis_url == "redis://environment"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("GUIDANG_PROT", "8000", "GUIDANG_PROT"),
        ("GUIDANG_PORT", "eighty", "GUIDANG_PORT"),
        ("GUIDANG_PORT", "70000", "GUIDANG_PORT"),
        ("GUIDANG_PORT", "-1", "GUIDANG_PORT"),
        ("GUIDANG_CLOCK", "2024-13-01", "GUIDANG_CLOCK"),
        ("GUIDANG_CIPHER", "rot13", "GUIDANG_CIPHER"),
    ],
)
def test_unusable_values_are_refused_by_name(tmp_path: Path, name: str, value: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(tmp_path, **{name: value})


@pytest.mark.parametrize("keys", ["data", "data/keys", "data/deep/keys"])
def test_keys_never_lie_beside_the_data(tmp_path: Path, keys: str) -> None:
    with pytest.raises(ConfigError, match="GUIDANG_KEYS"):
        load(tmp_path, GUIDANG_KEYS=str(tmp_path / keys))


def test_secrets_do_not_show(tmp_path: Path) -> None:
    secret = "s3cr3t-value"
    names = ("DATABASE_URL", "REDIS_URL", "ELASTICSEARCH_PASSWORD", "GUIDANG_SECRET_KEY")
    assert secret not in repr(load(tmp_path, **dict.fromkeys(names, secret)))


def test_the_object_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load(tmp_path).port = 1  # type: ignore[misc]


def test_the_clock_can_be_fixed(tmp_path: Path) -> None:
    assert load(tmp_path, GUIDANG_CLOCK="2024-07-10").today() == date(2024, 7, 10)


@pytest.mark.parametrize("zone", ["Etc/GMT+12", "Etc/GMT-14"])
def test_today_is_the_hospitals_day_wherever_the_machine_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    """At any hour it is another day than in China in one of the two zones at least."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        before, today, after = _day_in_china(), load(tmp_path).today(), _day_in_china()
    finally:
        monkeypatch.undo()
        time.tzset()
    assert today in (before, after)


def _day_in_china() -> date:
    return (datetime.now(UTC) + timedelta(hours=8)).date()


def test_a_missing_settings_file_is_an_empty_one(tmp_path: Path) -> None:
    assert read_settings(tmp_path / "none.env") == {}


def test_only_config_reads_the_environment() -> None:
    readers = set()
    for path in ROOT.glob("*/**/*.py"):
        if path.relative_to(ROOT).parts[0] in (".venv", "tests", "data"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv", "getenvb"):
                readers.add(str(path.relative_to(ROOT)))
    assert readers == set()
