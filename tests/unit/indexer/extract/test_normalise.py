"""Step A: what is dropped, joined and composed, and that places follow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.texts import Line
from indexer.extract.normalise import normalise_line, normalise_page, normalise_text
from indexer.extract.types import ExtractedPage


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("⽂件⻚码", "文件页码"),  # Kangxi radical script, radical supplement leaf
        ("⾦额⻋⻔⻓", "金额车门长"),
        ("档\u200b案\ufeff馆", "档案馆"),
        ("soft\u00adhyphen", "softhyphen"),
        ("cafe\u0301", "café"),
        ("\u1112\u1161\u11ab", "한"),
        ("葛\U000e0100城", "葛城"),
        ("a\x00b\x07c\x85d", "abcd"),
        ("制表\t换行\n", "制表\t换行\n"),
        ("㎡ ① Ⅲ ＣＴ ２０２３ 〔2023〕", "㎡ ① Ⅲ ＣＴ ２０２３ 〔2023〕"),
        ("\ue123\U00031350", "\ue123\U00031350"),  # rare names: private use, and newer than this Python's tables
        ("x\ud800y\ufffez", "xyz"),
    ],
)
def test_text(before: str, after: str) -> None:
    assert normalise_text(before) == after


def line(text: str, **more: Any) -> Line:
    edges = tuple(10.0 * (index + 1) for index in range(len(text)))
    return Line(text=text, box=(0, 0, 10.0 * len(text), 12), edges=edges, **more)


def test_edges_follow_a_dropped_character() -> None:
    found = normalise_line(line("档\u200b案馆", doubtful=(2,)))
    assert (found.text, found.edges, found.doubtful) == ("档案馆", (20, 30, 40), (1,))
    assert found.span_box(1, 2) == (20, 0, 30, 12)


def test_edges_follow_a_composed_character() -> None:
    found = normalise_line(line("cafe\u0301s", doubtful=(4,)))
    assert (found.text, found.edges, found.doubtful) == ("cafés", (10, 20, 30, 50, 60), (3,))


def test_one_for_one_replacement_keeps_the_places() -> None:
    before = line("⽂件", doubtful=(0,), confidence=0.9)
    found = normalise_line(before)
    assert (found.text, found.edges, found.doubtful, found.confidence) == ("文件", before.edges, (0,), 0.9)


def test_composition_that_makes_text_longer_keeps_count() -> None:
    found = normalise_line(line("x\u0344y"))  # decomposes into two marks
    assert len(found.edges) == len(found.text)


def test_line_without_places_and_line_that_vanishes() -> None:
    assert normalise_line(Line(text="a\u200bb")) == Line(text="ab")
    page = ExtractedPage(1, 0, 0, (line("\u200b"), line("字")), "x")
    assert normalise_page(page).text == "字"


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=30))
def test_any_line_stays_in_step_and_is_stable(text: str) -> None:
    found = normalise_line(line(text))
    assert found.text == normalise_text(text)
    assert len(found.edges) == len(found.text)
    assert list(found.edges) == sorted(found.edges)
    assert normalise_line(found) == found
