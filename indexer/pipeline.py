"""Runs the stages over files, and keeps the record honest whatever dies in between.

A file's row says that it is being read from the moment it is leased, its outcome stays empty until decided, and the
lease counts deaths: what has killed its worker three times ends as unreadable with that reason. All that the stages
found is recorded in one transaction together with the end of the lease, so a worker killed anywhere has cost time and,
at most, a blob that `indexer.upkeep` sweeps.

    lease → STAGES → nothing to recognise → outcome, revision, promise INDEX
                   → pages to recognise   → page rows, promise OCR for each → last page: promise INGEST `assemble`
    assemble       → one blob of all pages → outcome, revision, promise INDEX
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive import outbox, texts
from archive.models import File, Page
from archive.outbox import Lease
from archive.reasons import Outcome
from archive.record import Archive
from archive.states import FileStage
from archive.vault.errors import BlobDamagedError, BlobDestroyedError, BlobMissingError, VaultError, VaultFullError
from indexer import findings, stages
from indexer.findings import ASSEMBLE
from indexer.stages import STAGES, Reading, Source
from indexer.toolbox import Toolbox
from render.errors import ToolError, ToolUnavailableError

MAX_ATTEMPTS: Final = 3
Recorder = Callable[[Session, File], bool]
"""Writes findings about a locked file; whether they were taken."""

log = logging.getLogger(__name__)


class Pipeline:
    """Reads files for one worker process. Methods raise SQLAlchemyError when nothing can be recorded."""

    def __init__(self, archive: Archive, tools: Toolbox) -> None:
        self._archive = archive
        self._tools = tools

    def begin(self, session: Session, leases: Sequence[Lease]) -> Mapping[str, Source]:
        """Part of the transaction that took the leases: says that the files are being read, and which are to be."""
        for stage, detail in ((FileStage.READING, ""), (FileStage.ASSEMBLING, ASSEMBLE)):
            findings.begin(session, [lease.subject_id for lease in leases if lease.detail == detail], stage)
        wanted = select(File.id, File.name, File.address)
        rows = session.execute(wanted.where(File.id.in_([lease.subject_id for lease in leases]), File.outcome == ""))
        return {file_id: Source(file_id, name, address) for file_id, name, address in rows}

    def ingest(self, lease: Lease, source: Source | None) -> None:
        """Reads a file, or assembles one whose pages are all recognised; without a source there is nothing to do."""
        with self._blame([lease]):
            if source is None:
                self._finish([lease])
            elif lease.attempts > MAX_ATTEMPTS:
                raise ToolError("interrupted")
            elif lease.detail == ASSEMBLE:
                self._assemble(lease)
            else:
                self._read(lease, source)

    def recognise(self, leases: Sequence[Lease], source: Source | None) -> None:
        """Recognises pages of one file."""
        waiting = list(leases)
        with self._blame(waiting):
            if source is None:
                self._finish(waiting)
                return
            reading = stages.load(self._archive, self._tools, Reading(source))
            try:
                while waiting:
                    self._recognise_page(waiting[0], reading)
                    del waiting[0]
            finally:
                stages.close(reading)

    def _read(self, lease: Lease, source: Source) -> None:
        reading, failure = Reading(source), None
        try:
            for stage in STAGES:
                reading = stage(self._archive, self._tools, reading)
        except ToolError as err:
            failure = err
        finally:
            stages.close(reading)
        self._record(
            lease, reading.text_address, lambda s, f: findings.record_reading(s, self._archive, f, reading, failure)
        )

    def _recognise_page(self, lease: Lease, reading: Reading) -> None:
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
        self._record(lease, address, lambda s, f: findings.record_page(s, f, page, address))

    def _assemble(self, lease: Lease) -> None:
        with self._archive.database.reading() as session:
            base = session.get_one(File, lease.subject_id).text_address
            pages = session.scalars(select(Page).where(Page.file_id == lease.subject_id).order_by(Page.number)).all()
        address = self._join(base, pages)
        self._record(lease, address, lambda s, f: findings.record_assembly(s, self._archive, f, address))
        self._drop(base, *(page.partial_address for page in pages))

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

    def _record(self, lease: Lease, address: str | None, write: Recorder) -> None:
        """Writes findings and the end of the lease as one; a blob that the record did not take is dropped."""
        with self._archive.database.writing() as session:
            file = findings.lock_undecided(session, lease.subject_id)
            is_taken = file is not None and write(session, file)
            outbox.complete(session, [lease])
        if not is_taken:
            self._drop(address)

    def _finish(self, leases: Sequence[Lease]) -> None:
        with self._archive.database.writing() as session:
            outbox.complete(session, leases)

    def _drop(self, *addresses: str | None) -> None:
        for address in filter(None, addresses):
            with suppress(VaultError, OSError):  # what stays is swept as an orphan
                self._archive.vault.destroy(address)

    @contextmanager
    def _blame(self, leases: Sequence[Lease]) -> Iterator[None]:
        """Decides whose fault an error is: the document's ends the file, any other lets it wait."""
        try:
            yield
        except ToolError as err:
            self._fail(leases, Outcome(err.outcome), err.reason)
        except BlobDamagedError:
            self._fail(leases, Outcome.UNREADABLE, "vault_damaged")
        except (BlobMissingError, BlobDestroyedError):
            self._fail(leases, Outcome.UNREADABLE, "vault_missing")
        except ToolUnavailableError:
            self._postpone(leases, "tool_unavailable")
        except VaultFullError:
            self._postpone(leases, "vault_full")
        except SQLAlchemyError:
            with suppress(SQLAlchemyError), self._archive.database.writing() as session:
                outbox.release(session, leases)
            raise
        except Exception as err:
            log.error("file %s not read", leases[0].subject_id, exc_info=_without_words(err))
            self._postpone(leases, "internal", is_counted=True)

    def _fail(self, leases: Sequence[Lease], outcome: Outcome, reason: str) -> None:
        with self._archive.database.writing() as session:
            file = findings.lock_undecided(session, leases[0].subject_id)
            if file is not None:
                findings.conclude(session, self._archive, file, outcome, reason)
            outbox.complete(session, leases)

    def _postpone(self, leases: Sequence[Lease], code: str, *, is_counted: bool = False) -> None:
        with self._archive.database.writing() as session:
            outbox.postpone(session, leases, code, is_counted=is_counted)


def _without_words(err: Exception) -> Exception:
    """Where an error arose, without its message, which may quote the document."""
    return Exception(type(err).__name__).with_traceback(err.__traceback__)
