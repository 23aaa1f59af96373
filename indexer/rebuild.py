"""Builds both indices anew beside the old ones and puts them in their place in one step, while work goes on.

Changes made meanwhile reach the old indices through the outbox, as always; so everything changed since the start is
written once more into the new ones before the swap, and promised again after it. On any error what was half built goes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from elasticsearch import ApiError, Elasticsearch, TransportError
from sqlalchemy import func, select

from archive import outbox
from archive.models import Item, utc_now
from archive.outbox import Topic
from archive.record import Archive
from indexer.bulk import BulkWriter, IndexUnavailableError, problem_of
from indexer.indexing import iter_operations, load_items
from indexer.locks import index_lock
from mappings.aliases import Kind, alias_name, create_index, drop_index, finish_loading, swap_alias

PORTION: Final = 200
SLACK: Final = timedelta(minutes=10)
"""A change is stamped before its transaction commits; none takes longer than this."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild did. `refused`: item id → code of `archive.reasons`; these are left to the outbox."""

    items: int
    refused: Mapping[str, str]
    indices: Mapping[Kind, str]


def rebuild(archive: Archive, client: Elasticsearch, progress: Callable[[int], object] = lambda _: None) -> Rebuilt:
    """Fills new indices from the record and swaps the aliases. `progress` hears of each portion's size.

    Raises IndexUnavailableError; the old indices then serve on.
    """
    config = archive.config
    with index_lock(config):
        started = utc_now()
        made: dict[Kind, str] = {}
        try:
            for kind in Kind:
                made[kind] = create_index(
                    client, config.index_prefix, kind, replicas=config.index_replicas, is_loading=True
                )
            done, refused = _fill(archive, client, made, progress)
            _fill(archive, client, made, lambda _: None, since=started - SLACK)
            for name in made.values():
                finish_loading(client, name)
            for kind, name in made.items():
                for old in swap_alias(client, config.index_prefix, kind, name):
                    drop_index(client, old)
        except BaseException as err:
            _drop(client, made)
            if isinstance(err, TransportError):
                raise IndexUnavailableError("index_unreachable") from err
            if isinstance(err, ApiError):
                raise IndexUnavailableError(problem_of(err)) from err
            raise
        _promise_again(archive, started - SLACK, refused)
        remove_leftovers(archive, client)
    return Rebuilt(done, refused, made)


def count_items(archive: Archive) -> int:
    """How many items a rebuild goes through."""
    with archive.database.reading() as session:
        return session.scalar(select(func.count()).select_from(Item)) or 0


def remove_leftovers(archive: Archive, client: Elasticsearch) -> int:
    """Removes indices of ours that no alias names: what a killed rebuild left. The caller holds the lock."""
    removed = 0
    for kind in Kind:
        alias = alias_name(archive.config.index_prefix, kind)
        for name, found in client.indices.get(index=f"{alias}-*", expand_wildcards="all").items():
            if not found.get("aliases"):
                drop_index(client, name)
                removed += 1
    return removed


def _fill(
    archive: Archive,
    client: Elasticsearch,
    targets: Mapping[Kind, str],
    progress: Callable[[int], object],
    *,
    since: datetime | None = None,
) -> tuple[int, dict[str, str]]:
    writer, refused, done = BulkWriter(client, targets, is_alias=False), dict[str, str](), 0
    for ids in _iter_portions(archive, since):
        with archive.database.reading() as session:
            items = load_items(session, ids)
        operations = (operation for item in items for operation in iter_operations(archive, item, refused))
        refused |= writer.write(operation for operation in operations if operation.source is not None)
        done += len(items)
        progress(len(items))
    return done, refused


def _iter_portions(archive: Archive, since: datetime | None) -> Iterator[list[str]]:
    last = ""
    while True:
        wanted = select(Item.id).where(Item.id > last).order_by(Item.id).limit(PORTION)
        if since is not None:
            wanted = wanted.where(Item.changed_at >= since)
        with archive.database.reading() as session:
            ids = list(session.scalars(wanted))
        if not ids:
            return
        yield ids
        last = ids[-1]


def _promise_again(archive: Archive, since: datetime, refused: Mapping[str, str]) -> None:
    with archive.database.writing() as session:
        changed = session.scalars(select(Item.id).where(Item.changed_at >= since)).all()
        outbox.promise_all(
            session, Topic.INDEX, [(item_id, "") for item_id in {*changed, *refused}], lane=outbox.UPKEEP
        )


def _drop(client: Elasticsearch, made: Mapping[Kind, str]) -> None:
    for name in made.values():
        with suppress(ApiError, TransportError):
            drop_index(client, name)
