"""When the engine is away, people are told so, whatever way it fails."""

from __future__ import annotations

import pytest
from elasticsearch import Elasticsearch

from retrieval.errors import SearchUnavailableError
from retrieval.messages import sentence
from retrieval.params import SearchRequest
from retrieval.service import SearchService
from tests.conftest import pick_port
from tests.service.retrieval.conftest import World
from tests.service.retrieval.world import ARCHIVIST

pytestmark = pytest.mark.service


def assert_unavailable(service: SearchService) -> None:
    with pytest.raises(SearchUnavailableError) as refused:
        service.search(ARCHIVIST, SearchRequest(q="合同"))
    assert refused.value.status == 503
    assert sentence(refused.value.code, "zh")
    with pytest.raises(SearchUnavailableError):
        service.suggest(ARCHIVIST, "合同")


def test_nobody_listens(world: World) -> None:
    with Elasticsearch(f"http://127.0.0.1:{pick_port()}", max_retries=0) as client:
        assert_unavailable(SearchService(world.archive, client))


def test_the_account_is_not_accepted(world: World, elasticsearch_url: str) -> None:
    with Elasticsearch(elasticsearch_url, basic_auth=("guidang", "wrong")) as client:
        assert_unavailable(SearchService(world.archive, client))


def test_the_index_is_missing(world: World) -> None:
    from dataclasses import replace

    config = replace(world.archive.config, index_prefix=world.archive.config.index_prefix + "-none")
    assert_unavailable(SearchService(replace(world.archive, config=config), world.client))


def test_the_answer_comes_too_late(world: World) -> None:
    hasty = world.client.options(request_timeout=0.0001, max_retries=0, retry_on_timeout=False)
    assert_unavailable(SearchService(world.archive, hasty))
