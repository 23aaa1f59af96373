"""Keeps the index in step with the record: takes promises, builds documents, writes them, keeps the promises.

The pages of an item go before its entry, so that what is found can be shown. Pages that a file used to have and lost
are removed in the same request; a destroyed item leaves a versioned tombstone, so that late writes stay without effect.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence

from elasticsearch import ApiError, Elasticsearch, TransportError
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from archive import outbox
from archive.models import File, Item
from archive.outbox import Lease, Topic
from archive.record import Archive
from archive.vault.errors import VaultError
from indexer.bulk import BulkWriter, IndexUnavailableError, Operation, problem_of
from indexer.describe import build_documents, readable_files
from indexer.locks import index_lock
from mappings.aliases import Kind, Problem, alias_name, check_index, ensure_index

log = logging.getLogger(__name__)


class Indexing:
    """Writes through the aliases, for one worker process."""

    def __init__(self, archive: Archive, client: Elasticsearch) -> None:
        self._archive = archive
        self._client = client
        self._is_ensured = False
        prefix = archive.config.index_prefix
        self._writer = BulkWriter(client, {kind: alias_name(prefix, kind) for kind in Kind})

    def work(self, leases: Sequence[Lease]) -> None:
        """Writes the items of the leases. Raises SQLAlchemyError when nothing can be recorded."""
        try:
            if not self._is_ensured:
                self.ensure()
                self._is_ensured = True
            refused = self._write(leases)
        except IndexUnavailableError as err:
            log.warning("index not written: %s", err.code)
            self._is_ensured = False
            self._postpone(leases, err.code)
            return
        with self._archive.database.writing() as session:
            outbox.complete(session, [lease for lease in leases if lease.subject_id not in refused])
            for lease in leases:
                if lease.subject_id in refused:
                    outbox.postpone(session, [lease], refused[lease.subject_id], is_counted=True)

    def ensure(self) -> None:
        """Makes indices that are not there. An engine that lost them must be told everything again.

        Raises IndexUnavailableError, also for indices of another version of the program.
        """
        config = self._archive.config
        try:
            problems = {kind: check_index(self._client, config.index_prefix, kind) for kind in Kind}
            if not any(problems.values()):
                return
            if any(found and found != (Problem.MISSING,) for found in problems.values()):
                raise IndexUnavailableError("index_outdated")
            with index_lock(config):
                for kind in Kind:
                    ensure_index(self._client, config.index_prefix, kind, replicas=config.index_replicas)
        except TransportError as err:
            raise IndexUnavailableError("index_unreachable") from err
        except ApiError as err:
            raise IndexUnavailableError(problem_of(err)) from err
        promise_everything(self._archive)

    def _write(self, leases: Sequence[Lease]) -> dict[str, str]:
        with self._archive.database.reading() as session:
            items = load_items(session, [lease.subject_id for lease in leases])
        broken: dict[str, str] = {}
        operations = (operation for item in items for operation in iter_operations(self._archive, item, broken))
        return self._writer.write(operations) | broken

    def _postpone(self, leases: Sequence[Lease], code: str) -> None:
        with self._archive.database.writing() as session:
            outbox.postpone(session, leases, code)


def load_items(session: Session, item_ids: Iterable[str]) -> Sequence[Item]:
    """The items with all that their documents need, in few queries."""
    wanted = select(Item).where(Item.id.in_(list(item_ids))).order_by(Item.id)
    return session.scalars(
        wanted.options(joinedload(Item.volume), selectinload(Item.files).selectinload(File.corrections))
    ).all()


def iter_operations(archive: Archive, item: Item, broken: dict[str, str]) -> Iterator[Operation]:
    """The writes and removals that bring one item's documents to its present state.

    An item whose stored text cannot be read is noted in `broken` with the reason and written without it never: the
    older documents stay until the vault is repaired.
    """
    try:
        documents = build_documents(archive, item)
    except VaultError as err:
        log.warning("item %s not indexed: %s", item.id, err.code)
        broken[item.id] = err.code
        return
    for page in documents.pages:
        yield Operation(item.id, Kind.PAGES, page.id, item.revision, page.as_source())
    readable = {file.id: file.page_count or 0 for file in readable_files(archive, item)}
    for file in item.files:
        for number in range(readable.get(file.id, 0) + 1, file.most_pages + 1):
            yield Operation(item.id, Kind.PAGES, f"{file.id}:{number}", item.revision, None)
    yield Operation(item.id, Kind.ITEMS, item.id, item.revision, documents.item)


def promise_everything(archive: Archive) -> None:
    """Promises the index write of every item, in portions."""
    last = ""
    while True:
        with archive.database.writing() as session:
            ids = session.scalars(select(Item.id).where(Item.id > last).order_by(Item.id).limit(1000)).all()
            outbox.promise_all(session, Topic.INDEX, [(item_id, "") for item_id in ids], lane=outbox.UPKEEP)
        if not ids:
            return
        last = ids[-1]
