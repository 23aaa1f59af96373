"""Documents put every text into the group of fields that its sensitivity asks for."""

from __future__ import annotations

from datetime import date

import pytest

from mappings import fields
from mappings.analysis import split_segments
from mappings.dates import DateInterval
from mappings.documents import ItemDocument, PageDocument, build_tombstone

OPEN = {fields.TITLE, fields.CREATOR, fields.KEYWORDS, fields.CATALOGUE, fields.ABSTRACT, fields.CONTENT}
CLOSED = {fields.CATALOGUE_CLOSED, fields.CONTENT_CLOSED}


def document(**other: object) -> ItemDocument:
    given = {
        "id": "one",
        "revision": 3,
        "title": "電梯《合同》",
        "class_code": "ZY·HT",
        "class_path": ("ZY", "ZY·HT"),
        "department": "HQB",
        "state": "filed",
        "sensitivity": 2,
        "reading_scope": "全院",
        "creators": ("後勤保障部",),
        "keywords": ("維保",),
        "metadata": ("ＨＴ－2023－021",),
        "abstract": "提要",
        "content": ("第一頁。第二句", "", "第三頁"),
        "archival_code": "H002-ZY·HT·2023·D30-0021",
    }
    return ItemDocument(**(given | other))


@pytest.mark.parametrize("sensitivity", [1, 2, 3])
def test_ordinary_records_use_the_open_fields(sensitivity: int) -> None:
    source = document(sensitivity=sensitivity).as_source()
    assert set(source) >= OPEN
    assert not set(source) & CLOSED


@pytest.mark.parametrize("sensitivity", [4, 5])
def test_closed_records_use_fields_of_their_own(sensitivity: int) -> None:
    source = document(sensitivity=sensitivity).as_source()
    assert set(source) >= CLOSED
    assert not set(source) & OPEN
    assert source[fields.CONTENT_CLOSED] == ["提要", "第一页", "第二句", "第三页"]


def test_texts_are_folded_and_the_title_is_shown_as_written() -> None:
    source = document().as_source()
    assert source[fields.TITLE] == ["电梯《合同》"]
    assert source[fields.TITLE_SHOWN] == "電梯《合同》"
    assert source[fields.CONTENT] == ["第一页", "第二句", "第三页"]
    assert source[fields.CATALOGUE] == [
        *("电梯《合同》", "h002-zy·ht·2023·d30-0021", "后勤保障部", "维保", "ht-2023-021")
    ]


def test_dates_are_intervals_and_the_first_is_for_sorting() -> None:
    day = DateInterval(date(2023, 5, 12), date(2023, 5, 12))
    year = DateInterval(date(2023, 1, 1), date(2023, 12, 31))
    source = document(date=day, dates=(year,)).as_source()
    assert source[fields.DATE] == [
        {"gte": "2023-05-12", "lte": "2023-05-12"},
        {"gte": "2023-01-01", "lte": "2023-12-31"},
    ]
    assert source[fields.DATE_FROM] == "2023-05-12"
    assert fields.DATE not in document().as_source()


def test_false_and_zero_are_values() -> None:
    source = document(amounts=(0,)).as_source()
    assert source[fields.SECURITY_DRAWING] is False
    assert source[fields.AMOUNTS] == [0]


def test_a_page_holds_its_numbers_and_originals_apart() -> None:
    masked, original, numbers = "姓名：张* HT-2023-021", "姓名：張三 HT-2023-021", frozenset({"no:HT-2023-021"})
    page = PageDocument(item="i", file="f", page=2, revision=1, text=masked, restricted=original, numbers=numbers)
    source = page.as_source()
    assert page.id == "f:2"
    assert source[fields.PAGE_NUMBERS] == ["no:HT-2023-021"]
    assert source[fields.PAGE_RESTRICTED] == ["姓名:张三 HT-2023-021".lower()]
    assert "三" not in str({name: value for name, value in source.items() if name != fields.PAGE_RESTRICTED})
    assert fields.PAGE_RESTRICTED not in PageDocument(item="i", file="f", page=1, revision=1, text="x").as_source()


def test_a_tombstone_holds_no_text() -> None:
    assert build_tombstone("one", 4) == {fields.ID: "one", fields.REVISION: 4, fields.TOMBSTONE: True}


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("四十八张。三、病房", ["四十八张", "三", "病房"]),
        ("竣工\n验收", ["竣工\n验收"]),
        ("甲\n\n乙", ["甲", "乙"]),
        ("工程名称:门诊楼  图名:平面图", ["工程名称:门诊楼", "图名:平面图"]),
        ("合计 1,388,000.00,大写", ["合计 1,388,000.00", "大写"]),
        ("日期 | 来源 | 种类", ["日期 ", " 来源 ", " 种类"]),
        ("晋卫发(2023)12号", ["晋卫发(2023)12号"]),
        ("", []),
        ("。、;", []),
    ],
)
def test_text_breaks_where_a_reader_pauses(text: str, segments: list[str]) -> None:
    assert split_segments(text) == segments
