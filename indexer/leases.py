"""Keeps leases alive while their work goes on, so that a lease may be short and a dead worker is noticed soon."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy.exc import SQLAlchemyError

from archive import outbox
from archive.db import Database
from archive.outbox import LEASE, Lease

log = logging.getLogger(__name__)


@contextmanager
def kept(database: Database, leases: Collection[Lease]) -> Iterator[None]:
    """Renews the leases every third of their time until the block ends. Short work never comes to that."""
    is_over = Event()
    thread = Thread(target=_renew, args=(database, leases, is_over), name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _renew(database: Database, leases: Collection[Lease], is_over: Event) -> None:
    while not is_over.wait(LEASE.total_seconds() / 3):
        try:
            with database.writing() as session:
                outbox.renew(session, leases)
        except SQLAlchemyError as err:
            log.warning("leases not renewed: %s", type(err).__name__)
