"""Places of hits, and distrust of what children answer."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.extract.types import Line, PageText, mean_confidence, parse_page
from render.errors import ToolError


def found_line(**more: Any) -> dict[str, Any]:
    return {"text": "档案", "box": [10, 20, 34, 32], "edges": [22, 34], "vertical": False} | more


def found_page(**more: Any) -> dict[str, Any]:
    return {"number": 1, "width": 595, "height": 842, "lines": [found_line()], "needs_ocr": False} | more


def test_span_of_a_horizontal_line() -> None:
    line = Line(text="甲乙丙", box=(10, 20, 46, 32), edges=(22, 34, 46))
    assert line.span_box(0, 1) == (10, 20, 22, 32)
    assert line.span_box(1, 3) == (22, 20, 46, 32)
    assert line.span_box(0, 4) is None
    assert line.span_box(2, 2) is None
    assert Line(text="甲").span_box(0, 1) is None


def test_span_of_vertical_lines() -> None:
    down = Line(text="甲乙", box=(10, 20, 22, 44), edges=(32, 44), vertical=True)
    assert down.span_box(1, 2) == (10, 32, 22, 44)
    up = Line(text="AB", box=(10, 20, 22, 44), edges=(32, 20), vertical=True)
    assert up.span_box(0, 1) == (10, 32, 22, 44)
    assert up.span_box(1, 2) == (10, 20, 22, 32)


def test_page_of_a_child() -> None:
    page = parse_page(found_page(lines=[found_line(confidence=0.5), found_line(confidence=1.0)]), "pdfium")
    assert page.text == "档案\n档案"
    assert page.confidence == 0.75
    assert page.engine == "pdfium"
    assert page.lines[0].box == (10, 20, 34, 32)


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        "page",
        {},
        found_page(lines=None),
        found_page(lines=[None]),
        found_page(number="x"),
        found_page(width=float("nan")),
        found_page(height=float("inf")),
        found_page(width=1e300),
        found_page(lines=[found_line(text=5)]),
        found_page(lines=[found_line(edges=[1])]),
        found_page(lines=[found_line(edges=[1, "x"])]),
        found_page(lines=[found_line(box=[1, 2, 3])]),
        found_page(lines=[found_line(box=[1, 2, 3, float("nan")])]),
        found_page(lines=[found_line(confidence="high")]),
        found_page(lines=[found_line(doubtful=3)]),
    ],
)
def test_page_out_of_shape_is_refused(found: Any) -> None:
    with pytest.raises(ToolError, match="tool_output"):
        parse_page(found, "pdfium")


def test_values_out_of_range_are_cut_to_it() -> None:
    page = parse_page(found_page(lines=[found_line(text="a\ud800", confidence=7, doubtful=[-1, 0, 99])]), "x")
    assert page.lines[0].text == "a?"
    assert page.lines[0].confidence == 1.0
    assert page.lines[0].doubtful == (0,)


def test_confidence_is_weighed_by_characters() -> None:
    assert mean_confidence((Line(text="一二三", confidence=1.0), Line(text="四", confidence=0.0))) == 0.75
    assert mean_confidence((Line(text="一"),)) is None
    assert PageText(number=1, lines=(), engine="").text == ""
