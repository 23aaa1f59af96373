"""Written dates become intervals; what only looks like a date does not."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mappings.dates import DateInterval, find_dates, parse_date


@pytest.mark.parametrize(
    "text", ["2023年5月", "２０２３年０５月", "2023/5", "2023-05", "二O二三年五月", "20230500", "2023年5月份"]
)
def test_months(text: str) -> None:
    assert parse_date(text) == DateInterval(date(2023, 5, 1), date(2023, 5, 31))


@pytest.mark.parametrize("text", ["二〇二三年", "二零二三年", "二○二三年", "2023年", "2023年度", "20230000", "2023"])
def test_years(text: str) -> None:
    assert parse_date(text) == DateInterval(date(2023, 1, 1), date(2023, 12, 31))


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("二○二三年五月十二日", date(2023, 5, 12)),
        ("2023-05-12", date(2023, 5, 12)),
        ("2023.05.12", date(2023, 5, 12)),
        ("20230512", date(2023, 5, 12)),
        ("2023年5月12日", date(2023, 5, 12)),
        ("二〇一九年十月二十日", date(2019, 10, 20)),
        ("二○二○年十月三十一日", date(2020, 10, 31)),
        ("一九九三年十二月六日", date(1993, 12, 6)),
        ("２０２３年５月１２日", date(2023, 5, 12)),
    ],
)
def test_days(text: str, day: date) -> None:
    assert parse_date(text) == DateInterval(day, day)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023年5月1日—2023年5月31日", date(2023, 5, 1), date(2023, 5, 31)),
        ("20230101-20231231", date(2023, 1, 1), date(2023, 12, 31)),
        ("2024年1月—6月", date(2024, 1, 1), date(2024, 6, 30)),
        ("2024年5月1日至31日", date(2024, 5, 1), date(2024, 5, 31)),
        ("2024年5月1日至6月30日", date(2024, 5, 1), date(2024, 6, 30)),
        ("2020-2022", date(2020, 1, 1), date(2022, 12, 31)),
        ("2020至2022年", date(2020, 1, 1), date(2022, 12, 31)),
        ("2020..2022", date(2020, 1, 1), date(2022, 12, 31)),
        ("2024上半年", date(2024, 1, 1), date(2024, 6, 30)),
        ("2023年第一季度", date(2023, 1, 1), date(2023, 3, 31)),
        ("2023一季度", date(2023, 1, 1), date(2023, 3, 31)),
        ("2022年第三季度", date(2022, 7, 1), date(2022, 9, 30)),
        ("2024年2月", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_spans(text: str, first: date, last: date) -> None:
    assert parse_date(text) == DateInterval(first, last)


def test_an_inferred_date_is_marked() -> None:
    assert parse_date("[19450815]") == DateInterval(date(1945, 8, 15), date(1945, 8, 15), is_inferred=True)


def test_a_letter_o_inside_a_year_is_repaired() -> None:
    assert parse_date("2O21") == DateInterval(date(2021, 1, 1), date(2021, 12, 31))
    assert parse_date("2O2l") is None


@pytest.mark.parametrize(
    "text",
    ["2024年2月30日", "20231345", "5月12日", "23年5月", "", "三甲", "20231231-20230101", "2023年13月", "00000000"],
)
def test_what_is_no_date_stays_text(text: str) -> None:
    assert parse_date(text) is None


def test_an_impossible_month_leaves_the_year() -> None:
    (found,) = find_dates("2023年13月报表")
    assert found.is_partial
    assert found.interval == DateInterval(date(2023, 1, 1), date(2023, 12, 31))


@pytest.mark.parametrize(
    "text", ["1388000.00", "149902201403200101", "13912345678", "5月12日", "20231345", "2023050612"]
)
def test_digits_that_are_no_dates(text: str) -> None:
    assert list(find_dates(text)) == []


def test_dates_keep_their_place_in_the_text() -> None:
    text = "自2023年9月1日至2024年8月31日，验收 2022.11.30，编号GN-2022-0316"
    found = list(find_dates(text))
    assert [text[f.start : f.end] for f in found] == ["2023年9月1日至2024年8月31日", "2022.11.30"]
    assert found[0].interval == DateInterval(date(2023, 9, 1), date(2024, 8, 31))


def test_bare_years_only_when_asked() -> None:
    assert list(find_dates("呼吸机 2021")) == []
    (found,) = find_dates("呼吸机 2021", bare_years=True)
    assert found.interval.first == date(2021, 1, 1)
    assert list(find_dates("YL-2021-0087 2021-0087 1,2021.5", bare_years=True)) == []


@given(st.dates(min_value=date(1800, 1, 1), max_value=date(2099, 12, 31)))
def test_every_day_is_read_in_all_its_spellings(day: date) -> None:
    interval = DateInterval(day, day)
    han = str.maketrans("0123456789", "〇一二三四五六七八九")

    def numeral(number: int) -> str:
        tens, ones = divmod(number, 10)
        return ("" if tens < 2 else str(tens)) + ("十" if tens else "") + (str(ones) if ones else "")

    chinese = f"{day.year}年{numeral(day.month)}月{numeral(day.day)}日".translate(han)
    for text in (day.isoformat(), f"{day:%Y%m%d}", f"{day.year}年{day.month}月{day.day}日", f"{day:%Y.%m.%d}", chinese):
        assert parse_date(text) == interval, text


@given(st.text(alphabet="0123456789年月日-./至一二十〇 o[]", max_size=30))
def test_nothing_makes_it_fail(text: str) -> None:
    parse_date(text)
    for found in find_dates(text, bare_years=True):
        assert 0 <= found.start < found.end <= len(text)
        assert found.interval.first <= found.interval.last
