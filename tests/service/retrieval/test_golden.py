"""Golden queries, alone and among 100,000 records of the same vocabulary."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retrieval.cursor import Place, seal_place
from retrieval.params import parse_request
from tests.service.retrieval.conftest import World
from tests.service.retrieval.golden import GOLDEN, LATER, LATER_ALONE, Golden
from tests.service.retrieval.world import OUTSIDER

pytestmark = pytest.mark.service
QUERIES = [(golden, query) for golden in GOLDEN for query in golden.queries]
IDS = [f"{golden.id}-{query}" for golden, query in QUERIES]


def judge(world: World, golden: Golden, query: str) -> str:
    hits = world.search(golden.actor, query, facets="none").hits
    return golden.judge([world.names.get(hit.id, hit.id) for hit in hits])


def hold(verdict: str, reason: str | None) -> None:
    """A golden query must be answered, unless a later issue brings what it needs: then it must not be yet."""
    if reason is None:
        assert not verdict
    else:
        assert verdict, f"passes already, although it waits for: {reason}"


@pytest.mark.parametrize(("golden", "query"), QUERIES, ids=IDS)
def test_alone(world: World, golden: Golden, query: str) -> None:
    hold(judge(world, golden, query), (LATER | LATER_ALONE).get((golden.id, query)))


@pytest.mark.parametrize(("golden", "query"), QUERIES, ids=IDS)
def test_among_many(crowd: World, golden: Golden, query: str) -> None:
    hold(judge(crowd, golden, query), LATER.get((golden.id, query)))


def test_places_beyond_ten_thousand_are_reached_at_once(crowd: World) -> None:
    request = parse_request({"sort": ["archival_code"], "size": ["100"], "facets": ["none"]})
    key = crowd.archive.config.secret_key
    far = seal_place(key, request, OUTSIDER.id, Place(("H002-WS·HQ", ""), is_scored=False))
    first = crowd.service.search(OUTSIDER, replace(request, cursor=far))
    second = crowd.service.search(OUTSIDER, replace(request, cursor=first.next_cursor or ""))
    codes = [hit.archival_code or "" for hit in (*first.hits, *second.hits)]
    assert len(codes) == 200
    assert codes == sorted(set(codes))
    assert codes[0].startswith("H002-WS·HQ")
    before = crowd.search(OUTSIDER, "", facets="class", **{"class": ["KJ", "KU"]})
    assert before.total.value > 10_000


def test_very_many_hits_come_with_the_title_first(crowd: World) -> None:
    result = crowd.search(OUTSIDER, "年", size="100", facets="none")
    assert result.total.value > 20_000
    assert "ordered_by_date" in result.notices
    assert all("年" in hit.title for hit in result.hits)
    following = crowd.search(OUTSIDER, "年", size="100", facets="none", cursor=result.next_cursor or "")
    assert not {hit.id for hit in result.hits} & {hit.id for hit in following.hits}
    assert [hit.date for hit in result.hits] == sorted((hit.date for hit in result.hits), reverse=True)
