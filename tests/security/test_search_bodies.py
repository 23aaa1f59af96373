"""Every generated query body keeps to the rights, whatever is asked.

The bodies are walked as trees. Wherever text that needs a right is looked at, for matching, excluding or scoring, the
filter of that right must stand beside it; and nothing that looks past the query (post filters, suggesters, global or
background statistics, empty buckets) may occur at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings import fields
from retrieval.clauses import Renderer
from retrieval.cursor import Place
from retrieval.language import parse_query
from retrieval.params import FACETS, Facet, SearchRequest, Sort
from retrieval.query import QueryBuilder
from retrieval.suggest import build_suggestions

DISCOVER, READ, UNMASK = ({"term": {"marker": right}} for right in ("discover", "read", "unmask"))
NEEDS_READ = {fields.CONTENT, fields.ABSTRACT, fields.CONTENT_CLOSED, fields.CONTENT_NUMBERS}
NEEDS_UNMASK = {
    fields.CATALOGUE_RESTRICTED,
    fields.CONTENT_RESTRICTED,
    fields.HASHES_RESTRICTED,
    fields.CODES_RESTRICTED,
}
BANNED_KEYS = {
    *("post_filter", "suggest", "global", "significant_terms", "significant_text", "background_filter", "rescore"),
    *("explain", "profile", "highlight", "runtime_mappings", "script_fields", "script", "query_string"),
    *("simple_query_string", "more_like_this", "docvalue_fields", "stored_fields", "version", "seq_no_primary_term"),
}
LEAVES = {"term", "terms", "match", "match_phrase", "match_phrase_prefix", "prefix", "range", "match_all", "match_none"}


@dataclass(frozen=True)
class Sight:
    discover: dict[str, Any]
    read: dict[str, Any]
    unmask: dict[str, Any]


SIGHT = Sight(DISCOVER, READ, UNMASK)

typed = st.text(alphabet='竣工图电梯合同验收报告 "-:CTNO晋卫发〔2023〕12号HT-0年月张三I25.1*()', max_size=40)
queries = st.one_of(
    typed,
    st.sampled_from(
        [
            "",
            "竣工图",
            "张三 00118802-02 13900000031 I25.1",
            "晋卫发〔2023〕12号 -合同",
            '"会议纪要" NOT HT-2023-021',
            "2023年5月水费 题名:电费",
            "999999195804120018 图",
        ]
    ),
)
requests = st.builds(
    SearchRequest,
    q=queries,
    filters=st.lists(
        st.tuples(st.sampled_from(Facet), st.lists(st.just("2"), min_size=1, max_size=2).map(tuple)), max_size=2
    ).map(lambda chosen: tuple(dict(chosen).items())),
    sort=st.sampled_from(Sort),
    facets=st.lists(st.sampled_from(Facet), unique=True).map(tuple),
)


def bodies(request: SearchRequest, sight: Sight = SIGHT) -> Iterator[dict[str, Any]]:
    builder = QueryBuilder(request, parse_query(request.q), sight, Renderer(lambda secret: f"hash of {len(secret)}"))
    yield builder.build_counts()
    for is_scored in (True, False):
        yield builder.build_hits(None, is_scored=is_scored)
        yield builder.build_hits(Place((1, "x"), is_scored), is_scored=is_scored)
    yield from filter(None, (builder.build_related(5), builder.build_relaxed(5)))
    yield from filter(None, [build_suggestions(request.q, sight)])


def iter_keys(body: Any) -> Iterator[str]:
    if isinstance(body, dict):
        for key, value in body.items():
            yield key
            yield from iter_keys(value)
    elif isinstance(body, list):
        for value in body:
            yield from iter_keys(value)


def iter_leaves(query: Any, held: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    """Fields looked at, each with the rights whose filters stand beside it or above."""
    if isinstance(query, list):
        for one in query:
            yield from iter_leaves(one, held)
        return
    ((kind, inner),) = query.items()
    if kind in LEAVES:
        yield from ((field, held) for field in inner if field not in ("boost",))
    elif kind == "constant_score":
        yield from iter_leaves(inner["filter"], held)
    else:
        assert kind == "bool", kind
        filters = inner.get("filter", [])
        beside = {clause["term"]["marker"] for clause in filters if "marker" in clause.get("term", {})}
        for part in ("filter", "must", "should", "must_not"):
            yield from iter_leaves(inner.get(part, []), held | beside)


@given(requests)
def test_text_is_looked_at_only_where_its_right_holds(request: SearchRequest) -> None:
    for body in bodies(request):
        assert DISCOVER in body["query"]["bool"]["filter"]
        for field, held in iter_leaves(body["query"], frozenset()):
            assert field not in NEEDS_READ or held & {"read", "unmask"}, (field, body)
            assert field not in NEEDS_UNMASK or "unmask" in held, (field, body)


@given(requests)
def test_nothing_looks_past_the_query(request: SearchRequest) -> None:
    for body in bodies(request):
        keys = set(iter_keys(body))
        assert not keys & BANNED_KEYS, keys & BANNED_KEYS
        assert "min_doc_count" not in keys
        assert set(body) <= {"size", "track_total_hits", "query", "aggs", "_source", "sort", "search_after", "collapse"}


@given(requests)
def test_facets_are_counted_inside_the_query(request: SearchRequest) -> None:
    builder = QueryBuilder(request, parse_query(request.q), SIGHT, Renderer(str))
    aggregations = builder.build_counts().get("aggs", {})
    assert set(aggregations) == {*request.facets} | ({"selected"} if request.filters else set())
    for name, aggregation in aggregations.items():
        kinds = set(aggregation) - {"aggs"}
        assert kinds in ({"terms"}, {"filter"})
        if name != "selected":
            terms = aggregation.get("aggs", {}).get("values", aggregation)["terms"]
            assert terms["field"] == FACETS[Facet(name)].field


@given(requests)
def test_typed_text_stays_a_value(request: SearchRequest) -> None:
    for body in bodies(request):
        known = {value for name, value in vars(fields).items() if name.isupper()}
        assert {field for field, _ in iter_leaves(body["query"], frozenset())} <= known | {"marker"}


@given(queries)
def test_nothing_of_a_text_without_its_right(q: str) -> None:
    nobody = Sight(DISCOVER, {"match_none": {}}, {"match_none": {}})
    for body in bodies(SearchRequest(q=q), nobody):
        looked_at = {field for field, _ in iter_leaves(body["query"], frozenset())}
        assert not looked_at & (NEEDS_READ | NEEDS_UNMASK)


def test_the_walk_sees_a_missing_filter() -> None:
    leaky = {"bool": {"filter": [DISCOVER], "should": [{"match": {fields.CONTENT: {"query": "x"}}}]}}
    assert (fields.CONTENT, frozenset({"discover"})) in set(iter_leaves(leaky, frozenset()))


@pytest.mark.parametrize("secret", ["00118802-02", "999999195804120018", "13900000031"])
def test_numbers_of_persons_are_asked_for_by_hash(secret: str) -> None:
    builder = QueryBuilder(SearchRequest(q=secret), parse_query(secret), SIGHT, Renderer(lambda _: "a hash"))
    text = str(builder.build_counts())
    assert "a hash" in text
    assert fields.HASHES_RESTRICTED in text
