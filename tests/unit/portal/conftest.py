"""The application over an empty archive, without any server: enough for what is decided before one is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from archive import setup
from archive.record import Archive
from config import Config
from portal import create_app


@pytest.fixture(scope="session")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application; sessions, search and queue do not answer."""
    folder: Path = tmp_path_factory.mktemp("offline")
    environment = {"GUIDANG_DATA": str(folder / "data"), "GUIDANG_KEYS": str(folder / "keys")}
    config = Config.load(environment | {"GUIDANG_SECRET_KEY": "only for tests"})
    setup.create_keys(config)
    setup.migrate(config)
    archive = Archive.open(config)
    yield create_app(config, archive=archive)
    archive.close()
