"""Database engine and transactions, the same for SQLite (one machine) and PostgreSQL.

SQLite: WAL, full sync, foreign keys on, and writers take the write lock at BEGIN, because a read transaction that turns
into a write one fails at once when another process wrote in between. So every transaction says which kind it is.
Its files are made for their owner alone, whatever the umask.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.orm import Session, sessionmaker

from archive import outbox

BUSY_TIMEOUT_MS = 30_000


class Database:
    """Engine plus the two kinds of transaction.

    `ring` is called after a commit with the topics of the work that the transaction promised.
    """

    def __init__(self, url: str, ring: Callable[[frozenset[outbox.Topic]], None] = lambda _: None) -> None:
        self.engine = _create_engine(url)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        self._ring = ring

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads; rolled back at the end."""
        with self._sessions() as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that writes: committed at the end, rolled back on any error. Short, no network inside."""
        with self._sessions.begin() as session:
            session.connection(execution_options={"guidang_writes": True})
            yield session
            promised = outbox.write_promises(session)
        if promised:
            self._ring(promised)

    def close(self) -> None:
        """Gives back all connections."""
        self.engine.dispose()


def _create_engine(url: str) -> Engine:
    # Errors must not carry the values of a statement: they end up in logs.
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine = create_engine(
        url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000, "check_same_thread": False}
    )

    @event.listens_for(engine, "do_connect")
    def make_private(_dialect: Any, _record: Any, args: list[Any], _params: Any) -> None:
        # The files beside it (-wal, -shm) take its mode. Never opened when it is there: closing it would end SQLite's
        # locks. Whatever else is wrong with the path, SQLite itself says.
        with suppress(OSError):
            os.close(os.open(args[0], os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below: the driver would delay it to the first write
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_TIMEOUT_MS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("guidang_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
