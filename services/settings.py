"""Addresses and generated secrets of the embedded servers, kept in `<keys>/settings.env` (mode 0600).

Secrets are generated once and stay; addresses follow GUIDANG_PORT. A server whose address the environment gives is
not embedded and gets no line.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import replace

from config import SETTINGS_FILE, Config, read_settings
from services.ports import LOOPBACK, OFFSETS


def write_settings(config: Config) -> Config:
    """Generates what is missing, writes the settings file and returns the configuration with it applied."""
    path = config.keys / SETTINGS_FILE
    known = read_settings(path)
    chosen = _choose(config, known)
    config.keys.mkdir(parents=True, mode=0o700, exist_ok=True)
    if chosen != known:
        _replace_file(config, chosen)
    return replace(
        config,
        elasticsearch_url=chosen.get("ELASTICSEARCH_URL", config.elasticsearch_url),
        elasticsearch_user=chosen.get("ELASTICSEARCH_USER", config.elasticsearch_user),
        elasticsearch_password=chosen.get("ELASTICSEARCH_PASSWORD", config.elasticsearch_password),
        tika_urls=(chosen["TIKA_URL"],) if "TIKA_URL" in chosen else config.tika_urls,
        redis_url=chosen.get("REDIS_URL", config.redis_url),
        secret_key=config.secret_key or chosen["GUIDANG_SECRET_KEY"],
    )


def embedded_names(config: Config) -> tuple[str, ...]:
    """The servers this installation runs itself, of search, parser and queue."""
    known = read_settings(config.keys / SETTINGS_FILE)
    own = {
        "search": bool(known.get("ELASTICSEARCH_URL")) and config.elasticsearch_url == known["ELASTICSEARCH_URL"],
        "parser": bool(known.get("TIKA_URL")) and config.tika_urls == (known["TIKA_URL"],),
        "queue": bool(known.get("REDIS_URL")) and config.redis_url == known["REDIS_URL"],
    }
    return tuple(name for name, mine in own.items() if mine)


def _choose(config: Config, known: dict[str, str]) -> dict[str, str]:
    chosen = {"GUIDANG_SECRET_KEY": known.get("GUIDANG_SECRET_KEY") or secrets.token_urlsafe(48)}
    if config.elasticsearch_url in ("", known.get("ELASTICSEARCH_URL")):
        chosen["ELASTICSEARCH_URL"] = f"http://{LOOPBACK}:{config.port + OFFSETS['search']}"
        chosen["ELASTICSEARCH_USER"] = "guidang"
        chosen["ELASTICSEARCH_PASSWORD"] = known.get("ELASTICSEARCH_PASSWORD") or secrets.token_urlsafe(24)
    if config.tika_urls in ((), (known.get("TIKA_URL"),)):
        chosen["TIKA_URL"] = f"http://{LOOPBACK}:{config.port + OFFSETS['parser']}"
    if config.redis_url in ("", known.get("REDIS_URL")):
        password = queue_password(known.get("REDIS_URL", "")) or secrets.token_urlsafe(24)
        chosen["REDIS_URL"] = f"redis://:{password}@{LOOPBACK}:{config.port + OFFSETS['queue']}/0"
    return chosen


def queue_password(url: str) -> str:
    """The password within a `redis://:PASSWORD@host:port/0` address."""
    return url.partition("://:")[2].partition("@")[0]


def _replace_file(config: Config, values: dict[str, str]) -> None:
    path = config.keys / SETTINGS_FILE
    temporary = path.with_suffix(".new")
    temporary.unlink(missing_ok=True)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write("# Written by `python -m services setup`: addresses and secrets of the embedded servers.\n")
        handle.writelines(f"{name}={value}\n" for name, value in values.items())
        handle.flush()
        os.fsync(descriptor)
    temporary.replace(path)
