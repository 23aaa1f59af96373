"""Looks into watched folders: what lies still is taken in once, and moved to `done` or, with the reason, to `failed`.

A file is taken when two looks found it the same. The row that remembers it gets the id of the registered file in the
transaction of the registration: a worker that dies before the move has only the move left to do, by whoever looks next.
Trouble of this machine (database, disk) leaves everything where it lies.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Final

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from archive import catalogue, intake
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor, resolve_actor
from archive.bundle import Bundle, Leaf
from archive.catalogue import Description
from archive.errors import ArchiveError
from archive.models import Department, Job, User, WatchedFile, WatchedFolder, utc_now
from archive.numbered import find_runs
from archive.reasons import REASONS
from archive.record import Archive
from archive.vault.errors import VaultError
from archive.vault.writer import StoredBlob
from indexer.inbox import DONE, FAILED, Arrival, Inbox
from indexer.ingest import map_departments, with_codes
from indexer.manifest import Defaults, Fault, ManifestError, describe, missing_departments_of

FOLDER: Final = "folder"
"""Kind of a job whose files came through a watched folder."""
LEASE: Final = timedelta(minutes=10)
STILL: Final = timedelta(seconds=4)
"""A file that did not change for so long, between two looks, is whole."""
GATHERED: Final = timedelta(seconds=30)
"""So long the images of one paper must lie still: the next page may still be on the scanner."""
TURN_SECONDS: Final = 20.0
"""Then the other folders have their turn; the rest is taken at the next look."""
SIDECAR_BYTES: Final = 1 << 20

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Paper:
    """What becomes one file: a file that lies there, or images of which it is to be made."""

    path: str
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Look:
    """What one look did, in files."""

    taken: int = 0
    failed: int = 0
    waiting: int = 0


class UnfitError(Exception):
    """The file is not taken in; `faults` say why."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def look_everywhere(archive: Archive) -> Look:
    """Looks into every folder that nobody else looks into just now."""
    with archive.database.reading() as session:
        ids = session.scalars(select(WatchedFolder.id).order_by(WatchedFolder.looked_at)).all()
    looks = [look(archive, folder_id) for folder_id in ids]
    return Look(*(sum(column) for column in zip(*((one.taken, one.failed, one.waiting) for one in looks), strict=True)))


def look(archive: Archive, folder_id: str) -> Look:
    """One look into one folder; nothing while another worker looks. Raises SQLAlchemyError."""
    with _leased(archive, folder_id) as folder:
        if folder is None:
            return Look()
        try:
            with archive.database.reading() as session:
                actor = resolve_actor(session, session.get_one(User, folder.user_id))
            gate.require(actor, Action.UPLOAD_USE)
            with Inbox(Path(folder.path)) as inbox:
                found = _Looking(archive, folder, actor, inbox).run()
        except ArchiveError as err:
            _note(archive, folder_id, err.reason or err.code)
        except OSError as err:
            log.warning("folder %s not looked into: %s", folder_id, type(err).__name__)
            _note(archive, folder_id, "not_openable")
        else:
            _note(archive, folder_id, "")
            return found
    return Look()


@contextmanager
def _leased(archive: Archive, folder_id: str) -> Iterator[WatchedFolder | None]:
    now = utc_now()
    is_free = or_(WatchedFolder.leased_until.is_(None), WatchedFolder.leased_until < now)
    taking = update(WatchedFolder).where(WatchedFolder.id == folder_id, is_free).values(leased_until=now + LEASE)
    with archive.database.writing() as session:
        is_mine = session.execute(taking).rowcount == 1  # type: ignore[attr-defined]
        folder = session.get(WatchedFolder, folder_id) if is_mine else None
    try:
        yield folder
    finally:
        if folder is not None:
            with archive.database.writing() as session:
                mine = update(WatchedFolder).where(WatchedFolder.id == folder_id)
                session.execute(mine.values(leased_until=None, looked_at=utc_now()))


def _note(archive: Archive, folder_id: str, problem: str) -> None:
    with archive.database.writing() as session:
        session.execute(update(WatchedFolder).where(WatchedFolder.id == folder_id).values(problem=problem))


class _Looking:
    """One look into an opened folder."""

    def __init__(self, archive: Archive, folder: WatchedFolder, actor: Actor, inbox: Inbox) -> None:
        self._archive = archive
        self._folder = folder
        self._actor = actor
        self._inbox = inbox

    def run(self) -> Look:
        """Takes in what is whole, within one turn."""
        end, taken, failed, done = time.monotonic() + TURN_SECONDS, 0, 0, 0
        arrivals = list(self._inbox.iter_arrivals())
        for paper in self._gather(arrivals, self._remember(arrivals)):
            if time.monotonic() > end:
                break
            done += len(paper.pages)
            try:
                self._take(paper)
                taken += 1
            except UnfitError as err:
                self._put_away(paper, FAILED, _tell(err.faults))
                failed += 1
        return Look(taken, failed, len(arrivals) - done)

    def _remember(self, arrivals: Sequence[Arrival]) -> list[str]:
        """Notes what lies there now, in one transaction; paths of what lay there unchanged before."""
        now, whole = utc_now(), list[str]()
        with self._archive.database.writing() as session:
            rows = session.scalars(select(WatchedFile).where(WatchedFile.folder_id == self._folder.id))
            known = {row.path: row for row in rows}
            for arrival in arrivals:
                row = known.pop(arrival.path, None)
                if row is None:
                    row = WatchedFile(folder_id=self._folder.id, path=arrival.path, size=-1, modified=0)
                    session.add(row)
                if (row.size, row.modified) != (arrival.size, arrival.modified):
                    row.size, row.modified, row.seen_at, row.file_id = arrival.size, arrival.modified, now, None
                elif now - row.seen_at >= (GATHERED if self._folder.is_joining else STILL):
                    whole.append(arrival.path)
            for gone in known.values():
                session.delete(gone)
        return whole

    def _gather(self, arrivals: Sequence[Arrival], whole: Sequence[str]) -> list[Paper]:
        """What can be taken in: whole files, and where images are joined, papers of which every page is whole."""
        if not self._folder.is_joining:
            return [Paper(path, (path,)) for path in whole]
        with self._archive.database.reading() as session:
            taken = select(WatchedFile.path).where(
                WatchedFile.folder_id == self._folder.id, WatchedFile.file_id.is_not(None)
            )
            registered = set(session.scalars(taken))
        waiting = [arrival.path for arrival in arrivals if arrival.path not in registered]
        runs = find_runs(waiting, PurePosixPath(self._folder.path).name)
        joined = {page for run in runs for page in run.pages}
        still = set(whole)
        single = [Paper(path, (path,)) for path in whole if path not in joined]
        return [*single, *(Paper(run.path, run.pages) for run in runs if still.issuperset(run.pages))]

    def _take(self, paper: Paper) -> None:
        with self._archive.database.reading() as session:
            is_registered = session.get_one(WatchedFile, (self._folder.id, paper.pages[0])).file_id is not None
        if not is_registered:
            described = self._describe(paper)
            self._register(paper, described, self._store(paper))
        self._put_away(paper, DONE)

    def _put_away(self, paper: Paper, where: str, reason: str = "") -> None:
        for page in paper.pages:
            self._inbox.put_away(page, where, reason)
            self._forget(page)

    def _describe(self, paper: Paper) -> Description:
        """By the description beside the file, or beside its first page."""
        sidecar = self._inbox.find_sidecar(paper.pages[0])
        data = b""
        if sidecar is not None:
            with self._inbox.opened(sidecar) as file:
                data = file.read(SIDECAR_BYTES + 1)
        if len(data) > SIDECAR_BYTES:
            raise UnfitError(Fault(1, "", "over_limit"))
        defaults = Defaults(self._folder.class_code, self._folder.department)
        try:
            described = describe(paper.path, data, self._archive.scheme, defaults)
        except ManifestError as err:
            raise UnfitError(*err.faults) from err
        with self._archive.database.reading() as session:
            known = map_departments(session)
            missing = missing_departments_of(described, known)
            if missing:
                raise UnfitError(*missing)
            described = with_codes(described, known)
            self._check(session, described)
        return described

    def _check(self, session: Session, described: Description) -> None:
        held = session.scalars(select(Department)).all()
        try:
            catalogue.check_item(session, self._archive, self._actor, described)
        except ArchiveError as err:
            details = err.details or {"": err.reason or err.code}
            raise UnfitError(*(Fault(1, column, reason) for column, reason in details.items())) from err
        del held

    def _store(self, paper: Paper) -> StoredBlob:
        try:
            if len(paper.pages) > 1:
                leaves = [Leaf(PurePosixPath(page).name, partial(self._inbox.opened, page)) for page in paper.pages]
                return intake.store(self._archive, Bundle(leaves))
            with self._inbox.opened(paper.path) as file:
                return intake.store(self._archive, file)
        except intake.RefusedError as err:
            raise UnfitError(Fault(0, "", err.reason)) from err
        except OSError as err:
            raise UnfitError(Fault(0, "", "not_openable")) from err

    def _register(self, paper: Paper, described: Description, stored: StoredBlob) -> None:
        """Item, file and the memory of having taken it are one transaction; a twin is only remembered."""
        try:
            with self._archive.database.writing() as session:
                known = [session.get_one(WatchedFile, (self._folder.id, page)) for page in paper.pages]
                twin = None if described.archival_code else intake.find_twin(session, self._actor, stored)
                if twin is None:
                    item = catalogue.create_item(session, self._archive, self._actor, described)
                    name, job = PurePosixPath(paper.path).name, self._find_job(session)
                    file = intake.register(session, self._archive, self._actor, item, stored, name=name, job=job)
                    session.flush()
                for page in known:
                    page.file_id = (twin or file).id
        except VaultError:
            raise
        except ArchiveError as err:
            self._archive.vault.destroy(stored.address)
            raise UnfitError(Fault(0, "", err.reason or err.code)) from err
        if twin is not None:
            self._archive.vault.destroy(stored.address)

    def _find_job(self, session: Session) -> Job:
        """The batch at work, or a new one when the last was finished or stopped."""
        folder = session.get_one(WatchedFolder, self._folder.id)
        job = session.get(Job, folder.job_id) if folder.job_id else None
        if job is None or job.finished_at or job.cancelled_at:
            name = PurePosixPath(folder.path).name
            job = intake.open_job(session, self._actor, FOLDER, name=name, department=folder.department)
            folder.job_id = job.id
        return job

    def _forget(self, path: str) -> None:
        with self._archive.database.writing() as session:
            session.execute(
                delete(WatchedFile).where(WatchedFile.folder_id == self._folder.id, WatchedFile.path == path)
            )


def _tell(faults: tuple[Fault, ...]) -> str:
    """Why a file was not taken in, in Chinese and English, for whoever opens the folder."""
    lines = ["未接收。Not taken in.", ""]
    for fault in faults:
        chinese, english = REASONS.get(fault.reason, REASONS["internal"])
        column = f"{fault.column}: " if fault.column else ""
        lines += [f"{column}{chinese}", f"{column}{english}", ""]
    lines += ["改正后请将文件移回上级文件夹。", "Mend it and move the file back to the folder that is watched.", ""]
    return "\n".join(lines)
