"""The policy table: action to allow rules (any opens) and restrictions (all must hold). No rule means nobody.

This table is the only place that decides. The gate asks it about one object, services ask it for a SQL condition,
retrieval asks it for search filters; all three come from the same predicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from sqlalchemy import ColumnElement

from archive.access import rules as r
from archive.access.actions import Action
from archive.access.actor import Actor, Role
from archive.access.predicate import EVERYTHING, NOTHING, Predicate, Query, all_of, any_of
from archive.models import Item


@dataclass(frozen=True)
class Policy:
    """Who may do one action."""

    allow: tuple[r.Rule, ...]
    restrict: tuple[r.Rule, ...] = ()

    def predicate(self, actor: Actor) -> Predicate:
        """What the actor may do this with. SYSTEM is the only unfiltered case."""
        if actor.is_system:
            return EVERYTHING
        return _build(self, actor) if actor.roles else NOTHING


@lru_cache(maxsize=1024)
def _build(policy: Policy, actor: Actor) -> Predicate:
    """The predicate follows from the two alone: a page asks for the same one many times. Never called for SYSTEM, who
    is known by identity, where a cache knows by equality."""
    opened = any_of(*(rule.apply(actor) for rule in policy.allow))
    return all_of(opened, *(rule.apply(actor) for rule in policy.restrict))


@lru_cache(maxsize=256)
def _render(policy: Policy, actor: Actor) -> ColumnElement[bool]:
    """The condition follows from the two alone, as the predicate does; building it takes longer than asking with it."""
    return policy.predicate(actor).sql()


@dataclass(frozen=True)
class Verdict:
    """The answer about one object; `reason` is empty when allowed, else a code of `archive.reasons`."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True)
class SearchFilters:
    """Clauses for filter context: what the actor may discover, read and see unmasked."""

    discover: Query
    read: Query
    unmask: Query


_READERS = (
    r.by_function("read"),
    r.by_department("read"),
    r.by_address("read"),
    r.READING_SCOPE,
    r.by_grant("read"),
    r.OWN_DRAFT,
)
_READ_LIMITS = (r.STATE_VISIBLE, r.NOT_ON_HOLD, r.NO_SECURITY_DRAWING, r.SENSITIVITY)
_UNMASKERS = (r.by_function("unmask"), r.by_department("unmask"), r.by_grant("unmask"), r.OWN_DRAFT)
_READABLE = r.Rule("readable", lambda actor: any_of(*(rule.apply(actor) for rule in _READERS)))
_SEEN_WHOLE = r.Rule(
    "seen_whole",
    lambda actor: all_of(_READABLE.apply(actor), any_of(*(rule.apply(actor) for rule in _UNMASKERS))),
    reason="not_unmasked",
)

POLICIES: Final[dict[Action, Policy]] = {
    Action.ACCOUNT_USE: Policy(allow=(r.SIGNED_IN,)),
    Action.ARCHIVE_IMPORT: Policy(allow=(r.holds(Role.ARCHIVIST, Role.MR_ARCHIVIST),)),
    Action.AUDIT_READ: Policy(allow=(r.holds(Role.AUDITOR),)),
    Action.BATCH_CHANGE: Policy(allow=(r.STAFF,)),
    Action.BATCH_READ: Policy(allow=(r.STAFF,)),
    Action.CATALOGUE_IMPORT: Policy(allow=(r.holds(Role.ARCHIVIST, Role.MR_ARCHIVIST, Role.CLERK),)),
    Action.DELIVERY_INSPECT: Policy(allow=(r.holds(Role.ARCHIVIST, Role.MR_ARCHIVIST),)),
    Action.DELIVERY_READ: Policy(allow=(r.holds(Role.ARCHIVIST, Role.MR_ARCHIVIST, Role.CLERK),)),
    Action.GRANT_CREATE: Policy(allow=(r.holds(Role.SECURITY_ADMIN),)),
    Action.ITEM_ATTACH: Policy(
        allow=(r.ATTACHES_TO_DRAFT, r.ATTACHES_IN_ROOM), restrict=(r.STATE_VISIBLE, r.NOT_ON_HOLD)
    ),
    Action.ITEM_CREATE: Policy(allow=(r.MEMBER, r.holds(Role.ARCHIVIST, Role.MR_ARCHIVIST))),
    Action.ITEM_DISCOVER: Policy(
        allow=(
            r.by_function("discover"),
            r.by_department("discover"),
            r.by_address("discover"),
            r.by_grant(None),
            r.OWN_DRAFT,
            r.AGREED_CATALOGUE,
        ),
        restrict=(r.STATE_VISIBLE,),
    ),
    Action.ITEM_DOWNLOAD: Policy(
        allow=(r.ARCHIVE_ROOM, r.by_grant("download"), r.OWN_DRAFT),
        restrict=(_READABLE, *_READ_LIMITS, r.DOWNLOADABLE),
    ),
    Action.ITEM_EDIT: Policy(allow=(r.OWN_DRAFT, r.CLERK_OF_DEPARTMENT), restrict=(r.EDITABLE, r.NOT_ON_HOLD)),
    Action.ITEM_PRINT: Policy(
        allow=(r.ARCHIVE_ROOM, r.by_grant("print"), r.OWN_DRAFT), restrict=(_READABLE, *_READ_LIMITS)
    ),
    Action.ITEM_READ: Policy(allow=_READERS, restrict=_READ_LIMITS),
    Action.ITEM_UNMASK: Policy(allow=_UNMASKERS, restrict=(_READABLE, *_READ_LIMITS)),
    Action.JOB_READ: Policy(allow=(r.STAFF,)),
    Action.REVIEW_USE: Policy(allow=(r.holds(Role.ARCHIVIST, Role.MR_ARCHIVIST, Role.CLERK),)),
    Action.SEARCH_USE: Policy(allow=(r.STAFF, r.holds(Role.AUTHORITY))),
    Action.SYSTEM_OPERATE: Policy(allow=(r.holds(Role.SYSTEM_ADMIN),)),
    Action.TEXT_CORRECT: Policy(allow=(r.ARCHIVE_ROOM, r.CLERK_OF_DEPARTMENT), restrict=(*_READ_LIMITS, _SEEN_WHOLE)),
    Action.UPLOAD_USE: Policy(allow=(r.STAFF,)),
    Action.USER_CREATE: Policy(allow=(r.holds(Role.SYSTEM_ADMIN),)),
    Action.USER_EMPOWER: Policy(allow=(r.holds(Role.SECURITY_ADMIN),)),
}

ITEM_ACTIONS: Final = tuple(action for action in Action if action.startswith(("item:", "text:")))
"""Actions whose object is an item or a part of it."""


def decide(action: Action, actor: Actor, item: Item) -> Verdict:
    """Whether the actor may do this with the item, and if not, what stands in the way."""
    policy = POLICIES[action]
    if policy.predicate(actor).holds(item):
        return Verdict(allowed=True)
    for rule in policy.restrict:
        if not rule.apply(actor).holds(item):
            return Verdict(allowed=False, reason=rule.reason)
    return Verdict(allowed=False, reason="not_reader")


def permits(action: Action, actor: Actor) -> bool:
    """Whether the actor may do something that has no object. Raises ValueError for an action on items."""
    predicate = POLICIES[action].predicate(actor)
    if predicate is not EVERYTHING and predicate is not NOTHING:
        raise ValueError(f"{action} needs an item")
    return predicate is EVERYTHING


def condition(action: Action, actor: Actor) -> ColumnElement[bool]:
    """The policy as a condition on the table `item`."""
    policy = POLICIES[action]
    return policy.predicate(actor).sql() if actor.is_system else _render(policy, actor)


def build_filters(actor: Actor) -> SearchFilters:
    """The policy as clauses on the index `items`."""

    def query(action: Action) -> Query:
        return POLICIES[action].predicate(actor).query()

    return SearchFilters(
        discover=query(Action.ITEM_DISCOVER), read=query(Action.ITEM_READ), unmask=query(Action.ITEM_UNMASK)
    )
