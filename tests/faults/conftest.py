"""An archive whose servers may be ended by its tests; every test finds them running again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from elasticsearch import Elasticsearch

from archive.record import Archive
from config import Config
from indexer.bulk import connect
from indexer.worker import Worker
from services.cluster import EmbeddedServices
from tests.indexer_world import Index, make_archive


@pytest.fixture(params=["sqlite"])
def archive(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    config: Config,
    new_database: Callable[[str], str],
    services: EmbeddedServices,
) -> Iterator[Archive]:
    """An archive of its own with an empty broker; parametrised indirectly for another kind of database."""
    services.start("search", "parser", "queue")
    with redis.Redis.from_url(config.redis_url) as broker:
        broker.flushall()
    archive = make_archive(config, tmp_path, new_database(request.param))
    yield archive
    archive.close()


@pytest.fixture
def client(archive: Archive) -> Iterator[Elasticsearch]:
    """The search engine, as the worker reaches it."""
    with connect(archive.config) as client:
        yield client


@pytest.fixture
def index(archive: Archive, client: Elasticsearch) -> Index:
    """What the engine holds for the archive."""
    return Index(client, archive.config.index_prefix)


@pytest.fixture
def worker(archive: Archive) -> Iterator[Worker]:
    """A worker process's holdings, in this process."""
    worker = Worker(archive)
    yield worker
    worker.close()
