"""What a rule says about an item, written once and rendered three ways: object verdict, SQL condition, search filter.

A rule turns an actor into a predicate of this small algebra (membership, upper bound, and, or). Because each of the
few node kinds has its three renderings here and nowhere else, a rule cannot mean one thing in the database and another
in the index; tests/service/archive/test_policy_parity.py proves it on generated actors and items.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from archive.models import Item, ItemDepartment
from mappings import fields

Query = dict[str, Any]
"""A clause of the search engine's query language, for filter context."""


@dataclass(frozen=True)
class Attribute:
    """An item attribute that rules may ask about, with its three sources."""

    name: str
    of: Callable[[Item], frozenset[str]]
    sql: Callable[[frozenset[str]], ColumnElement[bool]]
    field: str


def _scalar(name: str, field: str) -> Attribute:
    column = getattr(Item, name)

    def of(item: Item) -> frozenset[str]:
        value = getattr(item, name)
        return frozenset() if value is None else frozenset({value})

    def sql(values: frozenset[str]) -> ColumnElement[bool]:
        condition: ColumnElement[bool] = and_(column.is_not(None), column.in_(sorted(values)))
        return condition

    return Attribute(name, of, sql, field)


def _flag(name: str, field: str) -> Attribute:
    column = getattr(Item, name)

    def sql(values: frozenset[str]) -> ColumnElement[bool]:
        return or_(*(column.is_(value == "true") for value in sorted(values)))

    return Attribute(name, lambda item: frozenset({"true" if getattr(item, name) else "false"}), sql, field)


def _named(relation: str, of: Callable[[Item], frozenset[str]], field: str) -> Attribute:
    def sql(values: frozenset[str]) -> ColumnElement[bool]:
        return Item.named_departments.any(
            and_(ItemDepartment.relation == relation, ItemDepartment.department.in_(sorted(values)))
        )

    return Attribute(f"{relation}_departments", of, sql, field)


ID = _scalar("id", fields.ID)
VOLUME = _scalar("volume_id", fields.VOLUME_ID)
CLASS = _scalar("class_code", fields.CLASS_CODE)
DEPARTMENT = _scalar("department", fields.DEPARTMENT)
OWNER = _scalar("owner_id", fields.OWNER)
SCOPE = _scalar("reading_scope", fields.READING_SCOPE)
STATE = _scalar("state", fields.STATE)
ON_HOLD = _flag("on_hold", fields.ON_HOLD)
SECURITY_DRAWING = _flag("security_drawing", fields.SECURITY_DRAWING)
READING_DEPARTMENTS = _named("reading", lambda item: item.reading_departments, fields.READING_DEPARTMENTS)
ADDRESSED_DEPARTMENTS = _named("addressed", lambda item: item.addressed_departments, fields.ADDRESSED_DEPARTMENTS)


class Predicate(ABC):
    """A condition on one item."""

    @abstractmethod
    def holds(self, item: Item) -> bool:
        """Whether the item fulfils the condition."""

    @abstractmethod
    def sql(self) -> ColumnElement[bool]:
        """The same as a condition on the table `item`."""

    @abstractmethod
    def query(self) -> Query:
        """The same as a clause on the index `items`."""


@dataclass(frozen=True)
class _Constant(Predicate):
    value: bool

    def holds(self, item: Item) -> bool:  # noqa: ARG002 - a constant looks at nothing
        return self.value

    def sql(self) -> ColumnElement[bool]:
        return true() if self.value else false()

    def query(self) -> Query:
        return {"match_all": {}} if self.value else {"match_none": {}}


EVERYTHING = _Constant(value=True)
NOTHING = _Constant(value=False)


def constant(*, value: bool) -> Predicate:
    """EVERYTHING or NOTHING."""
    return EVERYTHING if value else NOTHING


@dataclass(frozen=True)
class _In(Predicate):
    attribute: Attribute
    values: frozenset[str]

    def holds(self, item: Item) -> bool:
        return not self.values.isdisjoint(self.attribute.of(item))

    def sql(self) -> ColumnElement[bool]:
        return self.attribute.sql(self.values)

    def query(self) -> Query:
        return {"terms": {self.attribute.field: sorted(self.values)}}


def among(attribute: Attribute, values: Iterable[str]) -> Predicate:
    """The attribute has one of the values; no values, nothing."""
    chosen = frozenset(values)
    return _In(attribute, chosen) if chosen else NOTHING


@dataclass(frozen=True)
class _SensitivityAtMost(Predicate):
    limit: int

    def holds(self, item: Item) -> bool:
        return item.sensitivity <= self.limit

    def sql(self) -> ColumnElement[bool]:
        return Item.sensitivity <= self.limit

    def query(self) -> Query:
        return {"range": {fields.SENSITIVITY: {"lte": self.limit}}}


def sensitivity_at_most(limit: int) -> Predicate:
    """The item's sensitivity (1-5) is not above the limit."""
    return _SensitivityAtMost(limit) if limit > 0 else NOTHING


@dataclass(frozen=True)
class _All(Predicate):
    parts: tuple[Predicate, ...]

    def holds(self, item: Item) -> bool:
        return all(part.holds(item) for part in self.parts)

    def sql(self) -> ColumnElement[bool]:
        return and_(*(part.sql() for part in self.parts))

    def query(self) -> Query:
        return {"bool": {"filter": [part.query() for part in self.parts]}}


def all_of(*parts: Predicate) -> Predicate:
    """Every part holds. Needs at least one part: an empty conjunction would open everything by accident."""
    if not parts:
        raise ValueError("all_of needs a part")
    if NOTHING in parts:
        return NOTHING
    kept = tuple(dict.fromkeys(part for part in parts if part is not EVERYTHING))
    return _All(kept) if len(kept) > 1 else (kept[0] if kept else EVERYTHING)


@dataclass(frozen=True)
class _Any(Predicate):
    parts: tuple[Predicate, ...]

    def holds(self, item: Item) -> bool:
        return any(part.holds(item) for part in self.parts)

    def sql(self) -> ColumnElement[bool]:
        return or_(*(part.sql() for part in self.parts))

    def query(self) -> Query:
        return {"bool": {"should": [part.query() for part in self.parts], "minimum_should_match": 1}}


def any_of(*parts: Predicate) -> Predicate:
    """At least one part holds; no part, nothing."""
    if EVERYTHING in parts:
        return EVERYTHING
    kept = tuple(dict.fromkeys(part for part in parts if part is not NOTHING))
    return _Any(kept) if len(kept) > 1 else (kept[0] if kept else NOTHING)
