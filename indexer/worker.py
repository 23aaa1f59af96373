"""What one worker process holds, opened at first use (after the fork), and the loop that works the outbox."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from functools import cached_property
from itertools import groupby
from typing import Final

from elasticsearch import Elasticsearch

from archive import outbox
from archive.outbox import Lease, Topic
from archive.record import Archive
from config import Config
from indexer import catalogues
from indexer.bulk import connect
from indexer.indexing import Indexing
from indexer.leases import kept
from indexer.pipeline import Found, Pipeline
from indexer.stages import Source
from indexer.toolbox import Toolbox

BATCH: Final = {Topic.INGEST: 16, Topic.OCR: 2, Topic.INDEX: 64, Topic.IMPORT: 1}
"""Leases taken at once. Two pages: a short document is still shared between workers."""
BATCH_SECONDS: Final = 2.0
"""Then the rest of a batch goes back, so that what came meanwhile and matters more need not wait for it."""
BY_AGE_EVERY: Final = 4
"""Every so many batches the oldest work is taken: what the fair order would pass over for ever, were it always
refilled, has its turn."""
READING: Final = frozenset({Topic.INGEST, Topic.OCR})
TURN_SECONDS: Final = 15.0
"""Then the next queue has its turn."""
RECORD_SECONDS: Final = 0.5
"""Findings wait at most so long, beside the reading of one file, before they are recorded."""


class Worker:
    """Archive, tools and search client of this process."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self._batches = Counter[Topic]()

    @cached_property
    def tools(self) -> Toolbox:
        """Sandboxed children and parser."""
        return Toolbox(self.archive.config)

    @cached_property
    def client(self) -> Elasticsearch:
        """The search engine, for writing."""
        return connect(self.archive.config)

    @cached_property
    def pipeline(self) -> Pipeline:
        """Reads files."""
        return Pipeline(self.archive, self.tools)

    @cached_property
    def indexing(self) -> Indexing:
        """Writes the index."""
        return Indexing(self.archive, self.client)

    def work(self, topic: Topic) -> int:
        """Works the topic until nothing is due or the turn is over; then rings for the rest. Returns what was taken.

        Raises SQLAlchemyError when the database does not answer; leases then run out by themselves.
        """
        end, taken = time.monotonic() + TURN_SECONDS, 0
        while True:
            with self.archive.database.writing() as session:
                self._batches[topic] += 1
                is_by_age = self._batches[topic] % BY_AGE_EVERY == 0
                leases = outbox.take(session, topic, limit=BATCH[topic], is_by_age=is_by_age)
                sources = self.pipeline.begin(session, leases) if leases and topic in READING else {}
            if not leases:
                return taken
            taken += len(leases)
            with kept(self.archive.database, leases):
                if topic is Topic.INDEX:
                    self.indexing.work(leases)
                elif topic is Topic.IMPORT:
                    catalogues.work(self.archive, leases)
                else:
                    self._read(topic, leases, sources)
            if time.monotonic() > end:
                self.archive.bell.ring((topic,))
                return taken

    def _read(self, topic: Topic, leases: Sequence[Lease], sources: Mapping[str, Source]) -> None:
        """Reads, and records what was found in groups: small files share a transaction, large ones do not wait."""
        left, waiting, end = list(leases), list[Found](), time.monotonic() + BATCH_SECONDS
        record_at = time.monotonic() + RECORD_SECONDS
        with closing(self._iter_found(topic, leases, sources)) as founds:
            for found in founds:
                waiting.append(found)
                left.remove(found.lease)
                if time.monotonic() > record_at:
                    self.pipeline.record(waiting)
                    waiting, record_at = [], time.monotonic() + RECORD_SECONDS
                if time.monotonic() > end:
                    break
        if waiting:
            self.pipeline.record(waiting)
        if left:
            with self.archive.database.writing() as session:
                outbox.release(session, left)

    def _iter_found(self, topic: Topic, leases: Sequence[Lease], sources: Mapping[str, Source]) -> Generator[Found]:
        if topic is Topic.INGEST:
            for lease in leases:
                yield self.pipeline.read(lease, sources.get(lease.subject_id))
            return
        for file_id, group in groupby(leases, lambda lease: lease.subject_id):
            yield from self.pipeline.recognise(list(group), sources.get(file_id))

    def close(self) -> None:
        """Ends the children and gives back connections."""
        for name in ("tools", "client"):
            if name in self.__dict__:
                getattr(self, name).close()
        self.archive.close()


_workers: dict[int, Worker] = {}


def current() -> Worker:
    """The worker of this process, by its id, because nothing opened before a fork may be used after it."""
    pid = os.getpid()
    if pid not in _workers:
        _workers[pid] = Worker(Archive.open(Config.load()))
    return _workers[pid]


def close() -> None:
    """Closes the worker of this process, if it was ever opened."""
    found = _workers.pop(os.getpid(), None)
    if found is not None:
        found.close()
