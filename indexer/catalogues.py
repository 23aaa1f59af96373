"""Imports of catalogues as work: what a person began and is too long to wait for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from archive import outbox
from archive.catalogue_import import drafts
from archive.outbox import Lease
from archive.record import Archive

MOST_ATTEMPTS: Final = 3


def work(archive: Archive, leases: Sequence[Lease]) -> None:
    """Runs each import to its end. One that keeps killing its worker is given up with a reason."""
    for lease in leases:
        if lease.attempts > MOST_ATTEMPTS:
            drafts.stop(archive, lease.subject_id, "import_stopped")
        else:
            drafts.run(archive, lease.subject_id)
        with archive.database.writing() as session:
            outbox.complete(session, [lease])
