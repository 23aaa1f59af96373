"""Pages whose recognised text waits for a person: the least certain first, within what the actor may correct."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor, Role
from archive.models import Correction, File, Item, Page, User
from archive.reasons import Outcome
from archive.record import Archive

PER_PAGE: Final = 30
Rows = Select[*tuple[Any, ...]]
_SURE: Final = 1.0
"""Where recognition says nothing of its certainty: only rulings that lost their line bring such a page here."""
_ORDER: Final = (func.coalesce(Page.confidence, _SURE), Page.file_id, Page.number)


@dataclass(frozen=True)
class Filters:
    """What a person wants to see of the queue; empty is everything. A class stands for those below it too."""

    department: str = ""
    class_code: str = ""


@dataclass(frozen=True)
class Waiting:
    """One page in the queue."""

    file_id: str
    number: int
    title: str
    class_code: str
    department: str
    confidence: float | None
    uncertain: int


@dataclass(frozen=True)
class Made:
    """How many lines a person has corrected or confirmed."""

    name: str
    today: int
    total: int


@dataclass(frozen=True)
class Queue:
    """One screen of the queue. Counts by department and by class are of everything that the actor may correct."""

    rows: tuple[Waiting, ...]
    pages: int
    lines: int
    departments: Mapping[str, int]
    classes: Mapping[str, int]
    page: int
    page_total: int


def list_queue(session: Session, archive: Archive, actor: Actor, filters: Filters, *, page: int) -> Queue:
    """The queue as this person may work on it; a page number outside it gives the nearest."""
    figures = select(func.count(), func.sum(Page.uncertain)).select_from(Page)
    chosen = _waiting(figures, archive, actor, filters)
    pages, lines = session.execute(chosen).one()
    page_total = max(1, -(-pages // PER_PAGE))
    page = min(max(page, 1), page_total)
    columns = (Page.file_id, Page.number, Item.title, Item.class_code, Item.department, Page.confidence, Page.uncertain)
    rows = _waiting(select(*columns).select_from(Page), archive, actor, filters).order_by(*_ORDER)
    found = session.execute(rows.offset((page - 1) * PER_PAGE).limit(PER_PAGE))
    return Queue(
        rows=tuple(Waiting(*row) for row in found),
        pages=pages,
        lines=lines or 0,
        departments=_count_by(session, archive, actor, Item.department),
        classes=_count_by(session, archive, actor, Item.class_code),
        page=page,
        page_total=page_total,
    )


def find_next(
    session: Session, archive: Archive, actor: Actor, filters: Filters, *, after: tuple[str, int] | None = None
) -> tuple[str, int] | None:
    """File and number of the next page in the queue; `after` a page, the first that stands behind it, or the first."""
    found = _waiting(select(Page.file_id, Page.number), archive, actor, filters).order_by(*_ORDER).limit(1)
    current = session.get(Page, after) if after else None
    if current is not None:
        place = (_SURE if current.confidence is None else current.confidence, current.file_id, current.number)
        behind = session.execute(found.where(tuple_(*_ORDER) > tuple_(*place))).first()
        if behind is not None:
            return behind[0], behind[1]
        found = found.where(tuple_(Page.file_id, Page.number) != tuple_(*place[1:]))
    first = session.execute(found).first()
    return (first[0], first[1]) if first is not None else None


def count_made(session: Session, actor: Actor, *, since: datetime) -> list[Made]:
    """Lines corrected or confirmed within what the actor may correct: by person for the archive room, else own ones."""
    is_room = bool(actor.roles & {Role.ARCHIVIST, Role.MR_ARCHIVIST})
    today = func.count(Correction.id).filter(Correction.made_at >= since)
    rows = (
        select(User.display_name, today, func.count(Correction.id))
        .select_from(Correction)
        .join(User, User.id == Correction.user_id)
        .join(File, File.id == Correction.file_id)
        .join(Item, Item.id == File.item_id)
        .where(policy.condition(Action.TEXT_CORRECT, actor), Correction.is_taken_back.is_(False))
        .group_by(User.id, User.display_name)
        .order_by(today.desc(), User.display_name)
    )
    if not is_room:
        rows = rows.where(User.id == actor.id)
    return [Made(*row) for row in session.execute(rows)]


def _waiting(rows: Rows, archive: Archive, actor: Actor, filters: Filters) -> Rows:
    rows = rows.join(File, File.id == Page.file_id).join(Item, Item.id == File.item_id)
    rows = rows.where(
        Page.uncertain > 0, File.outcome == Outcome.SEARCHABLE, policy.condition(Action.TEXT_CORRECT, actor)
    )
    if filters.department:
        rows = rows.where(Item.department == filters.department)
    if filters.class_code:
        rows = rows.where(Item.class_code.in_(sorted(archive.scheme.below(filters.class_code))))
    return rows


def _count_by(
    session: Session, archive: Archive, actor: Actor, column: InstrumentedAttribute[str] | ColumnElement[str]
) -> dict[str, int]:
    rows = _waiting(select(column, func.count()).select_from(Page), archive, actor, Filters())
    counts = session.execute(rows.group_by(column).order_by(column))
    return {row[0]: row[1] for row in counts}
