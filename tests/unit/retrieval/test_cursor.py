"""A cursor works for the person and the query it was made for, and for nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.cursor import Place, read_place, sign_place
from retrieval.errors import BadRequestError
from retrieval.params import Facet, SearchRequest, Sort

KEY = b"a key"
REQUEST = SearchRequest(q="合同", filters=((Facet.CLASS, ("ZY·HT",)),))
PLACE = Place((12.5, 1700000000000, "id"), is_scored=True)


def signed(request: SearchRequest = REQUEST, actor: str = "anna", key: bytes = KEY, place: Place = PLACE) -> str:
    return sign_place(key, request, actor, place)


@pytest.mark.parametrize("place", [PLACE, Place((None, "号"), is_scored=False), Place((), is_scored=False)])
def test_a_cursor_leads_back_to_its_place(place: Place) -> None:
    assert read_place(KEY, replace(REQUEST, cursor=signed(place=place)), "anna") == place


def test_page_size_and_facets_may_change() -> None:
    request = replace(REQUEST, cursor=signed(), size=50, facets=())
    assert read_place(KEY, request, "anna") == PLACE


def test_no_cursor_is_the_first_page() -> None:
    assert read_place(KEY, REQUEST, "anna") is None


@pytest.mark.parametrize(
    "cursor",
    [
        signed(actor="bert"),
        signed(key=b"another key"),
        signed(replace(REQUEST, q="合同书")),
        signed(replace(REQUEST, filters=())),
        signed(replace(REQUEST, sort=Sort.TITLE)),
        signed()[:-1] + ("A" if signed()[-1] != "A" else "B"),
        signed()[1:],
        "x",
        "====",
        "页",
        "A" * 5000,
    ],
)
def test_any_other_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read_place(KEY, replace(REQUEST, cursor=cursor), "anna")
    assert refused.value.code == "cursor_invalid"


@given(st.text(min_size=1, max_size=80))
def test_made_up_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError):
        read_place(KEY, replace(REQUEST, cursor=cursor), "anna")
