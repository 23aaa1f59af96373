"""Settings of the whole program: one frozen object, read once, validated at start.

Order of precedence: environment, then the settings file that `services` writes for the embedded servers, then the
defaults below. Nothing else in the project reads the environment (a test holds this). Unknown ``GUIDANG_`` variables
are refused, so that a mistyped setting never means "default" silently. Secrets do not show in ``repr``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, field, fields
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parent
SETTINGS_FILE = "settings.env"
ZONE: Final = ZoneInfo("Asia/Shanghai")
"""The hospital's clock, whatever the machine's: one zone in the whole country."""


class ConfigError(Exception):
    """A setting that cannot be used; the message names the variable and says what it takes."""


def _whole(text: str) -> int:
    number = int(text)
    if number < 0:
        raise ValueError("a whole number of at least 0")
    return number


def _path(text: str) -> Path:
    return (ROOT / text).resolve()


def _folder(text: str) -> Path | None:
    if not text:
        return None
    folder = _path(text)
    if not folder.is_dir():
        raise ValueError("a folder that exists")
    return folder


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _setting(
    name: str, parse: Callable[[str], Any], default: str, doc: str, *, secret: bool = False
) -> Any:  # a dataclass field; its type stands in the annotation
    return field(repr=not secret, metadata={"name": name, "parse": parse, "default": default, "doc": doc})


@dataclass(frozen=True, kw_only=True)
class Config:
    """Every setting with its variable, default and meaning. A default that starts with ``=`` is derived."""

    data: Path = _setting("GUIDANG_DATA", _path, "data", "folder of the record of truth: database, vault, server files")
    keys: Path = _setting(
        "GUIDANG_KEYS", _path, "=keys", "folder of the key file and generated secrets; never inside GUIDANG_DATA"
    )
    host: str = _setting("GUIDANG_HOST", str, "127.0.0.1", "address the portal listens on")
    port: int = _setting(
        "GUIDANG_PORT", _whole, "8000", "port of the portal; the embedded servers take the ports after it"
    )
    proxy_hops: int = _setting("GUIDANG_PROXY_HOPS", _whole, "0", "trusted reverse proxies in front of the portal")
    secure_cookies: int = _setting("GUIDANG_SECURE_COOKIES", _whole, "0", "1 when the portal is reached by HTTPS")
    clock: date | None = _setting(
        "GUIDANG_CLOCK", _day, "", "fixes today (YYYY-MM-DD) for relative dates and due dates"
    )
    log_level: str = _setting("GUIDANG_LOG_LEVEL", str, "INFO", "least severe level written to the log")

    database_url: str = _setting(
        "DATABASE_URL", str, "=database", "SQLAlchemy URL; SQLite in GUIDANG_DATA or PostgreSQL 15+", secret=True
    )
    redis_url: str = _setting("REDIS_URL", str, "", "Valkey or Redis: broker, sessions, counters", secret=True)
    elasticsearch_url: str = _setting("ELASTICSEARCH_URL", str, "", "Elasticsearch 8.19 or 9.x")
    elasticsearch_user: str = _setting("ELASTICSEARCH_USER", str, "guidang", "account limited to the portal's indices")
    elasticsearch_password: str = _setting("ELASTICSEARCH_PASSWORD", str, "", "its password", secret=True)
    elasticsearch_ca: str = _setting("ELASTICSEARCH_CA", str, "", "CA certificate file, for https addresses")
    elasticsearch_heap_mb: int = _setting(
        "GUIDANG_ELASTICSEARCH_HEAP_MB", _whole, "1024", "heap of the embedded Elasticsearch"
    )
    index_prefix: str = _setting("GUIDANG_INDEX_PREFIX", str, "guidang", "first part of every index and alias name")
    index_replicas: int = _setting("GUIDANG_INDEX_REPLICAS", _whole, "0", "replicas of each index")
    tika_urls: tuple[str, ...] = _setting("TIKA_URL", _words, "", "Tika servers, separated by commas")
    tika_heap_mb: int = _setting("GUIDANG_TIKA_HEAP_MB", _whole, "1024", "heap of the embedded Tika's parsing child")
    java_home: str = _setting("GUIDANG_JAVA_HOME", str, "", "folder of a Java 21+ runtime; looked for when empty")
    system_java_home: str = _setting("JAVA_HOME", str, "", "where Java is looked for first")

    secret_key: str = _setting(
        "GUIDANG_SECRET_KEY", str, "", "signs cookies and cursors; generated at set-up", secret=True
    )
    cipher: str = _setting("GUIDANG_CIPHER", str, "aes-256-gcm", "cipher of new vault blobs: aes-256-gcm or sm4-gcm")
    session_hours: int = _setting("GUIDANG_SESSION_HOURS", _whole, "10", "hours until a session ends")
    login_attempts: int = _setting(
        "GUIDANG_LOGIN_ATTEMPTS", _whole, "5", "failed sign-ins of one account before it must wait"
    )
    login_wait_seconds: int = _setting("GUIDANG_LOGIN_WAIT_SECONDS", _whole, "300", "that wait, in seconds")
    metrics_addresses: tuple[str, ...] = _setting(
        "GUIDANG_METRICS_ADDRESSES", _words, "127.0.0.1,::1", "addresses that may read /metrics"
    )

    scanner: str = _setting("SCANNER", str, "off", "virus scanner: off, optional (while it answers) or required")
    scanner_address: str = _setting(
        "SCANNER_ADDRESS", str, "", "clamd: unix:/run/clamav/clamd.ctl or tcp://127.0.0.1:3310"
    )
    rescan_days: int = _setting(
        "GUIDANG_RESCAN_DAYS", _whole, "30", "days after which a file is scanned again with newer signatures"
    )

    web_workers: int = _setting("GUIDANG_WEB_WORKERS", _whole, "2", "gunicorn processes")
    web_threads: int = _setting("GUIDANG_WEB_THREADS", _whole, "4", "threads of each")
    worker_processes: int = _setting("GUIDANG_WORKER_PROCESSES", _whole, "2", "ingest processes; one per core")
    max_upload_bytes: int = _setting(
        "GUIDANG_MAX_UPLOAD_BYTES", _whole, "4294967296", "largest file taken in, in bytes"
    )
    ocr_dpi: int = _setting("GUIDANG_OCR_DPI", _whole, "200", "resolution of pages handed to character recognition")
    speech_model: Path | None = _setting(
        "GUIDANG_SPEECH_MODEL",
        _folder,
        "",
        "folder of a Whisper model (CTranslate2); recordings are then transcribed",
    )
    view_dpi: int = _setting("GUIDANG_VIEW_DPI", _whole, "110", "resolution of page images shown to people")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Config:
        """Settings of this process. Raises ConfigError for unknown or unusable values."""
        given = dict(os.environ if environ is None else environ)
        first = cls._parse(given)
        return cls._parse(read_settings(first.keys / SETTINGS_FILE) | given)

    @classmethod
    def _parse(cls, given: Mapping[str, str]) -> Config:
        known = {f.metadata["name"] for f in fields(cls)}
        unknown = sorted(name for name in given if name.startswith("GUIDANG_") and name not in known)
        if unknown:
            raise ConfigError(f"unknown setting {', '.join(unknown)}; see docs/settings.md")
        values = {f.name: _value(f, given) for f in fields(cls)}
        data: Path = values["data"]
        if values["keys"] is None:
            values["keys"] = data.with_name(data.name + "-keys")
        if values["database_url"] is None:
            values["database_url"] = f"sqlite:///{data / 'guidang.db'}"
        config = cls(**values)
        config._check()
        return config

    def _check(self) -> None:
        if self.keys == self.data or self.data in self.keys.parents:
            raise ConfigError("GUIDANG_KEYS must lie outside GUIDANG_DATA: keys beside the data protect nothing")
        if self.cipher not in ("aes-256-gcm", "sm4-gcm"):
            raise ConfigError("GUIDANG_CIPHER takes aes-256-gcm or sm4-gcm")
        if self.scanner not in ("off", "optional", "required"):
            raise ConfigError("SCANNER takes off, optional or required")
        if self.scanner != "off" and not re.fullmatch(r"unix:/.+|tcp://[^/:]+:\d+", self.scanner_address):
            raise ConfigError("SCANNER_ADDRESS takes unix:/path or tcp://host:port while SCANNER is not off")
        if not 0 < self.port < 65530:
            raise ConfigError("GUIDANG_PORT takes a port number from 1 to 65529")

    @property
    def is_embedded(self) -> bool:
        """Whether this installation runs its own Elasticsearch, Tika and Valkey on the ports after its own."""
        return (self.keys / SETTINGS_FILE).exists()

    @property
    def vault(self) -> Path:
        """Folder of the encrypted blobs."""
        return self.data / "vault"

    @property
    def key_file(self) -> Path:
        """File of the versioned vault keys."""
        return self.keys / "vault.json"

    def today(self) -> date:
        """Today's date in the hospital's time zone, or the fixed clock."""
        return self.clock or datetime.now(ZONE).date()


def _value(setting: Field[Any], given: Mapping[str, str]) -> Any:
    name, default = setting.metadata["name"], setting.metadata["default"]
    text = given.get(name, default)
    if text.startswith("=") and name not in given:
        return None
    try:
        return setting.metadata["parse"](text)
    except ValueError as err:
        raise ConfigError(f"{name} cannot be {text!r}: {setting.metadata['doc']}") from err


def read_settings(path: Path) -> dict[str, str]:
    """NAME=value lines of a settings file; a missing file is an empty one."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, _, value in pairs}
