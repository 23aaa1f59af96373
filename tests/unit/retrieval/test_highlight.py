"""Marks stand over exactly what was sought, in the stored text."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import BadRequestError
from retrieval.highlight import Marker, cut_snippet, mark, merge_spans
from retrieval.hits import find_hit_spans
from retrieval.language import parse_query


def marked(query: str, text: str) -> list[str]:
    return [text[start:end] for start, end in Marker(parse_query(query)).find_spans(text)]


@pytest.mark.parametrize(
    ("query", "text", "expected"),
    [
        ("竣工图", "建筑竣工图纸与施工图", ["竣工图"]),
        ("竣工图", "建築竣工圖紙", ["竣工圖"]),
        ("电费", "２０２３年電費", ["電費"]),
        ("给排水", "给排\n水平面图", ["给排\n水"]),
        ("验收 报告", "报告：验收合格", ["报告", "验收"]),
        ("ct", "CT室、ACT、ct机", ["CT", "ct"]),
        ("0123456", "0123456 | 01234567 | 00123456", ["0123456"]),
        ("晋卫发(2023)12号", "晋 卫 发 〔 2 0 2 3 〕 12 号", ["晋 卫 发 〔 2 0 2 3 〕 12 号"]),
        ("晋卫发(2023)12号", "晋北二院发〔2023〕12号", []),
        ("ht-2023-021", "合同编号：HT－2023－021。", ["HT－2023－021"]),
        ("2023年5月", "2023年5月12日与2023年6月", ["2023年5月12日"]),
        ("张三", "四十八張。三、病房", []),
        ("竣工图 -结构", "结构竣工图", ["竣工图"]),
        ("", "竣工图", []),
        ("图", "图与图", ["图", "图"]),
        ("3号电梯", "3号电梯，3台，号码", ["3号电梯"]),
    ],
)
def test_what_is_marked(query: str, text: str, expected: list[str]) -> None:
    assert marked(query, text) == expected


def test_a_single_character_counts_beside_a_longer_hit_only() -> None:
    assert marked("住院楼竣工图", "住院综合楼竣工图，图名：平面图") == ["竣工图"]


def test_marks_are_html_and_everything_else_is_escaped() -> None:
    assert mark('<b>竣工</b> & "', [(3, 5)]) == "&lt;b&gt;<mark>竣工</mark>&lt;/b&gt; &amp; &quot;"


def test_a_snippet_shows_where_most_hits_are() -> None:
    text = "验收" + "空" * 400 + "电梯验收报告，验收合格" + "空" * 400
    html = cut_snippet(text, Marker(parse_query("验收")).find_spans(text))
    assert html.startswith("…")
    assert html.endswith("…")
    assert html.count("<mark>") == 2
    assert len(html) < 250


def test_a_page_without_hits_shows_its_beginning() -> None:
    assert cut_snippet("甲" * 300, []) == "甲" * 90 + "…"
    assert cut_snippet("甲\n乙", []) == "甲 乙"


def test_boxes_use_the_same_spans() -> None:
    assert find_hit_spans("給排\n水圖", "给排水") == [(0, 4)]
    with pytest.raises(BadRequestError):
        find_hit_spans("x", "x" * 501)


def test_spans_that_touch_are_joined() -> None:
    assert merge_spans([(4, 6), (0, 2), (2, 3), (5, 9)]) == [(0, 3), (4, 9)]


@given(st.text(max_size=200), st.text(alphabet="竣工图ct12-〔〕2023号 <&", max_size=12))
def test_marking_changes_no_text(text: str, query: str) -> None:
    spans = Marker(parse_query(query)).find_spans(text)
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert unescape(re.sub("</?mark>", "", mark(text, spans))) == unescape(mark(text, []))
    html = re.sub("</?mark>", "", cut_snippet(text, spans))
    assert "<" not in html
