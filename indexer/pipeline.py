"""Runs the stages over files, and keeps the record honest whatever dies in between.

A file's row says that it is being read from the moment it is leased, its outcome stays empty until decided, and the
lease counts deaths: what has killed its worker three times ends as unreadable with that reason. All that the stages
found is recorded in one transaction together with the end of the lease, so a worker killed anywhere has cost time and,
at most, a blob that `indexer.upkeep` sweeps.

    lease → STAGES → nothing to recognise → outcome, revision, promise INDEX
                   → pages to recognise   → page rows, promise OCR for each → last page: promise INGEST `assemble`
    decrypt        → DECRYPTING → what the password opened, as files inside; outcome
    assemble       → one blob of all pages → outcome, revision, promise INDEX
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive import outbox, texts
from archive.file_passwords import DECRYPT
from archive.models import File, Page
from archive.outbox import Lease
from archive.reasons import Outcome
from archive.record import Archive
from archive.states import FileStage
from archive.vault.errors import BlobDamagedError, BlobDestroyedError, BlobMissingError, VaultError, VaultFullError
from indexer import findings, stages
from indexer.findings import ASSEMBLE, Recording
from indexer.stages import DECRYPTING, STAGES, Reading, Source
from indexer.toolbox import Toolbox
from render.errors import ToolError, ToolUnavailableError

MAX_ATTEMPTS: Final = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """What came of one lease and is still to be recorded.

    `write` records about the locked file and says whether that was taken; without it the lease merely ends. `made` are
    blobs that were made for it, `replaced` are blobs that nobody needs once it is taken. With a `delay`, a code of
    `archive.reasons`, the work is to be done later instead.
    """

    lease: Lease
    write: Callable[[Recording, File], bool] | None = None
    made: tuple[str, ...] = ()
    replaced: tuple[str, ...] = ()
    delay: str = ""
    is_counted: bool = False


@dataclass
class Blamed:
    """Where an error leaves what is to be recorded instead."""

    found: Found


class Pipeline:
    """Reads files for one worker process. Reading raises SQLAlchemyError only, when the database does not answer."""

    def __init__(self, archive: Archive, tools: Toolbox) -> None:
        self._archive = archive
        self._tools = tools

    def begin(self, session: Session, leases: Sequence[Lease]) -> Mapping[str, Source]:
        """Part of the transaction that took the leases: says that the files are being read, and which are to be."""
        begun = ((FileStage.READING, ""), (FileStage.READING, DECRYPT), (FileStage.ASSEMBLING, ASSEMBLE))
        for stage, detail in begun:
            findings.begin(session, [lease.subject_id for lease in leases if lease.detail == detail], stage)
        wanted = select(File.id, File.name, File.address, File.root_id, File.depth, File.is_stack, File.reason)
        rows = session.execute(wanted.where(File.id.in_([lease.subject_id for lease in leases]), File.outcome == ""))
        return {
            row.id: Source(row.id, row.name, row.address, row.root_id, row.depth, row.is_stack, row.reason)
            for row in rows
        }

    def read(self, lease: Lease, source: Source | None) -> Found:
        """Reads a file, or assembles one whose pages are all recognised; without a source there is nothing to do."""
        with self._blame(lease) as blamed:
            if source is None:
                return Found(lease)
            if lease.attempts > MAX_ATTEMPTS:
                raise ToolError("interrupted")
            return self._assemble(lease) if lease.detail == ASSEMBLE else self._read(lease, source)
        return blamed.found

    def recognise(self, leases: Sequence[Lease], source: Source | None) -> Iterator[Found]:
        """Recognises pages of one file, one after the other."""
        if source is None:
            yield from map(Found, leases)
            return
        reading, document = Reading(source), None
        try:
            for lease in leases:
                with self._blame(lease) as blamed:
                    reading = stages.load(self._archive, self._tools, reading) if document is None else reading
                    document = reading.document
                    blamed.found = self._recognise_page(lease, reading)
                yield blamed.found
        finally:
            stages.close(reading)

    def record(self, founds: Sequence[Found]) -> None:
        """Writes findings and the end of their leases as one; blobs that the record did not take are dropped.

        Findings that the database refuses together are written one by one: a fault of one must not hold the others.
        """
        try:
            taken, unused = self._record(founds)
        except SQLAlchemyError:
            if len(founds) == 1:
                raise
            for found in founds:
                self.record([found])
            return
        for found in founds:
            self._drop(*(found.replaced if found.lease.id in taken else found.made))
        self._drop(*unused)

    def _record(self, founds: Sequence[Found]) -> tuple[set[int], set[str]]:
        """Ids of the leases whose findings became part of the record, and blobs that it needed not all the same."""
        taken = set()
        with self._archive.database.writing() as session:
            recording = Recording(session, self._archive, {found.lease.subject_id for found in founds})
            for found in founds:
                file = recording.find(found.lease.subject_id)
                if found.write is not None and file is not None and found.write(recording, file):
                    taken.add(found.lease.id)
            recording.finish()
            outbox.complete(session, [found.lease for found in founds if not found.delay])
            for found in founds:
                if found.delay:
                    outbox.postpone(session, [found.lease], found.delay, is_counted=found.is_counted)
        return taken, recording.unused

    def _read(self, lease: Lease, source: Source) -> Found:
        reading, failure = Reading(source), None
        try:
            for stage in DECRYPTING if lease.detail == DECRYPT else STAGES:
                reading = stage(self._archive, self._tools, reading)
        except ToolError as err:
            failure = err
        except BaseException:
            self._drop(*reading.made)
            raise
        finally:
            stages.close(reading)
        done = replace(reading, document=None)
        return Found(lease, lambda recording, file: recording.read(file, done, failure), reading.made)

    def _recognise_page(self, lease: Lease, reading: Reading) -> Found:
        number = int(lease.detail)
        try:
            if lease.attempts > MAX_ATTEMPTS:
                raise ToolError("interrupted")
            page = stages.recognise(self._tools, reading, number)
        except ToolError as err:
            if err.outcome == Outcome.QUARANTINED:
                raise
            page = stages.describe_failure(number, err.reason)
        address = self._archive.vault.put(page.packed).address if page.chars else None
        made = (address,) if address else ()
        return Found(lease, lambda recording, file: recording.recognised(file, page, address), made)

    def _assemble(self, lease: Lease) -> Found:
        with self._archive.database.reading() as session:
            base = session.get_one(File, lease.subject_id).text_address
            pages = session.scalars(select(Page).where(Page.file_id == lease.subject_id).order_by(Page.number)).all()
        address = self._join(base, pages)
        replaced = tuple(old for old in (base, *(page.partial_address for page in pages)) if old)
        made = (address,) if address else ()
        return Found(lease, lambda recording, file: recording.assembled(file, address), made, replaced)

    def _join(self, base: str | None, pages: Sequence[Page]) -> str | None:
        if not any(page.chars for page in pages):
            return None
        with ExitStack() as stack:
            blob = stack.enter_context(self._archive.vault.reader(base)) if base else None
            packed = []
            for page in pages:
                if page.partial_address:
                    with self._archive.vault.reader(page.partial_address) as partial:
                        packed.append(partial.read())
                elif blob is not None and not page.needs_ocr:
                    packed.append(texts.read_packed(blob, page.number))
                else:
                    packed.append(texts.pack_page(texts.PageText(page.number, page.width, page.height, (), "")))
            return stages.store_pages(self._archive, packed)

    def _drop(self, *addresses: str) -> None:
        for address in addresses:
            with suppress(VaultError, OSError):  # what stays is swept as an orphan
                self._archive.vault.destroy(address)

    @contextmanager
    def _blame(self, lease: Lease) -> Iterator[Blamed]:
        """Decides whose fault an error is: the document's ends the file, any other lets it wait."""
        blamed = Blamed(Found(lease))
        try:
            yield blamed
        except ToolError as err:
            blamed.found = _ending(lease, Outcome(err.outcome), err.reason)
        except BlobDamagedError:
            blamed.found = _ending(lease, Outcome.UNREADABLE, "vault_damaged")
        except (BlobMissingError, BlobDestroyedError):
            blamed.found = _ending(lease, Outcome.UNREADABLE, "vault_missing")
        except ToolUnavailableError as err:
            blamed.found = Found(lease, delay=err.code)
        except VaultFullError:
            blamed.found = Found(lease, delay="vault_full")
        except SQLAlchemyError:
            raise
        except (OSError, MemoryError):  # of this machine: no memory, no descriptors; the vault's and tools' have names
            blamed.found = Found(lease, delay="machine_short")
        except Exception as err:
            log.error("file %s not read", lease.subject_id, exc_info=_without_words(err))
            blamed.found = Found(lease, delay="internal", is_counted=True)


def _ending(lease: Lease, outcome: Outcome, reason: str) -> Found:
    def write(recording: Recording, file: File) -> bool:
        recording.conclude(file, outcome, reason)
        return True

    return Found(lease, write)


def _without_words(err: Exception) -> Exception:
    """Where an error arose, without its message, which may quote the document."""
    return Exception(type(err).__name__).with_traceback(err.__traceback__)
