"""Writes a plan into the record: whole case volumes or nothing of them, portion by portion, each judged anew.

Doing it again changes nothing that is the same already, so an import that broke off is simply begun again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive import catalogue
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.catalogue_import.check import Checker, Line, Outcome, iter_faulty, iter_portions, settle
from archive.catalogue_import.columns import ColumnMapping
from archive.catalogue_import.plan import Entry, Options, Plan
from archive.errors import ArchiveError
from archive.models import CaseVolume, Department, Item
from archive.outbox import Lane, use_lane
from archive.record import Archive
from archive.states import State

PORTION: Final = 100
"""Rows of one transaction: it holds the write lock of a small database."""
Record = Callable[[Session, Sequence[Line]], None]
"""Notes lines in the transaction that made them."""


def require_import(actor: Actor, options: Options) -> None:
    """Raises NotGrantedError unless the actor may import, and into that state."""
    gate.require(actor, Action.CATALOGUE_IMPORT)
    if options.state is not State.DRAFT:
        gate.require(actor, Action.ARCHIVE_IMPORT)


def apply_plan(
    archive: Archive,
    actor: Actor,
    plan: Plan,
    mapping: ColumnMapping,
    options: Options,
    record: Record,
    *,
    lane: Lane,
    done: Collection[int] = (),
) -> None:
    """Imports what is sound; `record` gets a line for every row. Rows in `done` were answered by an earlier attempt.

    The index is written in the order of `lane`.
    """
    require_import(actor, options)
    checker = Checker(archive, actor, mapping, options)

    def record_in_lane(session: Session, lines: Sequence[Line]) -> None:
        use_lane(session, lane)
        record(session, lines)

    left = [line for line in iter_faulty(plan) if line.row not in done]
    if left:
        with archive.database.writing() as session:
            record(session, left)
    for portion in iter_portions(plan, PORTION):
        groups = [entries for entries in portion if entries[0].row not in done]
        try:
            _write(archive, actor, checker, groups, record_in_lane)
        except (ArchiveError, IntegrityError):  # somebody else was faster with a code: group by group, to find which
            for entries in groups:
                _write_one(archive, actor, checker, entries, record_in_lane)


def _write_one(archive: Archive, actor: Actor, checker: Checker, entries: tuple[Entry, ...], record: Record) -> None:
    with suppress(ArchiveError, IntegrityError):
        _write(archive, actor, checker, [entries], record)
        return
    with archive.database.writing() as session:
        refused = settle(checker.judge(session, entries))
        if all(line.outcome is not Outcome.REFUSED for line in refused):
            refused = [Line(entry.row, Outcome.REFUSED, "conflict") for entry in entries]
        record(session, refused)


def _write(
    archive: Archive, actor: Actor, checker: Checker, groups: Sequence[tuple[Entry, ...]], record: Record
) -> None:
    with archive.database.writing() as session, session.no_autoflush:
        held = session.scalars(select(Department)).all()  # kept, so that the session finds each without asking
        judged = iter(checker.judge(session, [entry for entries in groups for entry in entries]))
        lines: list[Line] = []
        for entries in groups:
            settled = {line.row: line for line in settle([next(judged) for _ in entries])}
            lines += [_write_row(session, archive, actor, entry, settled[entry.row]) for entry in entries]
        session.flush()
        record(session, lines)
        del held


def _write_row(session: Session, archive: Archive, actor: Actor, entry: Entry, line: Line) -> Line:
    if line.outcome is Outcome.CREATED:
        volume = _keep_volume(session, entry) if entry.is_volume else None
        item = catalogue.create_item(session, archive, actor, entry.description)
        if volume is not None:
            item.volume = volume
        return Line(line.row, line.outcome, item_id=item.id)
    if line.outcome is Outcome.UPDATED:
        item = session.get_one(Item, line.item_id)
        if entry.is_volume:
            _keep_volume(session, entry)
        catalogue.update_item(session, archive, actor, item, line.changes, revision=item.revision)
    return line


def _keep_volume(session: Session, entry: Entry) -> CaseVolume:
    """The case volume of a row that describes one; it takes its title and what it was missing from there."""
    d = entry.description
    found = session.scalar(select(CaseVolume).where(CaseVolume.archival_code == entry.code))
    if found is None:
        found = CaseVolume(
            archival_code=entry.code, class_code=d.class_code, department=d.department, title=d.title, meta={}
        )
        session.add(found)
    found.title = d.title
    found.year = d.year or found.year
    return found
