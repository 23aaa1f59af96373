"""An archive at work on the real servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from archive.record import Archive
from config import Config
from indexer.extract.types import Document
from indexer.worker import Worker
from render import programs
from render.sandbox import SandboxPool
from tests.clamd import clamd
from tests.indexer_world import Index, make_archive

__all__ = ["clamd"]


@pytest.fixture
def archive(
    tmp_path: Path, config: Config, new_database: Callable[[str], str], es: Elasticsearch, tika_url: str
) -> Iterator[Archive]:
    """An archive on SQLite with indices of its own."""
    archive = make_archive(config, tmp_path, new_database("sqlite"))
    yield archive
    for name in es.indices.get(index=f"{archive.config.index_prefix}-*"):
        es.indices.delete(index=name)
    archive.close()


@pytest.fixture
def worker(archive: Archive) -> Iterator[Worker]:
    """A worker process's holdings, in this process."""
    worker = Worker(archive)
    yield worker
    worker.close()


@pytest.fixture
def index(archive: Archive, es: Elasticsearch) -> Index:
    """What the engine holds for the archive."""
    return Index(es, archive.config.index_prefix)


@pytest.fixture(scope="module")
def render() -> Iterator[SandboxPool]:
    """One child that reads PDF and images."""
    with SandboxPool(1, programs.RENDER) as pool:
        yield pool


@pytest.fixture(scope="module")
def formats() -> Iterator[SandboxPool]:
    """One child that reads OFD, drawings and recordings."""
    with SandboxPool(1, programs.FORMATS) as pool:
        yield pool


@pytest.fixture
def opened() -> Iterator[list[Document]]:
    """Documents to close when the test is over."""
    documents: list[Document] = []
    yield documents
    for document in documents:
        document.file.close()
