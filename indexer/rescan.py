"""Scans stored files again when the virus scanner has newer signatures, and those that it never saw.

A virus that nobody knew on the day the file came in is known some weeks later. Found then, the file is quarantined:
its text leaves the index with the next write, and nobody opens it any more.
"""

from __future__ import annotations

import logging
import time
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from sqlalchemy import or_, select

from archive import catalogue
from archive.models import File, utc_now
from archive.quarantine import quarantine
from archive.reasons import Outcome
from archive.record import Archive
from archive.vault.errors import VaultError
from render.clamd import Finding, Scanner, ScannerUnavailableError

if TYPE_CHECKING:
    from indexer.worker import Worker

TURN_SECONDS: Final = 600.0
"""Then the rest waits for the next call of the clock; a single file may take longer."""
PORTION: Final = 50
BLOCK_BYTES: Final = 256 * 1024

log = logging.getLogger(__name__)


def rescan(worker: Worker) -> int:
    """Works until nothing is due or the turn is over; returns how many files got a verdict."""
    scanner = worker.tools.scanner
    if scanner is None:
        return 0
    end, judged, last = time.monotonic() + TURN_SECONDS, 0, ""
    try:
        while time.monotonic() < end and (portion := _find_due(worker.archive, scanner.version(), last)):
            last = portion[-1][0]
            judged += sum(_judge(worker.archive, scanner, *due) for due in portion)
    except ScannerUnavailableError as err:
        log.warning("not scanned again: %s", err.code)
    return judged


def _find_due(archive: Archive, version: str, after: str) -> list[tuple[str, str]]:
    """Ids and addresses of the next files, in the order of their ids, after the id `after`."""
    before = utc_now() - timedelta(days=archive.config.rescan_days)
    is_old = (File.scanned_at < before) & (File.scan_version != version)
    due = select(File.id, File.address).where(
        File.id > after,
        File.address.is_not(None),
        File.outcome.not_in(["", Outcome.QUARANTINED]),
        or_(File.scanned_at.is_(None), is_old),
    )
    with archive.database.reading() as session:
        return [(file_id, str(address)) for file_id, address in session.execute(due.order_by(File.id).limit(PORTION))]


def _judge(archive: Archive, scanner: Scanner, file_id: str, address: str) -> bool:
    try:
        with archive.vault.reader(address) as blob:
            verdict = scanner.scan(iter(partial(blob.read, BLOCK_BYTES), b""))
    except VaultError as err:  # fixity is another walk's business
        log.warning("file %s not scanned again: %s", file_id, err.code)
        return False
    if verdict.finding is Finding.TOO_LARGE:
        return False
    with archive.database.writing() as session:
        file = session.get(File, file_id, with_for_update=True)
        if file is None or file.outcome in ("", Outcome.QUARANTINED):
            return False
        file.scanned_at, file.scan_version = utc_now(), verdict.version
        if verdict.finding is Finding.INFECTED:
            log.warning("file %s: %s", file_id, verdict.signature)
            quarantine(session, archive.keys, file)
            catalogue.touch_all(session, {file.item_id})
    return True
