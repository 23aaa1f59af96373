"""The page of a batch and the list of batches as data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive import accounts, batches, catalogue
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.batches import Batch, BatchState, FilePage
from archive.models import File, User
from archive.record import Archive
from portal.items.model import file_note
from portal.words import Badge, in_language

SOURCES: Final = {
    "upload": ("网页上传", "Upload", "cloud-arrow-up"),
    "ingest": ("命令行接收", "Command line", "terminal"),
    "folder": ("监控文件夹", "Watched folder", "folder"),
}
OTHER: Final = ("其他来源", "Another source", "collection")
_STATES: Final = {
    BatchState.WORKING: ("处理中", "In progress", "hourglass-split", "info"),
    BatchState.DONE: ("处理完毕", "Done", "check-circle", "ok"),
    BatchState.CANCELLED: ("已停止", "Stopped", "x-circle", "warn"),
}


@dataclass(frozen=True)
class FileLine:
    """A file of a batch. `note` is the reason in words, or how far its reading has come."""

    name: str
    title: str
    item_id: str
    class_code: str
    size: int
    pages: int | None
    pages_done: int
    outcome: str
    note: str
    created_at: datetime


@dataclass(frozen=True)
class BatchView:
    """A batch as people see it. `owner` is empty for one's own."""

    batch: Batch
    name: str
    source: str
    icon: str
    badge: Badge
    department: str
    owner: str


def describe_batches(session: Session, actor: Actor, found: Iterable[Batch]) -> list[BatchView]:
    """The batches in words."""
    names = {row.code: in_language(row.name, row.name_en) for row in accounts.list_departments(session)}
    known = list(found)
    owners = {batch.job.user_id for batch in known} - {actor.id, None}
    people = {user.id: user.display_name for user in session.scalars(select(User).where(User.id.in_(owners)))}
    return [_describe(batch, names, people) for batch in known]


def _describe(batch: Batch, departments: dict[str, str], people: dict[str, str]) -> BatchView:
    chinese, english, icon = SOURCES.get(batch.job.kind, OTHER)
    label_zh, label_en, badge_icon, tone = _STATES[batch.state]
    return BatchView(
        batch=batch,
        name=batch.job.name or in_language(chinese, english),
        source=in_language(chinese, english),
        icon=icon,
        badge=Badge(in_language(label_zh, label_en), badge_icon, tone),
        department=departments.get(batch.job.department, batch.job.department),
        owner=people.get(batch.job.user_id or "", ""),
    )


def describe_files(archive: Archive, actor: Actor, batch: Batch, files: Iterable[File]) -> Iterator[FileLine]:
    """The files in words; names and titles masked for those who may not see them whole."""
    is_own = batch.job.user_id == actor.id
    for file in files:
        is_whole = is_own or Action.ITEM_UNMASK in gate.rights_on(actor, file.item)
        masker = None if is_whole else catalogue.build_masker(archive, file.item)
        yield FileLine(
            name=masker.mask(file.name) if masker else file.name,
            title=file.item.title_masked if masker else file.item.title,
            item_id=file.item_id,
            class_code=file.item.class_code,
            size=file.size,
            pages=file.page_count,
            pages_done=file.pages_done,
            outcome=file.outcome,
            note=file_note(file),
            created_at=file.created_at,
        )


def read_batch(
    archive: Archive, actor: Actor, job_id: str, *, outcome: str, page: int
) -> tuple[BatchView, FilePage, list[FileLine]]:
    """A batch with one page of its files. Raises NotFoundError."""
    with archive.database.reading() as session:
        batch = batches.get_batch(session, actor, job_id)
        listed = batches.list_files(session, actor, batch, outcome=outcome, page=page)
        view = describe_batches(session, actor, [batch])[0]
        return view, listed, list(describe_files(archive, actor, batch, listed.files))
