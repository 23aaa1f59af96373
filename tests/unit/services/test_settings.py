"""Generated secrets stay, addresses follow the port, foreign servers are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import SETTINGS_FILE, Config, read_settings
from services.settings import embedded_names, queue_password, write_settings


def load(tmp_path: Path, **given: str) -> Config:
    return Config.load({"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys"), **given})


def test_settings_are_complete_and_private(tmp_path: Path) -> None:
    written = write_settings(load(tmp_path, GUIDANG_PORT="9100"))
    assert written == load(tmp_path, GUIDANG_PORT="9100")
    assert written.elasticsearch_url == "http://127.0.0.1:9101"
    assert written.tika_urls == ("http://127.0.0.1:9102",)
    assert written.redis_url.endswith("@127.0.0.1:9103/0")
    assert (
        min(len(written.secret_key), len(written.elasticsearch_password), len(queue_password(written.redis_url))) >= 32
    )
    assert (tmp_path / "keys" / SETTINGS_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "keys").stat().st_mode & 0o777 == 0o700


def test_secrets_are_kept_and_addresses_follow_the_port(tmp_path: Path) -> None:
    first = write_settings(load(tmp_path, GUIDANG_PORT="9100"))
    second = write_settings(load(tmp_path, GUIDANG_PORT="9200"))
    assert second.elasticsearch_password == first.elasticsearch_password
    assert second.secret_key == first.secret_key
    assert second.elasticsearch_url == "http://127.0.0.1:9201"
    assert second.redis_url == first.redis_url.replace(":9103", ":9203")


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    one = write_settings(load(tmp_path / "one"))
    two = write_settings(load(tmp_path / "two"))
    assert one.secret_key != two.secret_key
    assert one.elasticsearch_password != two.elasticsearch_password


@pytest.mark.parametrize(
    ("name", "value", "left"),
    [
        ("ELASTICSEARCH_URL", "https://search.example:9200", ("parser", "queue")),
        ("TIKA_URL", "http://a.example,http://b.example", ("search", "queue")),
        ("REDIS_URL", "rediss://queue.example:6379/0", ("search", "parser")),
    ],
)
def test_a_server_of_somebody_else_is_not_embedded(
    tmp_path: Path, name: str, value: str, left: tuple[str, ...]
) -> None:
    written = write_settings(load(tmp_path, **{name: value}))
    assert name not in read_settings(tmp_path / "keys" / SETTINGS_FILE)
    assert embedded_names(written) == left
    assert embedded_names(load(tmp_path, **{name: value})) == left


def test_an_address_given_later_wins_over_the_embedded_server(tmp_path: Path) -> None:
    write_settings(load(tmp_path))
    given = load(tmp_path, TIKA_URL="http://tika.example")
    assert embedded_names(given) == ("search", "queue")
    assert write_settings(given).tika_urls == ("http://tika.example",)
