"""Dates as intervals: parsing of one written date and finding of dates in text.

Every date is an interval from its first to its last day, so that a month or a partly known date can be compared with
any other. Stored form is that of EDTF written as ``YYYYMMDD``: unknown parts ``00``, inferred dates in ``[ ]``, ranges
with a dash. Absolute dates only: what "last year" means depends on a clock and is none of this module's business.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mappings.fold import fold

_DIGITS = str.maketrans("〇零一二三四五六七八九o", "00123456789" + "0")
_HAN = "〇零一二三四五六七八九十"
_EDGE_L, _EDGE_R = r"(?<![\d.])", r"(?!\d|\.\d)"
_YEAR = rf"(?P<y>(?:1[89]|2[0o])[\do]{{2}}|[一二][{_HAN[:-1]}]{{3}})"
_MONTH, _DAY = rf"(?P<m>\d{{1,2}}|[{_HAN}]{{1,3}})", rf"(?P<d>\d{{1,2}}|[{_HAN}]{{1,3}})"
_QUARTERS = {**dict.fromkeys("一1", 1), **dict.fromkeys("二2", 2), **dict.fromkeys("三3", 3), **dict.fromkeys("四4", 4)}

_FORMS = tuple(
    re.compile(_EDGE_L + form)
    for form in (
        rf"{_YEAR}\s*年\s*{_MONTH}\s*月\s*{_DAY}\s*日?(?![\d{_HAN}])",
        rf"{_YEAR}(?P<sep>[-/.]){_MONTH}(?P=sep){_DAY}{_EDGE_R}(?!-)",
        rf"(?P<y>(?:1[89]|20)\d\d)(?P<m>\d\d)(?P<d>\d\d){_EDGE_R}",
        rf"{_YEAR}\s*年?\s*(?P<half>[上下])半年",
        rf"{_YEAR}\s*年?\s*第?(?P<quarter>[一二三四1-4])季度",
        rf"{_YEAR}\s*年\s*{_MONTH}\s*月(?:份)?",
        rf"{_YEAR}[-/](?P<m>0?[1-9]|1[0-2]){_EDGE_R}(?![-/])",
        rf"{_YEAR}\s*年度?",
    )
)
_BARE_YEAR = re.compile(rf"(?<![\da-z.,-]){_YEAR}(?![\da-z]|[.,]\d|-\d)")
_JOINT = re.compile(r"\s*(?:-+|~+|至|到|\.\.)\s*")
_TAIL = re.compile(rf"\s*(?:-+|~+|至|到)\s*(?:{_MONTH}\s*月)?(?:\s*{_DAY}\s*日)?(?<=[月日])")
_YEAR_RANGE = re.compile(
    r"(?<![\d.-])(?P<a>(?:1[89]|20)\d\d)\s*年?\s*(?:-+|~|至|到|\.\.)\s*(?P<b>(?:1[89]|20)\d\d)\s*年?度?(?![\d-]|\.\d)"
)
_STORED = re.compile(r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)")


@dataclass(frozen=True, order=True)
class DateInterval:
    """First and last day, both inside. `is_inferred` marks a date in square brackets."""

    first: date
    last: date
    is_inferred: bool = False


@dataclass(frozen=True)
class FoundDate:
    """A date in a text: code point offsets and what it means. `is_partial`: a part of it was impossible."""

    start: int
    end: int
    interval: DateInterval
    is_partial: bool = False


def parse_date(text: str) -> DateInterval | None:
    """The interval of one date as typed or stored, or None when it is no date or not in the calendar."""
    folded = fold(text).strip()
    inferred = re.fullmatch(r"\((.*)\)", folded)  # folding turns [ ] into ( )
    if inferred:
        inside = parse_date(inferred[1])
        return DateInterval(inside.first, inside.last, is_inferred=True) if inside else None
    stored = _parse_stored(folded)
    if stored:
        return stored
    found = list(find_dates(folded, bare_years=True))
    if len(found) == 1 and (found[0].start, found[0].end) == (0, len(folded)) and not found[0].is_partial:
        return found[0].interval
    return None


def store_date(interval: DateInterval) -> str:
    """The stored form of an interval: a day, a month, a year, or a range from its first to its last day."""
    first, last = interval.first, interval.last
    shapes = {
        (first, first): f"{first:%Y%m%d}",
        (_year(first.year).first, _year(first.year).last): f"{first:%Y}0000",
        (first.replace(day=1), _months(first.year, first.month, first.month).last): f"{first:%Y%m}00",
    }
    stored = shapes.get((first, last), f"{first:%Y%m%d}-{last:%Y%m%d}")
    return f"[{stored}]" if interval.is_inferred else stored


def find_dates(text: str, *, bare_years: bool = False) -> Iterator[FoundDate]:
    """Dates in reading order, ranges joined. `bare_years` also takes a number such as 2023 for a year."""
    folded = fold(text)
    single = _find_single(folded, bare_years=bare_years)
    while single:
        head = single.pop(0)
        tail = _short_tail(folded, head)
        if single and _JOINT.fullmatch(folded, head.end, single[0].start):
            tail = single[0]
        if tail and head.interval.first <= tail.interval.last:
            span = DateInterval(head.interval.first, tail.interval.last)
            head = FoundDate(head.start, tail.end, span, head.is_partial or tail.is_partial)
            single = [later for later in single if later.start >= head.end]
        yield head


def _short_tail(folded: str, head: FoundDate) -> FoundDate | None:
    """The end of a range that leaves out what it shares with its beginning: 2024年1月—6月, 5月1日至31日."""
    match = _TAIL.match(folded, head.end)
    if not match:
        return None
    end = head.interval.last
    month = _number(match["m"]) if match["m"] else end.month
    interval = _day(end.year, month, _number(match["d"])) if match["d"] else _month(end.year, month)
    return FoundDate(match.start(), match.end(), interval) if interval else None


def _find_single(folded: str, *, bare_years: bool) -> list[FoundDate]:
    taken: list[tuple[int, int]] = []
    found: list[FoundDate] = []

    def take(match: re.Match[str], dated: FoundDate | None) -> None:
        if any(match.start() < end and start < match.end() for start, end in taken):
            return
        taken.append(match.span())
        if dated:
            found.append(dated)

    for match in _YEAR_RANGE.finditer(folded):
        first, last = int(match["a"]), int(match["b"])
        if first <= last:
            take(match, FoundDate(*match.span(), DateInterval(date(first, 1, 1), date(last, 12, 31))))
    for form in _FORMS:
        for match in form.finditer(folded):
            take(match, _read(match))
    if bare_years:
        for match in _BARE_YEAR.finditer(folded):
            take(match, FoundDate(*match.span(), _year(int(match["y"].translate(_DIGITS)))))
    return sorted(found, key=lambda dated: dated.start)


def _parse_stored(folded: str) -> DateInterval | None:
    first, _, last = folded.partition("-")
    ends = [_stored_day(part) for part in ((first, last) if last else (first,))]
    if any(end is None for end in ends):
        return None
    known = [end for end in ends if end is not None]
    return DateInterval(known[0].first, known[-1].last) if known[0].first <= known[-1].last else None


def _stored_day(text: str) -> DateInterval | None:
    match = _STORED.fullmatch(text)
    if not match:
        return None
    year, month, day = (int(match[part]) for part in "ymd")
    if not 1 <= year <= 9999:
        return None
    if not month:
        return None if day else _year(year)
    return _month(year, month) if not day else _day(year, month, day)


def _read(match: re.Match[str]) -> FoundDate | None:
    parts = match.groupdict()
    year = int(parts["y"].translate(_DIGITS))
    interval: DateInterval | None
    if parts.get("half"):
        first_half = parts["half"] == "上"
        interval = _months(year, 1, 6) if first_half else _months(year, 7, 12)
    elif parts.get("quarter"):
        quarter = _QUARTERS[parts["quarter"]]
        interval = _months(year, 3 * quarter - 2, 3 * quarter)
    elif parts.get("d"):
        interval = _day(year, _number(parts["m"]), _number(parts["d"]))
    elif parts.get("m"):
        interval = _month(year, _number(parts["m"]))
        if interval is None:  # 2023年13月: the year is still told
            return FoundDate(match.start(), match.end(), _year(year), is_partial=True)
    else:
        interval = _year(year)
    return FoundDate(match.start(), match.end(), interval) if interval else None


def _number(text: str) -> int:
    """Value of one or two digits or of Chinese numerals up to 99; 0 when they make no number."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.partition("十")
    if not ten:
        return int(text.translate(_DIGITS)) if len(text) <= 2 else 0
    if len(tens) > 1 or len(ones) > 1:
        return 0
    return 10 * int((tens or "一").translate(_DIGITS)) + int((ones or "〇").translate(_DIGITS))


def _year(year: int) -> DateInterval:
    return DateInterval(date(year, 1, 1), date(year, 12, 31))


def _months(year: int, first: int, last: int) -> DateInterval:
    return DateInterval(date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1]))


def _month(year: int, month: int) -> DateInterval | None:
    return _months(year, month, month) if 1 <= month <= 12 else None


def _day(year: int, month: int, day: int) -> DateInterval | None:
    try:
        moment = date(year, month, day)
    except ValueError:
        return None
    return DateInterval(moment, moment)
