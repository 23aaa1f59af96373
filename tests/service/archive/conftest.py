"""An opened archive on each kind of database, with departments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archive.access.actor import Actor, Role
from archive.models import Base, Department
from archive.record import Archive
from archive.vault.keys import KeyRing
from config import Config

DEPARTMENTS = {
    "YB": ("院长办公室", []),
    "HQB": ("后勤保障部", ["engineering"]),
    "CWK": ("财务科", ["finance"]),
    "BAS": ("病案室", []),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def archive(request: pytest.FixtureRequest, tmp_path: Path, new_database: Callable[[str], str]) -> Iterator[Archive]:
    """A fresh archive; tests that do not care about the database run on both all the same."""
    base = Config.load({"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys")})
    config = replace(base, database_url=new_database(request.param))
    config.data.mkdir(parents=True)
    config.keys.mkdir(mode=0o700)
    KeyRing.create(config.key_file)
    archive = Archive.open(config)
    Base.metadata.create_all(archive.database.engine)
    with archive.database.writing() as session:
        session.add_all(Department(code=code, name=name, functions=f) for code, (name, f) in DEPARTMENTS.items())
    yield archive
    archive.database.close()


@pytest.fixture
def archivist() -> Actor:
    """An archivist as `resolve_actor` would give."""
    return Actor("a" * 36, "x", frozenset({Role.ARCHIVIST}), frozenset({"staff", "archivist"}), clearance=3)
