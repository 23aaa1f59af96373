"""Takes a folder or a manifest into the archive from the command line, and follows it until it can be searched.

Everything is checked before the first byte is stored. Then files are stored and registered in portions; from there on
the workers do the rest, whether somebody waits for them or not. Doing it again adds nothing twice.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from elasticsearch import Elasticsearch
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive import accounts, catalogue, intake, outbox
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.catalogue import Description
from archive.errors import ArchiveError
from archive.intake import RefusedError
from archive.members import iter_tree
from archive.models import Department, File, Item, Job, utc_now
from archive.outbox import Topic
from archive.reasons import Outcome
from archive.record import Archive
from archive.vault.writer import StoredBlob
from indexer.known import Known, Taken, code_of, iter_portions, read_items
from indexer.manifest import (
    Defaults,
    Entry,
    Fault,
    ManifestError,
    derive_entries,
    missing_departments,
    opened_entry,
    read_manifest,
)
from mappings.aliases import Kind, alias_name

PORTION: Final = 128
PORTION_BYTES: Final = 1 << 28
"""Files are registered so many, or so much of them, at a time: what is stored becomes known soon."""
STORING_THREADS: Final = 4
POLL_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 120.0
"""After so long without any progress and without a worker at work, waiting is given up."""
INGEST: Final = "ingest"
"""Kind of a job that the command began."""
CATALOGUED: Final = "catalogued"
"""Counted for records without a file."""


class StalledError(Exception):
    """Nobody works: the worker processes do not run. What was taken in is safe and will be read when they do."""


_Stored: TypeAlias = StoredBlob | Taken | ArchiveError | None
"""What storing came to: nothing to store, stored, known already, or why not."""


@dataclass(frozen=True)
class Report:
    """One line of the answer, as the outer contract names its parts; `outcome` is empty while work goes on."""

    path: str
    item_id: str | None
    file_id: str | None
    outcome: str
    reason: str
    media_type: str
    pages: int | None
    chars: int
    engine: str


@dataclass(frozen=True)
class Progress:
    """How far the files of a job are: done and all of them, pages done and all that are known, entries to index."""

    files: int
    all_files: int
    pages: int
    all_pages: int
    unindexed: int

    def plus(self, files: int, all_files: int, pages: int, all_pages: int) -> Progress:
        """The sum."""
        return replace(
            self,
            files=self.files + files,
            all_files=self.all_files + all_files,
            pages=self.pages + pages,
            all_pages=self.all_pages + all_pages,
        )

    @property
    def is_over(self) -> bool:
        """Whether everything is decided and indexed."""
        return self.files >= self.all_files and self.unindexed == 0


class Ingest:
    """One run of the command for one actor."""

    def __init__(self, archive: Archive, actor: Actor, *, is_parting: bool = False) -> None:
        """With `is_parting` every file is a stack with separator sheets."""
        self._archive = archive
        self._actor = actor
        self._is_parting = is_parting
        self._name = ""
        self.taken: list[Taken] = []
        self.job_id = ""

    def plan(
        self, path: Path, manifest: Path | None, *, is_creating: bool = False, is_joining: bool = False
    ) -> list[Entry]:
        """The entries, all checked; without a manifest numbered images are joined where wanted. Missing departments are
        made, where wanted, if nothing else is wrong.

        Raises ManifestError, NotGrantedError; then nothing was written.
        """
        gate.require(self._actor, Action.UPLOAD_USE)
        self._name = path.resolve().name
        with self._archive.database.reading() as session:
            known = map_departments(session)
        scheme = self._archive.scheme
        defaults = Defaults(scheme.fallback_class, self._home())
        if manifest is None:
            entries = derive_entries(path, scheme, defaults, is_joining=is_joining)
        else:
            entries = read_manifest(manifest, path, scheme, defaults)
        missing = missing_departments(entries, known)
        if missing and not is_creating:
            raise ManifestError([fault for faults in missing.values() for fault in faults])
        # The entries are checked against the new departments before these are committed.
        with self._archive.database.writing() if missing else self._archive.database.reading() as session:
            for name in missing:
                known[name] = accounts.create_department(session, self._archive.keys, self._actor, name).code
            session.flush()
            entries = [replace(entry, description=with_codes(entry.description, known)) for entry in entries]
            self._check(session, entries)
        return entries

    def take(self, entries: Sequence[Entry], tell: Callable[[int], object] = lambda _: None) -> None:
        """Stores and registers the entries, in order. Raises VaultFullError; what came before it is registered."""
        portions = _iter_portions(entries)
        with ThreadPoolExecutor(STORING_THREADS, thread_name_prefix="store") as pool:
            portion = next(portions, [])
            storing = self._begin(pool, portion)
            while portion:
                stored = list(storing)
                failure = next((found for found in stored if _is_failure(found)), None)
                following = next(portions, []) if failure is None else []
                storing = self._begin(pool, following)  # goes on while this portion is registered
                self._register(portion, stored)
                tell(len(portion))
                if isinstance(failure, ArchiveError):
                    raise failure
                portion = following
        self._relate()

    def watch(self, tell: Callable[[Progress], object] = lambda _: None) -> None:
        """Returns when all files are decided and their records indexed. Raises StalledError."""
        last, changed_at = None, time.monotonic()
        while not (now := self.progress()).is_over:
            tell(now)
            if now != last or self._is_somebody_working():
                last, changed_at = now, time.monotonic()
            elif time.monotonic() - changed_at > PATIENCE_SECONDS:
                raise StalledError
            time.sleep(POLL_SECONDS)
        tell(now)

    def progress(self) -> Progress:
        """How far the work is; files that an earlier run took in count as well, they may still be at work."""
        found = Progress(0, 0, 0, 0, 0)
        with self._archive.database.reading() as session:
            for ids in iter_portions({taken.file_id for taken in self.taken if taken.file_id}):
                figures = (
                    func.count(),
                    func.count().filter(File.outcome != ""),
                    func.sum(File.pages_done),
                    func.sum(File.page_count),
                )
                known = or_(File.id.in_(ids), File.root_id.in_(ids))
                known_files, done, pages, all_pages = session.execute(select(*figures).where(known)).one()
                found = found.plus(done, known_files, pages or 0, all_pages or 0)
            if found.files < found.all_files:
                return replace(found, unindexed=found.all_files - found.files)
            items = iter_portions({taken.item_id for taken in self.taken if taken.item_id})
            return replace(found, unindexed=sum(outbox.count_open(session, Topic.INDEX, ids) for ids in items))

    def report(self) -> Iterator[Report]:
        """A line for every file, in the order of the entries, each followed by the files inside it."""
        taken_files = [taken for taken in self.taken if taken.entry.source is not None]
        with self._archive.database.reading() as session:
            for start in range(0, len(taken_files), PORTION):
                portion = taken_files[start : start + PORTION]
                ids = [taken.file_id for taken in portion if taken.file_id]
                files = {file.id: file for file in session.scalars(select(File).where(File.id.in_(ids)))}
                roots = {file.root_id or file.id for file in files.values()}
                inside = session.scalars(select(File).where(File.root_id.in_(roots))).all()
                for taken in portion:
                    yield from _report_all(taken, files.get(taken.file_id or ""), inside)

    def count(self) -> Counter[str]:
        """Outcomes of this run; a file still at work counts as `accepted`."""
        counts = Counter(line.outcome or "accepted" for line in self.report())
        counts[CATALOGUED] = sum(taken.entry.source is None and not taken.outcome for taken in self.taken)
        return +counts

    @property
    def is_all_taken(self) -> bool:
        """Whether nothing was refused at the door."""
        return all(taken.outcome != Outcome.REFUSED for taken in self.taken)

    def _home(self) -> str:
        mine = sorted(self._actor.departments)
        return mine[0] if mine else self._archive.scheme.archive_room.code

    def _check(self, session: Session, entries: Sequence[Entry]) -> None:
        faults = []
        held = session.scalars(select(Department)).all()  # kept, so that the session finds each without asking
        known = read_items(session, entries)
        for entry in entries:
            try:
                if code_of(entry) not in known and (entry.source or not self._find_described(session, entry)):
                    catalogue.check_item(session, self._archive, self._actor, entry.description)
            except ArchiveError as err:
                details = err.details or {"": err.reason or err.code}
                faults += [Fault(entry.row, column, reason) for column, reason in details.items()]
        del held
        if faults:
            raise ManifestError(faults)

    def _begin(self, pool: ThreadPoolExecutor, portion: Sequence[Entry]) -> Iterator[_Stored]:
        """Begins to store the files of a portion, leaving those out whose bytes are known: a run repeated is cheap."""
        digests = list(pool.map(self._digest, portion))
        known = self._sort_out(portion, digests)
        return pool.map(lambda entry, taken: taken or self._store(entry), portion, known)

    def _digest(self, entry: Entry) -> bytes | None:
        if entry.source is None or entry.pages:  # what is to be made of pages is known when it is made
            return None
        try:
            with entry.source.open("rb") as source:
                return self._archive.vault.digest(source)
        except OSError:
            return None  # storing it fails as well, and says so

    def _sort_out(self, portion: Sequence[Entry], digests: Sequence[bytes | None]) -> list[Taken | None]:
        with self._archive.database.reading() as session:
            known = Known.read(session, self._actor, portion, digests)
            return [known.find_duplicate(entry, digest) for entry, digest in zip(portion, digests, strict=True)]

    def _store(self, entry: Entry) -> StoredBlob | ArchiveError | None:
        if entry.source is None:
            return None
        try:
            with opened_entry(entry, entry.source) as source:
                return intake.store(self._archive, source)
        except ArchiveError as err:
            return err
        except OSError:
            return RefusedError(reason="not_openable")

    def _register(self, portion: Sequence[Entry], stored: Sequence[_Stored]) -> None:
        superfluous = []
        with self._archive.database.writing() as session, session.no_autoflush:
            job = session.get(Job, self.job_id) or intake.open_job(session, self._actor, INGEST, name=self._name)
            self.job_id = job.id
            outbox.use_lane(session, intake.build_lane(job))
            held = session.scalars(select(Department)).all()
            digests = [result.digest if isinstance(result, StoredBlob) else None for result in stored]
            known = Known.read(session, self._actor, portion, digests)
            for entry, result in zip(portion, stored, strict=True):
                if isinstance(result, Taken):
                    self.taken.append(result)
                elif isinstance(result, RefusedError):
                    self.taken.append(Taken(entry, outcome=Outcome.REFUSED, reason=result.reason))
                elif not isinstance(result, ArchiveError):
                    taken = self._register_one(session, job, entry, result, known)
                    self.taken.append(taken)
                    if result is not None and taken.outcome:
                        superfluous.append(result.address)
            if job.total == 0:
                job.finished_at = utc_now()
            del held
        for address in superfluous:
            self._archive.vault.destroy(address)

    def _register_one(self, session: Session, job: Job, entry: Entry, stored: StoredBlob | None, known: Known) -> Taken:
        if stored is None:
            item = known.find_item(entry) or self._find_described(session, entry)
            if item is not None:
                return Taken(entry, item.id, outcome=Outcome.DUPLICATE, reason="duplicate")
            return Taken(entry, catalogue.create_item(session, self._archive, self._actor, entry.description).id)
        duplicate = known.find_duplicate(entry, stored.digest)
        if duplicate is not None:
            return duplicate
        if (item := known.find_item(entry)) is not None:
            return Taken(entry, item.id, outcome=Outcome.REFUSED, reason="in_use")
        item = catalogue.create_item(session, self._archive, self._actor, entry.description)
        name = entry.path.rpartition("/")[2]
        is_stack = self._is_parting
        file = intake.register(session, self._archive, self._actor, item, stored, name=name, job=job, is_stack=is_stack)
        known.twins.setdefault(stored.digest, file)
        return Taken(entry, item.id, file.id)

    def _find_described(self, session: Session, entry: Entry) -> Item | None:
        """The item that an entry without archival code and without a file made in an earlier run."""
        d = entry.description
        if d.archival_code:
            return None
        same = select(Item).where(Item.title == d.title.strip(), Item.class_code == d.class_code, Item.date == d.date)
        return session.scalar(same.where(Item.department == d.department, Item.owner_id == self._actor.id))

    def _relate(self) -> None:
        with self._archive.database.writing() as session:
            for taken in self.taken:
                for link in taken.entry.links if taken.item_id else ():
                    other = session.scalar(select(Item.id).where(Item.archival_code == link.archival_code))
                    if other is not None:
                        catalogue.relate(session, str(taken.item_id), other, link.kind)

    def _is_somebody_working(self) -> bool:
        with self._archive.database.reading() as session:
            return any(backlog.leased for backlog in outbox.read_backlog(session).values())


def make_visible(archive: Archive, client: Elasticsearch) -> None:
    """Lets searches see what was just indexed."""
    client.indices.refresh(index=[alias_name(archive.config.index_prefix, kind) for kind in Kind])


def _iter_portions(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    portion, size = list[Entry](), 0
    for entry in entries:
        portion.append(entry)
        size += _size_of(entry)
        if len(portion) == PORTION or size >= PORTION_BYTES:
            yield portion
            portion, size = [], 0
    if portion:
        yield portion


def _size_of(entry: Entry) -> int:
    try:
        return entry.source.stat().st_size if entry.source else 0
    except OSError:
        return 0  # opening it fails as well, and says so


def _is_failure(stored: _Stored) -> bool:
    """Whether storing failed for a reason that is not the file's own."""
    return isinstance(stored, ArchiveError) and not isinstance(stored, RefusedError)


def map_departments(session: Session) -> dict[str, str]:
    """Codes of the departments by code and by name."""
    rows = session.execute(select(Department.code, Department.name)).all()
    return {word: code for code, name in rows for word in (code, name)}


def with_codes(described: Description, known: dict[str, str]) -> Description:
    """The description with the codes of its departments, however they were named."""
    reading = tuple(known[name] for name in described.reading_departments)
    return replace(described, department=known[described.department], reading_departments=reading)


def _report_all(taken: Taken, file: File | None, inside: Sequence[File]) -> Iterator[Report]:
    if file is None:
        yield Report(taken.entry.path, taken.item_id, taken.file_id, taken.outcome, taken.reason, "", None, 0, "")
        return
    line = _report(taken.entry.path, file)
    yield replace(line, outcome=taken.outcome, reason=taken.reason) if taken.outcome else line
    paths = {file.id: taken.entry.path}
    for member in iter_tree(inside, file.id):
        paths[member.id] = f"{paths[member.parent_id or '']}!/{member.member_path}"
        yield _report(paths[member.id], member)


def _report(path: str, file: File) -> Report:
    return Report(
        path=path,
        item_id=file.item_id,
        file_id=file.id,
        outcome=file.outcome,
        reason=file.reason,
        media_type=file.media_type,
        pages=file.page_count,
        chars=file.chars,
        engine=file.engine,
    )
