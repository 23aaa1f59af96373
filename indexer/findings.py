"""Records what the stages found, in the running write transaction. Everything here may be repeated.

A file whose outcome is decided is left alone: a second worker, late with the same work, changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from archive import audit, catalogue, outbox
from archive.access.actor import SYSTEM
from archive.models import File, Job, Page, utc_now
from archive.outbox import Topic
from archive.reasons import Outcome
from archive.record import Archive
from archive.states import FileStage
from indexer.stages import Reading, ReadPage, decide, gravest
from render.errors import ToolError

ASSEMBLE = "assemble"


def begin(session: Session, file_ids: Collection[str], stage: FileStage) -> None:
    """Says that the files are being worked on, before any work is done."""
    undecided = update(File).where(File.id.in_(file_ids), File.outcome == "")
    session.execute(undecided.values(stage=stage))


def lock_undecided(session: Session, file_id: str) -> File | None:
    """The file, for this transaction alone, if its outcome is still to be decided."""
    undecided = select(File).where(File.id == file_id, File.outcome == "").with_for_update()
    return session.scalar(undecided)


def record_reading(session: Session, archive: Archive, file: File, reading: Reading, failure: ToolError | None) -> bool:
    """Pages and facts of a file; then its outcome, or the promise to recognise the pages that wait for it."""
    file.media_type, file.is_mismatched = reading.media_type, reading.is_mismatched
    if failure is not None:
        conclude(session, archive, file, Outcome(failure.outcome), failure.reason)
        return False
    session.execute(delete(Page).where(Page.file_id == file.id))
    session.execute(insert(Page), [_row(file.id, page) for page in reading.pages])
    awaited = reading.awaited
    file.page_count = len(reading.pages)
    file.most_pages = max(file.most_pages, len(reading.pages))
    file.pages_done = len(reading.pages) - len(awaited)
    file.text_address = reading.text_address
    if awaited:
        file.stage, file.reason = FileStage.RECOGNISING, gravest(reading.warnings)
        outbox.promise_all(session, Topic.OCR, [(file.id, str(number)) for number in awaited])
    else:
        facts = tuple((page.chars, page.reason) for page in reading.pages)
        conclude(session, archive, file, *decide(facts, reading.warnings))
    return True


def record_page(session: Session, file: File, page: ReadPage, partial_address: str | None) -> bool:
    """A recognised page; the last one promises the assembly. False when the page was read already."""
    values = _row(file.id, page) | {"is_read": True, "partial_address": partial_address}
    if page.reason:  # nothing was seen of it: its size is known from before
        values = {name: values[name] for name in ("reason", "is_read")}
    waiting = update(Page).where(Page.file_id == file.id, Page.number == page.number, Page.is_read.is_(False))
    if session.execute(waiting.values(values)).rowcount == 0:  # type: ignore[attr-defined]
        return False
    file.pages_done += 1  # the row is locked: two last pages cannot both think there is another
    if file.pages_done == file.page_count:
        outbox.promise(session, Topic.INGEST, file.id, detail=ASSEMBLE)
    return True


def record_assembly(session: Session, archive: Archive, file: File, text_address: str | None) -> bool:
    """The one text blob of all pages takes the place of the partial ones; the outcome is decided."""
    file.text_address = text_address
    session.execute(update(Page).where(Page.file_id == file.id).values(partial_address=None))
    pages = session.execute(select(Page.chars, Page.reason).where(Page.file_id == file.id)).all()
    warnings = (file.reason,) if file.reason else ()
    conclude(session, archive, file, *decide(tuple((chars, reason) for chars, reason in pages), warnings))
    return True


def conclude(session: Session, archive: Archive, file: File, outcome: Outcome, reason: str) -> None:
    """Decides the outcome: the record changes, the index is promised, the job counts one more."""
    session.flush()
    engines = session.scalars(select(Page.engine).where(Page.file_id == file.id, Page.chars > 0).distinct()).all()
    chars, scanned = session.execute(
        select(func.coalesce(func.sum(Page.chars), 0), func.count().filter(Page.needs_ocr)).where(
            Page.file_id == file.id
        )
    ).one()
    file.engine = "+".join(sorted({name for engine in engines for name in engine.split("+")}))[:60]
    file.chars = chars
    file.is_scanned = scanned * 2 >= file.page_count if file.page_count else None
    file.stage, file.outcome, file.reason = FileStage.DONE, outcome, reason
    catalogue.touch(session, file.item)
    audit.record(
        session, archive.keys, SYSTEM, "file:read", "file", file.id, detail={"outcome": outcome, "reason": reason}
    )
    if file.job_id is not None:
        _count_done(session, file.job_id)


def _count_done(session: Session, job_id: str) -> None:
    session.execute(update(Job).where(Job.id == job_id).values(done=Job.done + 1))
    complete = update(Job).where(Job.id == job_id, Job.done >= Job.total)
    session.execute(complete.values(finished_at=utc_now()))


def _row(file_id: str, page: ReadPage) -> dict[str, object]:
    return {
        "file_id": file_id,
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "engine": page.engine,
        "confidence": page.confidence,
        "chars": page.chars,
        "reason": page.reason,
        "needs_ocr": page.needs_ocr,
        "is_read": not page.needs_ocr,
    }
