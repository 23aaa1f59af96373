"""What importing a plan would do to the record, row by row: created, unchanged, updated, or refused with the reason.

The same answers serve the preview and, asked again in the writing transaction, the import itself. What the actor may
not discover is only told to be taken: whether its content is the same would be a way to guess it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive import catalogue
from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.catalogue_import.columns import ColumnMapping
from archive.catalogue_import.plan import Entry, Options, Plan
from archive.models import Department, Item
from archive.record import Archive
from archive.states import EDITABLE, State

PORTION: Final = 500
_COLUMN_OF: Final = {"creators": "creator", "page_count": "pages", "class_code": "class"}


class Outcome(StrEnum):
    """What becomes of a row."""

    CREATED = "created"
    UNCHANGED = "unchanged"
    UPDATED = "updated"
    REFUSED = "refused"


@dataclass(frozen=True)
class Line:
    """The answer for one row (from 0). `changes` are the attributes that an update sets."""

    row: int
    outcome: Outcome
    reason: str = ""
    column: int | None = None
    item_id: str | None = None
    changes: Mapping[str, Any] = field(default_factory=dict, repr=False)


class Checker:
    """Judges entries for one actor and one table."""

    def __init__(self, archive: Archive, actor: Actor, mapping: ColumnMapping, options: Options) -> None:
        self._archive = archive
        self._actor = actor
        self._mapping = mapping
        self._options = options
        self._may_create: dict[str, bool] = {}

    def judge(self, session: Session, entries: Iterable[Entry]) -> list[Line]:
        """A line for every entry. Asks the database once for all of them."""
        wanted = list(entries)
        codes = [entry.code for entry in wanted]
        query = select(Item).where(Item.archival_code.in_(codes)).options(selectinload(Item.named_departments))
        held = {item.archival_code: item for item in session.scalars(query)}
        return [self._judge(entry, held.get(entry.code)) for entry in wanted]

    def _judge(self, entry: Entry, item: Item | None) -> Line:
        if item is None:
            if not self._creates(entry):
                return self._refuse(entry, "department", "other_department")
            return Line(entry.row, Outcome.CREATED)
        if not policy.decide(Action.ITEM_DISCOVER, self._actor, item).allowed:
            return self._refuse(entry, "archival_code", "in_use")
        changes = self._compare(entry, item)
        if changes is None:
            return self._refuse(entry, "archival_code", "in_use")
        if not changes:
            return Line(entry.row, Outcome.UNCHANGED, item_id=item.id)
        column = next((_COLUMN_OF.get(name, name) for name in changes), "archival_code")
        if not self._options.is_updating:
            return self._refuse(entry, column, "differs")
        if State(item.state) not in EDITABLE:
            return self._refuse(entry, column, "not_editable")
        if not policy.decide(Action.ITEM_EDIT, self._actor, item).allowed:
            return self._refuse(entry, column, "other_department")
        return Line(entry.row, Outcome.UPDATED, item_id=item.id, changes=changes)

    def _refuse(self, entry: Entry, name: str, reason: str) -> Line:
        return Line(entry.row, Outcome.REFUSED, reason, self._mapping.find(name))

    def _creates(self, entry: Entry) -> bool:
        department = entry.description.department
        if department not in self._may_create:
            blank = Item(department=department, class_code=entry.description.class_code, named_departments=[])
            self._may_create[department] = policy.decide(Action.ITEM_CREATE, self._actor, blank).allowed
        return self._may_create[department]

    def _compare(self, entry: Entry, item: Item) -> dict[str, Any] | None:
        """Attributes that the row says and the item holds otherwise; None when they are hidden from the actor."""
        if item.sealed is not None and self._says_sealed(entry) and not self._sees_all(item):
            return None
        described = catalogue.read_description(self._archive, item)
        said = {name: getattr(entry.description, name) for name in entry.said if name != "meta"}
        changes = {name: value for name, value in said.items() if value != getattr(described, name)}
        if entry.description.class_code != described.class_code:
            changes["class_code"] = entry.description.class_code
        meta = {name: value for name, value in entry.description.meta.items() if value not in (None, "")}
        if any(described.meta.get(name) != value for name, value in meta.items()):
            changes["meta"] = dict(described.meta) | meta
        return changes

    def _says_sealed(self, entry: Entry) -> bool:
        sensitive = self._archive.scheme.sensitive_fields(entry.description.class_code)
        return bool(entry.description.persons) or not sensitive.isdisjoint(entry.description.meta)

    def _sees_all(self, item: Item) -> bool:
        return policy.decide(Action.ITEM_UNMASK, self._actor, item).allowed


def list_departments(session: Session) -> dict[str, str]:
    """Codes of the departments by code and name."""
    rows = session.execute(select(Department.code, Department.name)).all()
    return {word: code for code, name in rows for word in (code, name)}


def iter_faulty(plan: Plan) -> Iterator[Line]:
    """Lines of the rows that the table itself keeps out: those with a fault, and their companions in the volume."""
    first: dict[int, Line] = {}
    for fault in plan.faults:
        first.setdefault(fault.row, Line(fault.row, Outcome.REFUSED, fault.reason, fault.column))
    yield from first.values()
    for code in plan.faulty:
        for entry in plan.groups.get(code, ()):
            if entry.row not in first:
                yield Line(entry.row, Outcome.REFUSED, "volume_refused")


def settle(lines: Sequence[Line]) -> list[Line]:
    """The lines of one group: when one row is refused, all are."""
    refused = [line for line in lines if line.outcome is Outcome.REFUSED]
    others = [Line(line.row, Outcome.REFUSED, "volume_refused") for line in lines if line not in refused]
    return [*refused, *others] if refused else list(lines)


def preview(session: Session, checker: Checker, plan: Plan) -> list[Line]:
    """A line for every row of the table, in its order; nothing is written."""
    lines = list(iter_faulty(plan))
    for groups in iter_portions(plan):
        judged = iter(checker.judge(session, [entry for entries in groups for entry in entries]))
        for entries in groups:
            lines += settle([next(judged) for _ in entries])
        session.expunge_all()  # or a hundred thousand records would stay in memory
    return sorted(lines, key=lambda line: line.row)


def iter_portions(plan: Plan, rows: int = PORTION) -> Iterator[list[tuple[Entry, ...]]]:
    """The sound groups of a plan, in portions of about so many rows."""
    portion: list[tuple[Entry, ...]] = []
    for code, entries in plan.groups.items():
        if code not in plan.faulty:
            portion.append(entries)
            if sum(map(len, portion)) >= rows:
                yield portion
                portion = []
    if portion:
        yield portion
