"""Facets, chips and links of the search page."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from archive.scheme import load_scheme
from portal.search import model
from portal.search.labels import Labels
from retrieval.params import Facet, SearchRequest, Sort, parse_request
from retrieval.results import Bucket, SearchResult, Total

LABELS = Labels({"HQB": "后勤保障部"})


@pytest.fixture(autouse=True)
def _request(offline: Flask) -> Iterator[None]:
    with offline.test_request_context():
        yield


def read(address: str) -> SearchRequest:
    return parse_request(parse_qs(urlsplit(address).query))


def found(**facets: tuple[Bucket, ...]) -> SearchResult:
    names = {name.replace("class_", "class"): buckets for name, buckets in facets.items()}
    return SearchResult(Total(9), (), names, None, 1, ())


def test_an_address_holds_the_whole_search() -> None:
    request = SearchRequest(
        q="电梯 & <b>",
        filters=((Facet.CLASS, ("ZY·HQ·DT", "WS")), (Facet.YEAR, ("2023",))),
        sort=Sort.DATE_DESC,
        size=50,
        cursor="abc",
    )
    assert read(model.build_address(request)) == request


def test_a_value_is_switched_on_and_off() -> None:
    first = SearchRequest(q="电梯", filters=((Facet.YEAR, ("2023",)),), cursor="abc")
    both = read(model.build_toggle(first, Facet.YEAR, "2022"))
    assert both.chosen(Facet.YEAR) == ("2023", "2022")
    assert both.cursor == ""
    assert read(model.build_toggle(both, Facet.YEAR, "2023")).chosen(Facet.YEAR) == ("2022",)
    assert read(model.build_toggle(first, Facet.YEAR, "2023")).filters == ()


def test_choosing_a_class_replaces_those_above_and_below_it() -> None:
    request = SearchRequest(filters=((Facet.CLASS, ("ZY", "WS·HQ")),))
    narrowed = read(model.build_toggle(request, Facet.CLASS, "ZY·HQ"))
    assert set(narrowed.chosen(Facet.CLASS)) == {"WS·HQ", "ZY·HQ"}
    widened = read(model.build_toggle(narrowed, Facet.CLASS, "WS"))
    assert set(widened.chosen(Facet.CLASS)) == {"ZY·HQ", "WS"}


def test_classes_are_a_tree_in_the_order_of_the_scheme() -> None:
    buckets = (Bucket("ZY·HQ", 3, is_chosen=True), Bucket("ZY", 5), Bucket("WS", 9), Bucket("gone", 1))
    (group,) = model.build_groups(SearchRequest(), found(class_=buckets), LABELS, load_scheme())
    assert [value.code for value in group.values] == ["WS", "ZY", "gone"]
    assert [below.code for below in group.values[1].below] == ["ZY·HQ"]
    assert [value.is_open for value in group.values] == [False, True, False]


def test_years_run_backwards_and_long_lists_fold() -> None:
    years = tuple(Bucket(str(year), 1) for year in range(1990, 2024))
    (group,) = model.build_groups(SearchRequest(), found(year=years), LABELS, load_scheme())
    assert [value.label for value in group.values[:2]] == ["2023", "2022"]
    assert (len(group.values), len(group.values) + len(group.more)) == (model.SHOWN_VALUES, 34)


def test_a_chosen_value_is_never_folded_away() -> None:
    years = tuple(Bucket(str(year), 1, is_chosen=year == 1992) for year in range(1990, 2024))
    request = SearchRequest(filters=((Facet.YEAR, ("1992",)),))
    (group,) = model.build_groups(request, found(year=years), LABELS, load_scheme())
    assert any(value.is_chosen for value in group.values)
    assert group.chosen == 1


def test_a_facet_with_one_value_shows_only_when_chosen() -> None:
    one = found(department=(Bucket("HQB", 4),))
    assert model.build_groups(SearchRequest(), one, LABELS, load_scheme()) == []
    chosen = found(department=(Bucket("HQB", 4, is_chosen=True),))
    (group,) = model.build_groups(SearchRequest(), chosen, LABELS, load_scheme())
    assert group.values[0].label == "后勤保障部"


def test_chips_take_one_filter_out() -> None:
    request = SearchRequest(q="锅炉", filters=((Facet.DEPARTMENT, ("HQB",)), (Facet.YEAR, ("2023", "2022"))))
    chips = model.build_chips(request, LABELS)
    assert [chip.value for chip in chips] == ["后勤保障部", "2023", "2022"]
    assert read(chips[1].address).filters == ((Facet.DEPARTMENT, ("HQB",)), (Facet.YEAR, ("2022",)))


def test_orders_keep_the_search_and_mark_the_present_one() -> None:
    sorts = model.build_sorts(SearchRequest(q="锅炉", sort=Sort.TITLE))
    assert [is_chosen for *_, is_chosen in sorts].count(True) == 1
    assert {read(address).sort for _, address, _ in sorts} == set(Sort)
    assert all(read(address).q == "锅炉" for _, address, _ in sorts)
