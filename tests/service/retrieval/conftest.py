"""The demo records, searchable, once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import pytest
from elasticsearch import Elasticsearch

from archive.access.actor import Actor
from archive.record import Archive
from config import Config
from mappings.aliases import Kind, alias_name
from retrieval.params import parse_request
from retrieval.results import SearchResult
from retrieval.service import SearchService
from samples.records import Record, load_records
from tests.service.retrieval.distractors import iter_distractors
from tests.service.retrieval.golden import GOLDEN
from tests.service.retrieval.world import add_crowd, load_world, open_archive, private_config

CROWD = 100_000


@dataclass(frozen=True)
class World:
    """An archive, its search and the names of its records."""

    archive: Archive
    service: SearchService
    client: Elasticsearch
    ids: dict[str, str]

    @cached_property
    def records(self) -> list[Record]:
        """The demo records as written."""
        return load_records()

    @property
    def names(self) -> dict[str, str]:
        """Sample id by item id."""
        return {item_id: name for name, item_id in self.ids.items()}

    def search(self, actor: Actor, q: str = "", **args: str | list[str]) -> SearchResult:
        """A search by URL arguments."""
        given = {name: [value] if isinstance(value, str) else value for name, value in args.items()}
        return self.service.search(actor, parse_request(given | {"q": [q]}))

    def found(self, actor: Actor, q: str, **args: str | list[str]) -> list[str]:
        """Sample ids of the strict hits in order, up to 100; foreign records keep their id."""
        result = self.search(actor, q, **({"size": "100"} | args))
        return [self.names.get(hit.id, hit.id) for hit in result.hits if hit.tier == "strict"]


@pytest.fixture(scope="session")
def world(es: Elasticsearch, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The sixty demo records. Tests must not change them."""
    with new_world(es, private_config(config, tmp_path_factory.mktemp("world"), "world")) as new:
        yield new


@pytest.fixture(scope="module")
def crowd(es: Elasticsearch, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The demo records among 100,000 others of the same vocabulary."""
    with new_world(es, private_config(config, tmp_path_factory.mktemp("crowd"), "crowd")) as new:
        add_crowd(new.archive, es, iter_distractors(CROWD, [query for one in GOLDEN for query in one.queries]))
        yield new


@contextmanager
def new_world(es: Elasticsearch, config: Config, records: Iterable[Record] | None = None) -> Iterator[World]:
    """An archive of its own with the demo records, or with those given; gone at the end."""
    archive = open_archive(config)
    yield World(archive, SearchService(archive, es), es, load_world(archive, es, records))
    for kind in Kind:
        for index in es.indices.get_alias(name=alias_name(config.index_prefix, kind)):
            es.indices.delete(index=index)
    archive.database.close()
