"""Descriptions sent by programs: only known fields, of the right kind and length."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.catalogue import Description
from archive.errors import InvalidError
from archive.reasons import REASONS
from archive.scheme import load_scheme
from portal.description import FIELDS, parse_description

SCHEME = load_scheme()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def mistakes(given: object, **options: str) -> dict[str, str]:
    with pytest.raises(InvalidError) as caught:
        parse_description(SCHEME, given, **options)
    return caught.value.details


def test_a_description_is_read_into_attributes() -> None:
    given = {
        "title": " 电梯年检报告 ",
        "class": "ZY·HQ·DT",
        "department": "后勤保障部",
        "date": "2023-05-24",
        "year": 2023,
        "creators": ["特检院"],
        "archival_code": None,
        "meta": {"building": "住院综合楼", "amount": 12},
    }
    found = parse_description(SCHEME, given)
    assert found["title"] == "电梯年检报告"
    assert found["creators"] == ("特检院",)
    assert found["archival_code"] is None
    assert Description(**found).class_code == "ZY·HQ·DT"


def test_every_field_is_an_attribute_of_the_description() -> None:
    known = set(Description.__dataclass_fields__)
    assert {field.attribute for field in FIELDS.values()} == known - {"state", "on_hold"}


@pytest.mark.parametrize(
    ("given", "name", "code"),
    [
        ({"state": "filed"}, "state", "unknown_field"),
        ({"on_hold": True}, "on_hold", "unknown_field"),
        ({"owner_id": "x"}, "owner_id", "unknown_field"),
        ({"title": 5}, "title", "not_text"),
        ({"title": "a\x00b"}, "title", "not_text"),
        ({"title": "x" * 1001}, "title", "too_long"),
        ({"doc_no": "x" * 101}, "doc_no", "too_long"),
        ({"year": "2023"}, "year", "not_a_number"),
        ({"year": True}, "year", "not_a_number"),
        ({"year": -1}, "year", "out_of_range"),
        ({"creators": "张三"}, "creators", "not_a_list"),
        ({"creators": [1]}, "creators", "not_text"),
        ({"creators": ["a"] * 101}, "creators", "too_long"),
        ({"meta": []}, "meta", "not_an_object"),
        ({"meta": {"building": {"a": 1}}}, "meta", "not_text"),
        ({"meta": {"nobody_knows": "x"}}, "meta.nobody_knows", "unknown_field"),
        ({"retention": "D99"}, "retention", "unknown"),
    ],
)
def test_what_is_wrong_is_told_by_field(given: dict[str, Any], name: str, code: str) -> None:
    assert mistakes(given, class_code="ZY·HQ·DT") == {name: code}


def test_all_mistakes_come_at_once() -> None:
    assert mistakes({"title": 1, "year": "x", "class": "ZY"}) == {"title": "not_text", "year": "not_a_number"}


@pytest.mark.parametrize("given", [None, [], "x", 1])
def test_anything_but_an_object_is_refused(given: object) -> None:
    assert mistakes(given) == {"metadata": "not_an_object"}


def test_the_class_must_exist() -> None:
    assert mistakes({"title": "x"}) == {"class": "required"}
    assert mistakes({"title": "x", "class": "no such"}) == {"class": "unknown"}


@given(st.dictionaries(st.sampled_from([*FIELDS, "strange"]), JSON))
def test_whatever_comes_is_read_or_refused_with_words(given: dict[str, Any]) -> None:
    wrong: dict[str, str] = {}
    try:
        parse_description(SCHEME, given, class_code="WS·XZ")
    except InvalidError as err:
        wrong = err.details
    assert set(wrong.values()) <= set(REASONS)
