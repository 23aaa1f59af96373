"""Files of the same content in other records: who may know of such a record is told, everybody else sees no sign of it.

Threat: somebody hands in a file to learn whether the archive keeps it elsewhere. Guarantee: records that the actor may
not discover are neither named nor counted, and the question to the database is the same whether there are any.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import islice
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.models import File, Item

MOST: Final = 3
"""Records named for one file."""
PORTION: Final = 500


def find_twin_items(session: Session, actor: Actor, files: Collection[File]) -> dict[str, list[Item]]:
    """For each file, by its id, the first records beside its own that hold a file of the same bytes.

    The caller made sure that the actor may read the files.
    """
    by_digest: dict[bytes, list[Item]] = {}
    digests = iter({file.digest for file in files if file.digest})
    while portion := list(islice(digests, PORTION)):
        _collect(session, actor, portion, by_digest)
    return {
        file.id: [other for other in by_digest.get(file.digest, []) if other.id != file.item_id][:MOST]
        for file in files
    }


def _collect(session: Session, actor: Actor, digests: Collection[bytes], found: dict[bytes, list[Item]]) -> None:
    """Adds the first records of each digest that the actor may discover, the oldest first."""
    known = select(File.digest, Item.id, func.min(File.created_at).label("since")).join(File.item)
    known = known.where(File.digest.in_(digests), policy.condition(Action.ITEM_DISCOVER, actor))
    seen = known.group_by(File.digest, Item.id).subquery()
    place = func.row_number().over(partition_by=seen.c.digest, order_by=(seen.c.since, seen.c.id)).label("place")
    ranked = select(seen, place).subquery()
    # One more than are named, because the file's own record is among them.
    rows = select(ranked.c.digest, Item).join(Item, Item.id == ranked.c.id).where(ranked.c.place <= MOST + 1)
    for digest, item in session.execute(rows.order_by(ranked.c.place)):
        found.setdefault(digest, []).append(item)
