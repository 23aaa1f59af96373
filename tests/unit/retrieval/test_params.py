"""URL arguments become a frozen request, or a refusal with a code that people can read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BadRequestError
from retrieval.messages import SENTENCES, Notice, sentence
from retrieval.params import FACETS, PARAMETERS, Facet, SearchRequest, Sort, parse_request


def test_nothing_given_is_everything_by_relevance() -> None:
    assert parse_request({}) == SearchRequest(q="", filters=(), sort=Sort.RELEVANCE, size=20, facets=tuple(Facet))


def test_values_are_kept_in_order_without_repetition() -> None:
    request = parse_request({"q": [" 合同 "], "class": ["ZY·HT", "KJ", "ZY·HT"], "year": ["2023"], "size": ["100"]})
    assert request.q == "合同"
    assert request.filters == ((Facet.CLASS, ("ZY·HT", "KJ")), (Facet.YEAR, ("2023",)))
    assert request.chosen(Facet.CLASS) == ("ZY·HT", "KJ")
    assert request.chosen(Facet.STATE) == ()
    assert request.size == 100


@pytest.mark.parametrize(
    ("given_facets", "expected"),
    [
        (["class,year", "class"], (Facet.CLASS, Facet.YEAR)),
        (["none"], ()),
        ([""], tuple(Facet)),
        ([], tuple(Facet)),
    ],
)
def test_facets(given_facets: list[str], expected: tuple[Facet, ...]) -> None:
    assert parse_request({"facets": given_facets}).facets == expected


@pytest.mark.parametrize(
    ("args", "code", "parameter"),
    [
        ({"q": ["x" * 501]}, "query_too_long", "q"),
        ({"q": ["a", "b"]}, "given_twice", "q"),
        ({"sort": ["banana"]}, "unknown_sort", "sort"),
        ({"sort": ["_score"]}, "unknown_sort", "sort"),
        ({"facets": ["owner"]}, "unknown_facet", "facets"),
        ({"facets": ["none,class"]}, "unknown_facet", "facets"),
        ({"owner": ["x"]}, "unknown_parameter", "owner"),
        ({"size": ["0"]}, "bad_size", "size"),
        ({"size": ["101"]}, "bad_size", "size"),
        ({"size": ["-1"]}, "bad_size", "size"),
        ({"size": ["１０"]}, "bad_size", "size"),
        ({"size": ["ten"]}, "bad_size", "size"),
        ({"year": ["20a3"]}, "bad_value", "year"),
        ({"year": ["99999999999"]}, "bad_value", "year"),
        ({"sensitivity": ["high"]}, "bad_value", "sensitivity"),
        ({"class": ["x" * 101]}, "bad_value", "class"),
        ({"class": ["a\x00b"]}, "bad_value", "class"),
        ({"class": [str(n) for n in range(51)]}, "too_many_values", "class"),
    ],
)
def test_refusals(args: dict[str, list[str]], code: str, parameter: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        parse_request(args)
    assert (refused.value.code, refused.value.details) == (code, {"parameter": parameter})
    assert refused.value.status == 400
    for language in ("zh", "en"):
        assert sentence(code, language)


def test_the_longest_query_is_taken() -> None:
    assert len(parse_request({"q": ["字" * 500]}).q) == 500


def test_control_characters_become_blanks() -> None:
    assert parse_request({"q": ["竣工\x00图\n\t"]}).q == "竣工 图"


def test_every_facet_and_parameter_is_described_once() -> None:
    assert set(FACETS) == set(Facet)
    names = [parameter.name for parameter in PARAMETERS]
    assert len(names) == len(set(names))
    assert {"q", "sort", "size", "cursor", "facets", *Facet} == set(names)
    assert all(parameter.zh and parameter.en for parameter in PARAMETERS)


def test_every_notice_has_its_sentences() -> None:
    assert set(Notice) <= set(SENTENCES)
    assert all(zh and en and zh != en for zh, en in SENTENCES.values())


@given(
    st.dictionaries(
        st.sampled_from([*Facet, "q", "sort", "size", "cursor", "facets", "x"]),
        st.lists(st.text(max_size=20), max_size=3),
    )
)
def test_any_arguments_make_a_request_or_a_refusal(args: dict[str, list[str]]) -> None:
    codes = set()
    try:
        assert hash(parse_request(args))
    except BadRequestError as refused:
        codes.add(refused.code)
    assert codes <= set(SENTENCES)
