"""Records what the stages found, in the running write transaction. Everything here may be repeated.

A file whose outcome is decided is left alone: a second worker, late with the same work, changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session

from archive import audit, catalogue, outbox, proofreading, texts
from archive.access.actions import Action
from archive.access.actor import SYSTEM, Actor, resolve_actor
from archive.attach.records import find_targets
from archive.intake import FEW_FILES, build_lane, count_done
from archive.models import File, Job, Page, User, new_id, utc_now
from archive.outbox import Lane, Topic
from archive.quarantine import quarantine_holders
from archive.reasons import Outcome
from archive.record import Archive
from archive.states import FileStage
from archive.vault.errors import SealedValueError
from indexer.parting import Part
from indexer.stages import Reading, ReadPage, decide, decide_failure, gravest
from indexer.unpacking import Member, find_room, require_room
from render.errors import ToolError

ASSEMBLE = "assemble"
FEW_MEMBERS = 50
INDEX_PAUSE = timedelta(seconds=30)
"""Between two writes of an item with more members than these, as long as some are not read."""
FEW_PAGES = 50
"""More pages to recognise than these are bulk, whoever waits for them."""


@dataclass(frozen=True)
class Sum:
    """The pages of a file in figures. `facts` are pairs of characters and reason, as `indexer.stages.decide` takes."""

    facts: tuple[tuple[int, str], ...] = ()
    engines: frozenset[str] = frozenset()
    scanned: int = 0
    blank: int = 0

    @classmethod
    def of(cls, pages: Iterable[Page | ReadPage]) -> Sum:
        """Adds pages up, recorded ones or those to be recorded."""
        known = list(pages)
        return cls(
            facts=tuple((page.chars, page.reason) for page in known),
            engines=frozenset(name for page in known if page.chars for name in page.engine.split("+")),
            scanned=sum(page.needs_ocr for page in known),
            blank=sum(page.is_blank for page in known),
        )


def begin(session: Session, file_ids: Collection[str], stage: FileStage) -> None:
    """Says that the files are being worked on, before any work is done."""
    if file_ids:
        undecided = update(File).where(File.id.in_(file_ids), File.outcome == "").values(stage=stage)
        session.execute(undecided, execution_options={"synchronize_session": False})


class Recording:
    """Findings about several files in one write transaction; `finish` is its last call."""

    def __init__(self, session: Session, archive: Archive, file_ids: Collection[str]) -> None:
        self._session = session
        self._archive = archive
        undecided = select(File).where(File.id.in_(file_ids), File.outcome == "").order_by(File.id)
        self._files = {file.id: file for file in session.scalars(undecided.with_for_update())}
        jobs = {file.job_id for file in self._files.values()}
        self._lanes = {job.id: build_lane(job) for job in session.scalars(select(Job).where(Job.id.in_(jobs)))}
        self._items: dict[str, Lane] = {}
        self._jobs: Counter[str] = Counter()
        self._more: Counter[str] = Counter()
        self._growing: set[str] = set()
        self.unused: set[str] = set()
        """Blobs that no row names, though the findings they came with were taken."""

    def find(self, file_id: str) -> File | None:
        """The file, locked, if its outcome is still to be decided."""
        file = self._files.get(file_id)
        return file if file is not None and not file.outcome else None

    def read(self, file: File, reading: Reading, failure: ToolError | None) -> bool:
        """Pages and facts of a file; then its outcome, or the promise to recognise the pages that wait for it."""
        file.media_type, file.is_mismatched = reading.media_type, reading.is_mismatched
        file.seconds = reading.seconds
        if reading.scan_version:
            file.scanned_at, file.scan_version = utc_now(), reading.scan_version
        if failure is None or failure.outcome != Outcome.QUARANTINED:
            failure = self._take_in(file, reading.members) or failure
            if reading.parts and failure is not None and failure.reason == "stack_parted":
                failure = self._share_out(file, reading.parts) or failure
        if failure is not None:
            self.conclude(file, *decide_failure(failure, reading.warnings))
            return failure.outcome != Outcome.QUARANTINED
        if file.page_count is not None:
            self._session.execute(delete(Page).where(Page.file_id == file.id))
        self._session.execute(insert(Page), [_row(file.id, page) for page in reading.pages])
        awaited = reading.awaited
        file.page_count = len(reading.pages)
        file.most_pages = max(file.most_pages, len(reading.pages))
        file.pages_done = len(reading.pages) - len(awaited)
        file.text_address = reading.text_address
        if awaited:
            file.stage, file.reason = FileStage.RECOGNISING, gravest(reading.warnings)
            lane = self._lane(file)
            lane = replace(lane, is_bulk=lane.is_bulk or len(awaited) > FEW_PAGES)
            outbox.promise_all(self._session, Topic.OCR, [(file.id, str(number)) for number in awaited], lane=lane)
        else:
            found = Sum.of(reading.pages)
            self.conclude(file, *decide(found.facts, reading.warnings, blank=found.blank), found)
        return True

    def _take_in(self, file: File, members: Sequence[Member]) -> ToolError | None:
        """Rows for the files inside this one and promises to read them, once only, however often it is read.

        The error that quarantines it instead: together with what is known already they are too many or too large.
        """
        known = self._list_known(file, members) if members else set()
        self.unused |= {member.stored.address for member in members if member.stored and member.position in known}
        rows = [_member_row(file, member) for member in members if member.position not in known]
        if not rows:
            return None
        try:
            room = find_room(self._session, file.root_id or file.id)
            require_room(room, len(rows), sum(m.size for m in members if m.stored))
        except ToolError as err:
            return err
        self._session.execute(insert(File), rows)
        waiting = [(str(row["id"]), "") for row in rows if not row["outcome"]]
        lane = self._lane(file)
        lane = replace(lane, is_bulk=lane.is_bulk or len(waiting) > FEW_FILES)
        outbox.promise_all(self._session, Topic.INGEST, waiting, lane=lane)
        detail = {"members": len(rows), "left_out": len(rows) - len(waiting)}
        audit.record(self._session, self._archive.keys, SYSTEM, "file:unpack", "file", file.id, detail=detail)
        self._growing.add(file.item_id)
        if file.job_id is not None:
            self._jobs[file.job_id] += len(rows) - len(waiting)
            self._more[file.job_id] += len(rows)
        return None

    def _list_known(self, file: File, members: Sequence[Member]) -> set[int]:
        """Positions of the members that have their rows. Those listed without bytes that can now be had go first."""
        known = set(self._session.scalars(select(File.position).where(File.parent_id == file.id)))
        opened = {member.position for member in members if member.stored}
        closed = select(File).where(File.parent_id == file.id, File.address.is_(None))
        late = [row for row in self._session.scalars(closed) if row.position in opened]
        for row in late:
            self._session.delete(row)
        self._session.flush()
        if late and file.job_id is not None:
            self._jobs[file.job_id] -= len(late)
            self._more[file.job_id] -= len(late)
        return known - {row.position for row in late}

    def _share_out(self, file: File, parts: Sequence[Part]) -> ToolError | None:
        """Adds the parts of a stack to the records that their separator sheets name, as far as whoever handed it in may
        add to them; the others stay with the stack, and the error says so.

        A record that is hidden from that person is looked for as one that is missing, and answered alike.
        """
        actor = self._find_owner(file)
        codes = {part.code for part in parts if part.code}
        targets = {target.code: target.item_id for target in find_targets(self._session, actor, codes)}
        left = []
        for position, part in enumerate(parts):
            item_id = targets.get(part.code)
            if item_id is None or part.stored is None:
                left.append(_keep_part(position, part, is_known=item_id is not None))
            else:
                self._add_part(file, actor, part, item_id)
        failure = ToolError("stack_parts_left", Outcome.EMPTY) if left else None
        return self._take_in(file, left) or failure

    def _add_part(self, file: File, actor: Actor, part: Part, item_id: str) -> None:
        stored = part.stored
        same = select(File.id).where(File.item_id == item_id, File.digest == (stored.digest if stored else b""))
        if stored is None or self._session.scalar(same.limit(1)) is not None:
            self.unused |= {stored.address} if stored else set()
            return
        count = self._session.scalar(select(func.count()).where(File.item_id == item_id))
        row: dict[str, object] = {"id": new_id(), "item_id": item_id, "job_id": file.job_id, "position": count}
        row |= {"name": part.name, "size": stored.size, "digest": stored.digest, "address": stored.address}
        self._session.execute(insert(File), [row])
        outbox.promise_all(self._session, Topic.INGEST, [(str(row["id"]), "")], lane=self._lane(file))
        detail = {"file": row["id"], "stack": file.id}
        audit.record(self._session, self._archive.keys, actor, Action.ITEM_ATTACH, "item", item_id, detail=detail)
        self._items[item_id] = self._lane(file)
        if file.job_id is not None:
            self._more[file.job_id] += 1

    def _find_owner(self, file: File) -> Actor:
        """Who handed a file in, with the rights of now."""
        job = self._session.get(Job, file.job_id) if file.job_id else None
        user = self._session.get(User, job.user_id) if job and job.user_id else None
        return resolve_actor(self._session, user) if user is not None else SYSTEM

    def recognised(self, file: File, page: ReadPage, partial_address: str | None) -> bool:
        """A recognised page; the last one promises the assembly. False when the page was read already."""
        values = _row(file.id, page) | {"is_read": True, "partial_address": partial_address}
        del values["dpi"]  # known since the file was opened; recognition does not ask for it
        if page.packed:
            values |= self._judge(file, page)
        if page.reason:  # nothing was seen of it: its size is known from before
            values = {name: values[name] for name in ("reason", "is_read")}
        waiting = update(Page).where(Page.file_id == file.id, Page.number == page.number, Page.is_read.is_(False))
        if self._session.execute(waiting.values(values)).rowcount == 0:  # type: ignore[attr-defined]
            return False
        file.pages_done += 1  # the row is locked: two last pages cannot both think there is another
        if file.pages_done == file.page_count:
            outbox.promise(self._session, Topic.INGEST, file.id, detail=ASSEMBLE, lane=self._lane(file))
        return True

    def _judge(self, file: File, page: ReadPage) -> dict[str, object]:
        """Figures of a page that was read anew: what people said of it before still counts."""
        read = texts.unpack_page(page.packed)
        try:
            corrected = proofreading.correct_page(self._archive, self._session, file.id, read)
        except SealedValueError:
            return {}  # a damaged row: the index write says so, and the reading must not wait for its repair
        return {"uncertain": corrected.uncertain, "confidence": corrected.page.confidence}

    def assembled(self, file: File, text_address: str | None) -> bool:
        """The one text blob of all pages takes the place of the partial ones; the outcome is decided."""
        file.text_address = text_address
        self._session.execute(update(Page).where(Page.file_id == file.id).values(partial_address=None))
        found = Sum.of(self._session.scalars(select(Page).where(Page.file_id == file.id)))
        self.conclude(file, *decide(found.facts, (file.reason,), blank=found.blank), found)
        return True

    def conclude(self, file: File, outcome: Outcome, reason: str, found: Sum | None = None) -> None:
        """Decides the outcome: the record changes, the index is promised, the job counts one more."""
        found = found or Sum()
        file.engine = "+".join(sorted(found.engines))[:60]
        file.chars = sum(chars for chars, _ in found.facts)
        file.blank_pages = found.blank
        file.is_scanned = found.scanned * 2 >= len(found.facts) if found.facts else None
        file.stage, file.outcome, file.reason = FileStage.DONE, outcome, reason
        detail = {"outcome": outcome, "reason": reason}
        audit.record(self._session, self._archive.keys, SYSTEM, "file:read", "file", file.id, detail=detail)
        file.decided_at = utc_now()
        if reason == "virus":
            quarantine_holders(self._session, self._archive.keys, file)
        self._items[file.item_id] = self._lane(file)
        if file.root_id is not None:
            self._growing.add(file.item_id)
        if file.job_id is not None:
            self._jobs[file.job_id] += 1

    def finish(self) -> None:
        """Touches the items and counts for the jobs."""
        if self._items:
            catalogue.touch_all(self._session, self._items)
            for item_id, lane in self._items.items():
                outbox.promise(self._session, Topic.INDEX, item_id, lane=lane)
        if self._growing:
            self._defer_growing()
        for job_id, count in sorted(self._jobs.items()):
            count_done(self._session, job_id, count, more=self._more[job_id])

    def _defer_growing(self) -> None:
        """Each write to the index takes a whole item: one whose many members come in one by one is not written for
        each."""
        figures = select(File.item_id, func.count(), func.count().filter(File.outcome == "")).group_by(File.item_id)
        for item_id, total, waiting in self._session.execute(figures.where(File.item_id.in_(self._growing))):
            if waiting and total > FEW_MEMBERS:
                outbox.defer(self._session, Topic.INDEX, item_id, INDEX_PAUSE)

    def _lane(self, file: File) -> Lane:
        return self._lanes.get(file.job_id or "", Lane())


def _keep_part(position: int, part: Part, *, is_known: bool) -> Member:
    """A part that found no record, as a member of its stack."""
    if part.stored is None:
        return Member(position, part.name, 0, None, Outcome.EMPTY, "separator_without_pages")
    reason = "separator_unknown" if part.code and not is_known else "before_separator"
    return Member(position, part.name, part.stored.size, part.stored, None, reason)


def _member_row(file: File, member: Member) -> dict[str, object]:
    stored = member.stored
    return {
        "id": new_id(),
        "item_id": file.item_id,
        "job_id": file.job_id,
        "parent_id": file.id,
        "root_id": file.root_id or file.id,
        "depth": file.depth + 1,
        "member_path": member.path,
        "position": member.position,
        "name": member.name,
        "size": member.size,
        "digest": stored.digest if stored else b"",
        "address": stored.address if stored else None,
        "stage": FileStage.WAITING if stored else FileStage.DONE,
        "outcome": member.outcome or "",
        "reason": member.reason,
        "decided_at": None if stored else utc_now(),
    }


def _row(file_id: str, page: ReadPage) -> dict[str, object]:
    return {
        "file_id": file_id,
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "engine": page.engine,
        "confidence": page.confidence,
        "uncertain": page.uncertain,
        "chars": page.chars,
        "reason": page.reason,
        "needs_ocr": page.needs_ocr,
        "dpi": page.dpi,
        "is_blank": page.is_blank,
        "is_read": not page.needs_ocr,
    }
