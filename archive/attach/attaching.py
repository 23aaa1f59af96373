"""Adds files to the records that they were matched with. The same bytes are never added twice to one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import audit, intake
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.attach.matching import Match
from archive.attach.records import Missing, PageDifference, find_touched, list_missing, list_page_differences
from archive.errors import NotFoundError
from archive.models import File, Item, Job
from archive.record import Archive
from archive.vault.writer import StoredBlob

KIND: Final = "attach"


class Outcome(StrEnum):
    """What became of a file."""

    ATTACHED = "attached"
    PRESENT = "present"  # the record had it already
    SURPLUS = "surplus"  # belongs to no record, or to several
    REFUSED = "refused"  # not taken in: empty, too large, not to be opened


@dataclass(frozen=True)
class Attached:
    """The answer for one file. `reason` is a code of `archive.reasons`."""

    path: str
    outcome: Outcome
    code: str = ""
    item_id: str = ""
    file_id: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Fitting:
    """A matched file whose bytes are in the vault."""

    match: Match
    stored: StoredBlob


@dataclass(frozen=True)
class Report:
    """How an attachment stands now: its files, records still without one, and page counts that differ."""

    job: Job
    files: tuple[File, ...]
    missing: tuple[Missing, ...]
    differences: tuple[PageDifference, ...]

    @property
    def is_done(self) -> bool:
        """Whether every file was read."""
        return all(file.outcome for file in self.files)


def attach(session: Session, archive: Archive, actor: Actor, job: Job, fitting: Sequence[Fitting]) -> list[Attached]:
    """Adds the files to their records. Bytes of those that are not `attached` are the caller's to destroy."""
    gate.require(actor, Action.CATALOGUE_IMPORT)
    answers = []
    for one in fitting:
        target = one.match.target
        if target is None:
            raise ValueError("a fitting file has a target")
        item = gate.require_item(session, actor, Action.ITEM_ATTACH, target.item_id)
        same = select(File.id).where(File.item_id == item.id, File.digest == one.stored.digest).limit(1)
        present = session.scalar(same)
        if present is not None:
            known = Attached(one.match.name, Outcome.PRESENT, target.code, item.id, present, "duplicate")
            answers.append(known)
            continue
        file = intake.register(session, archive, actor, item, one.stored, name=one.match.name, job=job)
        audit.record(session, archive.keys, actor, Action.ITEM_ATTACH, "item", item.id, detail={"file": file.id})
        session.flush()
        answers.append(Attached(one.match.name, Outcome.ATTACHED, target.code, item.id, file.id))
    return answers


def read_report(session: Session, actor: Actor, job_id: str) -> Report:
    """The report of one's own attachment, as the record stands now. Raises NotFoundError."""
    job = session.get(Job, job_id)
    if job is None or job.user_id != actor.id or job.kind != KIND:
        raise NotFoundError(action=Action.CATALOGUE_IMPORT, object_type="job", object_id=job_id)
    files = session.scalars(
        select(File).where(File.job_id == job.id, File.parent_id.is_(None)).order_by(File.created_at)
    )
    kept = tuple(files.unique().all())
    item_ids = {file.item_id for file in kept}
    codes = {code for code in session.scalars(select(Item.archival_code).where(Item.id.in_(item_ids))) if code}
    return Report(
        job=job,
        files=kept,
        missing=tuple(list_missing(session, find_touched(session, actor, codes))),
        differences=tuple(list_page_differences(session, item_ids)),
    )
