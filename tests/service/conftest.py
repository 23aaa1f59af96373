"""Fixtures of tests that talk to the real servers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import redis
from elasticsearch import Elasticsearch

from config import Config


@pytest.fixture(scope="session")
def es(elasticsearch_url: str, config: Config) -> Iterator[Elasticsearch]:
    """A client with the portal's own account: it sees only indices named `<config.index_prefix>-…`."""
    credentials = (config.elasticsearch_user, config.elasticsearch_password)
    with Elasticsearch(elasticsearch_url, basic_auth=credentials, request_timeout=60) as client:
        yield client


@pytest.fixture
def valkey(valkey_url: str) -> Iterator[redis.Redis]:
    """A client of an emptied Valkey."""
    with redis.Redis.from_url(valkey_url) as client:
        client.flushdb()
        yield client
