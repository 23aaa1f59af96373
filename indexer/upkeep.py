"""What the clock calls: ringing for due work, comparing index and record, sweeping what crashes left behind."""

from __future__ import annotations

import logging
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from archive import outbox, uploads
from archive.catalogue_import.drafts import remove_expired, resume_stale
from archive.models import CatalogueImport, File, Page, UploadPart
from archive.record import Archive
from indexer.bulk import IndexUnavailableError
from indexer.reconcile import reconcile as compare

if TYPE_CHECKING:
    from indexer.worker import Worker

PARTIAL_AGE: Final = timedelta(days=1)
ORPHAN_AGE: Final = timedelta(days=30)
"""A blob that no row names may be an upload not registered yet, or belong to rows that an older, restored database
does not have."""
NAMING: Final = (
    File.address,
    File.text_address,
    Page.partial_address,
    CatalogueImport.address,
    UploadPart.address,
)
"""Columns in which a row names a blob."""
PORTION: Final = 500

log = logging.getLogger(__name__)


def sweep(worker: Worker) -> None:
    """Rings for whatever is due, takes lost imports up again, and makes lost indices again."""
    resume_stale(worker.archive)
    with worker.archive.database.reading() as session:
        due = outbox.list_due(session)
    worker.archive.bell.ring(due)
    try:
        worker.indexing.ensure()
    except IndexUnavailableError as err:
        log.warning("index: %s", err.code)


def reconcile(worker: Worker) -> None:
    """Repairs what differs between index and record."""
    try:
        found = compare(worker.archive, worker.client, is_repairing=True)
    except IndexUnavailableError as err:
        log.warning("index not compared: %s", err.code)
        return
    log.info("index compared: %s", found.as_dict())


def tidy(worker: Worker) -> None:
    """Removes imports and uploads past their time, unfinished blobs, and blobs that no row has named for a month."""
    log.info("imports expired: %d", remove_expired(worker.archive))
    log.info("uploads expired: %d", uploads.remove_expired(worker.archive))
    partial = worker.archive.vault.sweep_partial(PARTIAL_AGE)
    log.info("vault tidied: %d unfinished, %d orphans", partial, remove_orphans(worker.archive, ORPHAN_AGE))


def remove_orphans(archive: Archive, older_than: timedelta) -> int:
    """Destroys blobs older than that which no row names; returns how many."""
    removed, addresses = 0, archive.vault.iter_addresses(older_than)
    while portion := set(islice(addresses, PORTION)):
        with archive.database.reading() as session:
            for column in NAMING:
                portion -= set(session.scalars(select(column).where(column.in_(portion))))
        for address in portion:
            archive.vault.destroy(address)
            removed += 1
    return removed
