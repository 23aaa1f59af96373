"""The gate: every read of an item by a person passes here, for one object as for many.

Forbidden looks like missing: an item that may not be discovered and one that does not exist are the same error after
the same queries. What may be discovered but not opened is `NotGrantedError` with the reason.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import NotFoundError, NotGrantedError
from archive.models import File, Item


def require(actor: Actor, action: Action) -> None:
    """Raises NotGrantedError unless the actor may do something that has no object."""
    if not policy.permits(action, actor):
        raise NotGrantedError(action=action, reason="not_role")


def require_item(session: Session, actor: Actor, action: Action, item_id: str) -> Item:
    """The item, when the actor may do this with it. Raises NotFoundError, NotGrantedError."""
    seen = policy.condition(Action.ITEM_DISCOVER, actor)
    item = session.scalar(select(Item).where(Item.id == item_id, seen))
    if item is None:
        raise NotFoundError(action=action, object_type="item", object_id=item_id)
    require_on(actor, action, item)
    return item


def require_file(session: Session, actor: Actor, action: Action, file_id: str) -> File:
    """The file, when the actor may do this with its item. Raises NotFoundError, NotGrantedError."""
    seen = policy.condition(Action.ITEM_DISCOVER, actor)
    file = session.scalar(select(File).join(File.item).where(File.id == file_id, seen))
    if file is None:
        raise NotFoundError(action=action, object_type="file", object_id=file_id)
    require_on(actor, action, file.item)
    return file


def require_on(actor: Actor, action: Action, item: Item) -> None:
    """Raises NotGrantedError unless the actor may do this with an item he may discover."""
    verdict = policy.decide(action, actor, item)
    if not verdict.allowed:
        raise NotGrantedError(action=action, object_type="item", object_id=item.id, reason=verdict.reason)


def find_visible(session: Session, actor: Actor, action: Action, item_ids: Collection[str]) -> dict[str, Item]:
    """Those of the items that the actor may do this with, by id. One query."""
    rows = session.scalars(select(Item).where(Item.id.in_(item_ids), policy.condition(action, actor)))
    return {item.id: item for item in rows}


def rights_on(actor: Actor, item: Item) -> frozenset[Action]:
    """Everything the actor may do with the item."""
    return frozenset(action for action in policy.ITEM_ACTIONS if policy.decide(action, actor, item).allowed)


def find_rights(session: Session, actor: Actor, item_ids: Collection[str]) -> dict[str, frozenset[Action]]:
    """Everything the actor may do with those of the items that he may discover, by id. One query for all."""
    predicates = [(action, policy.POLICIES[action].predicate(actor)) for action in policy.ITEM_ACTIONS]
    items = session.scalars(select(Item).where(Item.id.in_(item_ids)))
    rights = {item.id: frozenset(a for a, predicate in predicates if predicate.holds(item)) for item in items}
    return {item_id: actions for item_id, actions in rights.items() if Action.ITEM_DISCOVER in actions}
