"""Takes a form with files into the archive: one item of many files, or an item for every file.

The bytes are in the vault when this begins (`portal.request`). Items, files, job and events are one transaction; a form
that breaks a rule gives the bytes back. After any other failure they stay, because the commit may have happened: the
sweeper destroys what no row names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from sqlalchemy.orm import Session

from archive import catalogue, intake, uploads
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.bundle import Bundle, Leaf
from archive.catalogue import Description
from archive.errors import ArchiveError, InvalidError, NotFoundError
from archive.models import Item, Job
from archive.numbered import find_runs
from archive.record import Archive
from archive.vault.writer import StoredBlob
from portal.request import IncomingFile


@dataclass(frozen=True)
class Part:
    """One file of the form: the name it came with and its stream."""

    name: str
    incoming: IncomingFile


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the form says. `item_id` and `job_id` add to an upload that began before."""

    title: str = ""
    class_code: str = ""
    department: str = ""
    is_each: bool = False
    is_joined: bool = False
    """Numbered images are pages of one file."""
    is_parted: bool = False
    """Separator sheets part every file."""
    item_id: str = ""
    job_id: str = ""


@dataclass(frozen=True)
class Paper:
    """What becomes one file: a part of the form, or parts of which it was made."""

    name: str
    stored: StoredBlob
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Taken:
    """What became of one part: a file, or the code of why it was refused."""

    name: str
    file_id: str = ""
    item_id: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Receipt:
    """The job to watch and what became of each part, in the order of the form."""

    job_id: str
    parts: tuple[Taken, ...]

    @property
    def refused(self) -> tuple[Taken, ...]:
        """Parts that were not taken in."""
        return tuple(part for part in self.parts if part.reason)


class NoneTakenError(ArchiveError):
    """Every part was refused; `parts` says why."""

    code: ClassVar[str] = "none_taken"
    status: ClassVar[int] = 422

    def __init__(self, parts: tuple[Taken, ...]) -> None:
        super().__init__()
        self.parts = parts


def take_in(archive: Archive, actor: Actor, wish: Wish, parts: Sequence[Part]) -> Receipt:
    """Registers the parts. Raises InvalidError by field, NoneTakenError, NotGrantedError, NotFoundError."""
    good = [part for part in parts if not part.incoming.refusal]
    refused = {part: Taken(intake.clean_name(part.name), reason=part.incoming.refusal) for part in parts}
    if not parts:
        raise InvalidError(details={"files": "no_files"})
    if not good:
        raise NoneTakenError(tuple(refused.values()))
    papers = _join(archive, wish, good)
    try:
        with archive.database.writing() as session:
            job = _open_job(session, actor, wish)
            item = None if wish.is_each else _find_item(session, archive, actor, wish)
            for paper in papers:
                owner = item or _create_item(session, archive, actor, wish, _stem(paper.name))
                file = intake.register(
                    session, archive, actor, owner, paper.stored, name=paper.name, job=job, is_stack=wish.is_parted
                )
                refused |= {part: Taken(intake.clean_name(part.name), file.id, owner.id) for part in paper.parts}
            return Receipt(job.id, tuple(refused.values()))
    except ArchiveError:
        for paper in papers:
            if len(paper.parts) == 1:
                paper.parts[0].incoming.give_back()
            else:
                archive.vault.destroy(paper.stored.address)
        raise


def _join(archive: Archive, wish: Wish, parts: Sequence[Part]) -> list[Paper]:
    """What becomes a file each: a part, or a run of numbered images where that is wished for. The bytes of images that
    were joined are in the new file and go with the request. Raises RefusedError for a run above the size limit."""
    runs = find_runs([part.name for part in parts], _stem(wish.title or parts[0].name)) if wish.is_joined else []
    by_name = {part.name: part for part in parts}
    joined = {name for run in runs for name in run.pages}
    papers = []
    for run in runs:
        pages = tuple(by_name[name] for name in run.pages)
        leaves = [Leaf(page.name, partial(archive.vault.reader, page.incoming.keep().address)) for page in pages]
        try:
            papers.append(Paper(run.path, intake.store(archive, Bundle(leaves)), pages))
        finally:
            for page in pages:
                page.incoming.give_back()
    return [*papers, *(Paper(part.name, part.incoming.keep(), (part,)) for part in parts if part.name not in joined)]


def take_in_upload(archive: Archive, actor: Actor, wish: Wish, upload_id: str) -> Receipt:
    """Registers a file that came in pieces, once, however often it is asked for. Raises as `take_in`, and OffsetError
    while pieces are missing."""
    with archive.database.reading() as session:
        known = uploads.find_file(session, actor, upload_id)
        if known is not None:
            return Receipt(known.job_id or "", (Taken(known.name, known.id, known.item_id),))
    name, stored = uploads.join(archive, actor, upload_id)
    try:
        with archive.database.writing() as session:
            job = _open_job(session, actor, wish)
            item = (
                _create_item(session, archive, actor, wish, _stem(name))
                if wish.is_each
                else _find_item(session, archive, actor, wish)
            )
            file = intake.register(session, archive, actor, item, stored, name=name, job=job, is_stack=wish.is_parted)
            superfluous = uploads.settle(session, actor, upload_id, file)
            receipt = Receipt(job.id, (Taken(file.name, file.id, item.id),))
    except ArchiveError:
        archive.vault.destroy(stored.address)
        raise
    uploads.destroy_all(archive, superfluous)
    return receipt


def _open_job(session: Session, actor: Actor, wish: Wish) -> Job:
    if not wish.job_id:
        return intake.open_job(session, actor, intake.UPLOAD, name=wish.title.strip(), department=wish.department)
    job = session.get(Job, wish.job_id)
    if job is None or job.user_id != actor.id or job.kind != intake.UPLOAD:
        raise NotFoundError(action=Action.UPLOAD_USE, object_type="job", object_id=wish.job_id)
    job.finished_at = None
    return job


def _find_item(session: Session, archive: Archive, actor: Actor, wish: Wish) -> Item:
    if wish.item_id:
        return gate.require_item(session, actor, Action.ITEM_EDIT, wish.item_id)
    return _create_item(session, archive, actor, wish, wish.title)


def _create_item(session: Session, archive: Archive, actor: Actor, wish: Wish, title: str) -> Item:
    mistakes = {
        name: "required"
        for name, value in (("title", title.strip()), ("class", wish.class_code), ("department", wish.department))
        if not value
    }
    if mistakes:
        raise InvalidError(details=mistakes)
    description = Description(title=title.strip(), class_code=wish.class_code, department=wish.department)
    return catalogue.create_item(session, archive, actor, description)


def _stem(name: str) -> str:
    """Title of an item made from its file alone."""
    return PurePath(intake.clean_name(name)).stem[: catalogue.TITLE_LENGTH] or name
