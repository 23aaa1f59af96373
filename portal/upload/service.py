"""Takes a form with files into the archive: one item of many files, or an item for every file.

The bytes are in the vault when this begins (`portal.request`). Items, files, job and events are one transaction; a form
that breaks a rule gives the bytes back. After any other failure they stay, because the commit may have happened: the
sweeper destroys what no row names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import ClassVar

from sqlalchemy.orm import Session

from archive import catalogue, intake, uploads
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.catalogue import Description
from archive.errors import ArchiveError, InvalidError, NotFoundError
from archive.models import Item, Job
from archive.record import Archive
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
    item_id: str = ""
    job_id: str = ""


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
    stored = {part: part.incoming.keep() for part in good}
    try:
        with archive.database.writing() as session:
            job = _open_job(session, actor, wish)
            item = None if wish.is_each else _find_item(session, archive, actor, wish)
            for part in good:
                owner = item or _create_item(session, archive, actor, wish, _stem(part.name))
                file = intake.register(session, archive, actor, owner, stored[part], name=part.name, job=job)
                refused[part] = Taken(file.name, file.id, owner.id)
            return Receipt(job.id, tuple(refused.values()))
    except ArchiveError:
        for part in good:
            part.incoming.give_back()
        raise


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
            file = intake.register(session, archive, actor, item, stored, name=name, job=job)
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
