"""Distrust of what children answer."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.extract.types import parse_page
from render.errors import ToolError


def found_line(**more: Any) -> dict[str, Any]:
    return {"text": "档案", "box": [10, 20, 34, 32], "edges": [22, 34], "vertical": False} | more


def found_page(**more: Any) -> dict[str, Any]:
    return {"number": 1, "width": 595, "height": 842, "lines": [found_line()], "needs_ocr": False} | more


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
