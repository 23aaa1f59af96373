"""A cursor works for the person and the query it was made for, and for nothing else."""

from __future__ import annotations

import base64
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.cursor import Place, read_place, seal_place
from retrieval.errors import BadRequestError
from retrieval.params import Facet, SearchRequest, Sort

KEY = "a key"
REQUEST = SearchRequest(q="合同", filters=((Facet.CLASS, ("ZY·HT",)),))
PLACE = Place((12.5, 1700000000000, "id"), is_scored=True)


def sealed(request: SearchRequest = REQUEST, actor: str = "anna", key: str = KEY, place: Place = PLACE) -> str:
    return seal_place(key, request, actor, place)


@pytest.mark.parametrize("place", [PLACE, Place((None, "号"), is_scored=False), Place((), is_scored=False)])
def test_a_cursor_leads_back_to_its_place(place: Place) -> None:
    assert read_place(KEY, replace(REQUEST, cursor=sealed(place=place)), "anna") == place


def test_page_size_and_facets_may_change() -> None:
    request = replace(REQUEST, cursor=sealed(), size=50, facets=())
    assert read_place(KEY, request, "anna") == PLACE


def test_a_cursor_tells_nothing() -> None:
    raw = base64.urlsafe_b64decode(sealed() + "==")
    assert b"12.5" not in raw
    assert sealed() != sealed()


def test_no_cursor_is_the_first_page() -> None:
    assert read_place(KEY, REQUEST, "anna") is None


FOREIGN = {
    "another person": sealed(actor="bert"),
    "another key": sealed(key="another key"),
    "another query": sealed(replace(REQUEST, q="合同书")),
    "other filters": sealed(replace(REQUEST, filters=())),
    "another order": sealed(replace(REQUEST, sort=Sort.TITLE)),
    "cut": sealed()[4:],
    "short": "x",
    "padding": "====",
    "not ascii": "页",
    "long": "A" * 5000,
}


@pytest.mark.parametrize("cursor", FOREIGN.values(), ids=FOREIGN)
def test_any_other_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError) as refused:
        read_place(KEY, replace(REQUEST, cursor=cursor), "anna")
    assert refused.value.code == "cursor_invalid"


def test_every_changed_bit_is_noticed() -> None:
    raw = base64.urlsafe_b64decode(sealed() + "==")
    for position in range(len(raw)):
        changed = raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]
        with pytest.raises(BadRequestError):
            read_place(KEY, replace(REQUEST, cursor=base64.urlsafe_b64encode(changed).decode()), "anna")


@given(st.text(min_size=1, max_size=80))
def test_made_up_cursors_are_refused(cursor: str) -> None:
    with pytest.raises(BadRequestError):
        read_place(KEY, replace(REQUEST, cursor=cursor), "anna")
