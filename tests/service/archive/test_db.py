"""Transactions: writers queue instead of failing, a failed one leaves nothing, readers do not block."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from archive.db import Database
from archive.models import Department
from archive.record import Archive


def count(archive: Archive) -> int:
    with archive.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Department)) or 0


def test_a_failed_transaction_leaves_nothing(archive: Archive) -> None:
    before = count(archive)
    with pytest.raises(RuntimeError), archive.database.writing() as session:
        session.add(Department(code="X", name="X", functions=[]))
        session.flush()
        raise RuntimeError
    assert count(archive) == before


def test_a_reading_transaction_keeps_nothing(archive: Archive) -> None:
    before = count(archive)
    with archive.database.reading() as session:
        session.add(Department(code="X", name="X", functions=[]))
        session.flush()
    assert count(archive) == before


def test_concurrent_writers_lose_nothing(archive: Archive) -> None:
    before, failures = count(archive), []

    def write(worker: int) -> None:
        try:
            for turn in range(10):
                with archive.database.writing() as session:
                    session.scalar(
                        select(func.count()).select_from(Department)
                    )  # read first: the upgrade must not fail
                    session.add(Department(code=f"T{worker}-{turn}", name=f"T{worker}-{turn}", functions=[]))
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert count(archive) == before + 60


def test_the_files_of_sqlite_are_closed_to_others(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        database = Database(f"sqlite:///{tmp_path / 'guidang.db'}")
        with database.writing() as session:
            session.execute(text("CREATE TABLE paper (id INTEGER)"))
            modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
        database.close()
    finally:
        os.umask(before)
    assert modes == {"guidang.db": 0o600, "guidang.db-wal": 0o600, "guidang.db-shm": 0o600}


def test_sqlite_keeps_what_it_promised(archive: Archive) -> None:
    if archive.database.engine.dialect.name != "sqlite":
        pytest.skip("settings of SQLite")
    with archive.database.reading() as session:
        assert session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert session.scalar(text("PRAGMA synchronous")) == 2
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
