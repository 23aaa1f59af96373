"""Masking: finds sensitive spans in a text and replaces them by stars of equal length.

Threat: names of patients, their numbers, addresses and diagnoses leave by titles, snippets, page images or the index.
Three sources find them, the strongest first: values known from the record itself (found also letter-spaced, broken
over lines, in full width or traditional characters), labelled patterns, patterns with check digits. Guarantees, each
held by a test: lengths never change, masking a masked text changes nothing, no known value stays readable. Residual
risk: names that stand in free text only, without label and unknown to the record. Pure functions; originals are
untouched. Law: Personal Information Protection Law, articles 28, 29 and 51; levels of GB/T 39725-2020.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from archive.masking_patterns import HAN, Kind, Span, iter_pattern_spans
from mappings.fold import fold

__all__ = ["Kind", "KnownValue", "Span", "find_sensitive_spans", "mask"]

STAR = "*"
COMPOUND_SURNAMES = frozenset(["欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐"])

_SEPARATORS = " \t\n\r\f\v-_·"
_DROP_SEPARATORS = str.maketrans("", "", _SEPARATORS)
_BETWEEN_VALUES = re.compile(r"[,、;/|()。\n]+")
_BETWEEN_PARTS = re.compile(r"[,、;/|()。\s]+")
_NUMBER = re.compile(r"\+?\d[\d -]{5,}\d")
_HAN_RUN = re.compile(rf"[{HAN}·]{{2,6}}")
_EMBEDDABLE = 8  # digits; a longer number is masked even inside another, a shorter one only on its own
_SHORTEST_NUMBER = 4

_PLACE = rf"(?:(?![路街巷道村镇乡里弄号])[{HAN}])"
_DISTRICT = re.compile(
    rf"(?:{_PLACE}{{2,8}}?(?:省|自治区))?(?:{_PLACE}{{2,10}}?(?:市(?!场)|自治州|地区|盟))?"
    rf"(?:{_PLACE}{{1,8}}?(?:(?<![小社园校厂院景片])区|县|旗|市(?!场)))?"
)


@dataclass(frozen=True)
class KnownValue:
    """A value of the record itself. `kind` is name, id_number, phone, address, birth, bank_account, contact (a name
    with numbers); everything else is hidden whole, in all its parts."""

    value: str = field(repr=False)
    kind: str


@dataclass(frozen=True, slots=True)
class _Needle:
    """What to look for in folded text without separators."""

    text: str
    kind: Kind
    alone: bool


def find_sensitive_spans(
    text: str, *, known_values: Sequence[KnownValue], medical_or_personnel: bool, before_2000: bool = False
) -> tuple[Span, ...]:
    """Sensitive spans of a text: sorted, apart from each other, in code points.

    `medical_or_personnel`: the paper belongs to a class about patients or staff, where wrong numbers, addresses and
    findings count too. `before_2000`: 15-digit citizen numbers occur.
    """
    folded = masked = fold(text)
    needles = tuple(needle for known in known_values for needle in _needles(known))
    spans: tuple[Span, ...] = ()
    while True:
        # What a mask leaves may make a new number with its neighbours, so the masked text is searched once more.
        found = list(iter_pattern_spans(masked, personal=medical_or_personnel, before_2000=before_2000))
        found.extend(_iter_known_spans(masked, needles))
        if not found:
            return spans
        merged = tuple(_merge(folded, (*spans, *found)))
        again = _apply(folded, folded, merged)
        if again == masked:
            return spans
        masked, spans = again, merged


def mask(text: str, spans: Iterable[Span]) -> str:
    """The text with its sensitive spans starred, as long as before; the first and last characters stay that the kind
    allows, and so do blanks and line ends."""
    chosen = tuple(spans)
    return _apply(text, fold(text), chosen) if chosen else text


def _apply(text: str, folded: str, spans: Iterable[Span]) -> str:
    chars = list(text)
    for span in spans:
        for offset in _iter_hidden(folded, span):
            chars[offset] = STAR
    return "".join(chars)


def _iter_hidden(folded: str, span: Span) -> Iterator[int]:
    """Offsets that a span hides."""
    piece = folded[span.start : span.end]
    if span.kind is Kind.EMAIL:
        local = piece.index("@")
        return (span.start + i for i in range(local > 1, local) if not piece[i].isspace())
    if span.kind is Kind.ADDRESS:
        kept = _district_length(piece)
        return (span.start + i for i in range(kept, len(piece)) if not piece[i].isspace())
    if span.kind is Kind.HIDDEN:
        return (span.start + i for i, char in enumerate(piece) if not char.isspace())
    places = [i for i, char in enumerate(piece) if char.isalnum()]
    head, tail = _kept_ends(span.kind, "".join([piece[i] for i in places]))
    return (span.start + i for i in places[head : len(places) - tail])


def _kept_ends(kind: Kind, value: str) -> tuple[int, int]:
    """How many first and last characters of a value stay. A value of unexpected length stays hidden whole."""
    size = len(value)
    if kind is Kind.NAME:
        return (2 if size > 2 and value[:2] in COMPOUND_SURNAMES else int(size > 1)), 0
    if kind is Kind.PHONE and size >= 7:
        return _area_code_length(value), 3
    if (kind is Kind.ID_NUMBER and size in (15, 18)) or (kind is Kind.MOBILE and size == 11):
        return 3, 4
    if kind is Kind.ACCOUNT and size >= 12:
        return 4, 4
    return (2, 2) if kind is Kind.PLATE else (0, 0)


def _area_code_length(digits: str) -> int:
    if not digits.startswith("0"):
        return 0
    return 3 if digits[1] in "12" else 4


def _district_length(address: str) -> int:
    district = _DISTRICT.match(address)
    return district.end() if district else 0


def _merge(folded: str, spans: Iterable[Span]) -> Iterator[Span]:
    """Joins overlapping spans. The joint span takes a kind that hides at least what each of them hides."""
    current: Span | None = None
    for span in sorted(set(spans), key=lambda s: (s.start, -s.end, s.kind)):
        if current is None:
            current = span
        elif span.start < current.end:
            current = _join(folded, current, span)
        else:
            yield current
            current = span
    if current is not None:
        yield current


def _join(folded: str, first: Span, second: Span) -> Span:
    start, end = first.start, max(first.end, second.end)
    if first.kind is Kind.HIDDEN and end == first.end:
        return first
    hidden = {*_iter_hidden(folded, first), *_iter_hidden(folded, second)}
    for kind in (first.kind, second.kind):
        joint = Span(start, end, kind)
        if hidden <= set(_iter_hidden(folded, joint)):
            return joint
    return Span(start, end, Kind.HIDDEN)


def _iter_known_spans(folded: str, needles: Sequence[_Needle]) -> Iterator[Span]:
    if not needles:
        return
    compact = folded.translate(_DROP_SEPARATORS)
    places: list[int] = []
    for needle in needles:
        at = compact.find(needle.text)
        while at >= 0:
            places = places or [i for i, char in enumerate(folded) if char not in _SEPARATORS]
            start, end = places[at], places[at + len(needle.text) - 1] + 1
            if not (needle.alone and _is_inside_word(folded, start, end)):
                yield Span(start, end, needle.kind)
            at = compact.find(needle.text, at + 1)


def _is_inside_word(folded: str, start: int, end: int) -> bool:
    around = folded[start - 1 : start] + folded[end : end + 1]
    return any(char.isascii() and char.isalnum() for char in around)


@lru_cache(maxsize=256)  # the pages of a file are masked one after the other with the same values
def _needles(known: KnownValue) -> tuple[_Needle, ...]:
    return tuple(_iter_needles(known))


def _iter_needles(known: KnownValue) -> Iterator[_Needle]:
    value = fold(known.value).strip()
    match known.kind:
        case "name":
            yield from _each(Kind.NAME, _BETWEEN_VALUES.split(value))
        case "id_number":
            yield from _each(Kind.ID_NUMBER, [value])
        case "phone":
            yield from _phones(_BETWEEN_VALUES.split(value))
        case "bank_account":
            yield from _each(Kind.ACCOUNT, [value])
        case "contact":
            yield from _phones(_NUMBER.findall(value))
            yield from _each(Kind.NAME, _HAN_RUN.findall(value)[:1])
        case "birth":
            yield from _each(Kind.HIDDEN, _dates(value))
        case "address":
            tail = value[_district_length(value) :]
            if tail:
                yield from _each(Kind.ADDRESS, [value])
                yield from _each(Kind.HIDDEN, [tail] if len(tail) > 2 else [])
        case _:
            yield from _each(Kind.HIDDEN, [value, *_BETWEEN_PARTS.split(value)])


def _each(kind: Kind, values: Iterable[str]) -> Iterator[_Needle]:
    for value in dict.fromkeys(value.translate(_DROP_SEPARATORS) for value in values):
        is_number = value.isascii() and any(char.isdigit() for char in value)
        if len(value) >= (_SHORTEST_NUMBER if is_number else 2):
            yield _Needle(value, kind, alone=value.isascii() and not (is_number and len(value) >= _EMBEDDABLE))


def _phones(values: Iterable[str]) -> Iterator[_Needle]:
    for value in values:
        digits = value.translate(_DROP_SEPARATORS).removeprefix("+86")
        is_mobile = len(digits) == 11 and digits.startswith("1")
        yield from _each(Kind.MOBILE if is_mobile else Kind.PHONE, [digits])


def _dates(value: str) -> Iterator[str]:
    """The ways of writing a day; a value that is no whole day only as it is."""
    yield value
    parts = re.fullmatch(r"(\d{4})[-./年]?(\d{1,2})[-./月]?(\d{1,2})日?", value)
    if parts is None:
        return
    year, month, day = (int(part) for part in parts.groups())
    for form in ("{}年{}月{}日", "{}.{}.{}", "{}/{}/{}", "{}{}{}"):
        yield form.format(year, f"{month:02}", f"{day:02}")
        yield form.format(year, month, day)
    digits = "".join("〇一二三四五六七八九"[int(digit)] for digit in str(year))
    yield f"{digits}年{_numeral(month)}月{_numeral(day)}日"


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else "一二三"[tens - 1]) + "十" if tens else ""
    return ten + ("一二三四五六七八九"[ones - 1] if ones else "")
