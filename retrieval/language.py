"""The query language: typed text to clauses. Nothing typed makes it fail; what has no meaning is searched as text.

Blank means AND. ``"…"`` is an exact phrase, ``-word`` and ``NOT word`` exclude, ``题名:`` and a few other names search
one field. Numbers and dates are recognised before anything is cut into words. No typed text ever reaches the query
language of the engine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import rjieba

from mappings.analysis import iter_tokens, split_segments
from mappings.dates import DateInterval, find_dates
from mappings.fold import fold
from mappings.numbers import NumberKind, Recognised, keys_of_field, recognise_numbers
from retrieval.messages import Notice

_DATA = Path(__file__).parent / "data"
_QUOTES = str.maketrans(dict.fromkeys("“”„‟「」『』", '"'))
_QUOTED = re.compile(r'(?P<minus>(?<!\S)(?:-|not\s+))?"(?P<text>[^"]*)"')
_EXCLUDED = re.compile(r"(?<!\S)(?:-(?![-\s])|not\s+(?!not\b))(?P<text>[^\s\ue000]+)")
_FIELD = re.compile(r"(?<!\S)(?P<name>[a-z_]{2,12}|[\u4e00-\u9fff]{2,4}):(?P<text>[^\s\ue000]+)")
_LABEL = re.compile(
    r"(?:(?:合同|采购|项目|设备|资产|出厂|发票|凭证|档案|文件|序列)?(?:编号|号码)|文号|档号|图号|合同号|发票号|序列号|病案号|病历号"
    r"|住院号|门诊号|身份证号|手机号|电话)\s*:?\s*$"
)
_TAKEN = "\ue000"
"""Stands in for what was already understood; a private character that no pattern of numbers or words accepts."""

MAX_CLAUSES = 32
"""Required clauses looked for, the first ones typed; a pasted page would cost seconds and find nothing."""

TITLE_FIELD, CREATOR_FIELD = "title", "creator"
FIELD_NAMES = {
    **dict.fromkeys(("题名", "title"), TITLE_FIELD),
    **dict.fromkeys(("责任者", "creator"), CREATOR_FIELD),
    **dict.fromkeys(("文号", "doc_no"), "doc_no"),
    **dict.fromkeys(("档号", "code"), "archival_code"),
    **dict.fromkeys(("图号", "drawing_no"), "drawing_no"),
    **dict.fromkeys(("合同", "contract_no"), "contract_no"),
    **dict.fromkeys(("设备", "equip_no"), "equip_no"),
}


@dataclass(frozen=True)
class Words:
    """Folded text that must occur as it stands: one word of the query, or a quoted phrase."""

    text: str
    is_quoted: bool = False


@dataclass(frozen=True)
class Number:
    """A recognised number; `text` is how it was typed, folded."""

    found: Recognised
    text: str

    @property
    def is_secret(self) -> bool:
        """Whether it can only be a number that identifies a person."""
        return self.found.kind in (NumberKind.PATIENT, NumberKind.PERSON, NumberKind.PHONE)


@dataclass(frozen=True)
class Dated:
    """A date or span of dates."""

    interval: DateInterval
    text: str


@dataclass(frozen=True)
class InField:
    """A value sought in one field: its words in the title or the creator, or exact keys of a number."""

    field: str
    text: str
    keys: tuple[str, ...] = ()


Clause = Words | Number | Dated | InField


@dataclass(frozen=True)
class ParsedQuery:
    """What a query means. `parts` are the typed parts as they stand, for ranking and marking by whole phrases."""

    required: tuple[Clause, ...] = ()
    excluded: tuple[Clause, ...] = ()
    parts: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    is_empty: bool = False

    @property
    def words(self) -> tuple[str, ...]:
        """Texts of all required clauses that are looked for in text."""
        return tuple(c.text for c in self.required if isinstance(c, Words | Number))

    @property
    def firm(self) -> tuple[Clause, ...]:
        """Required clauses that close results must meet too: numbers, dates, fields, quotes, Latin words and digits."""
        return tuple(clause for clause in self.required if not _is_soft(clause))

    @property
    def soft(self) -> tuple[str, ...]:
        """Words that close results may have in part."""
        return tuple(clause.text for clause in self.required if isinstance(clause, Words) and _is_soft(clause))

    @property
    def is_blank(self) -> bool:
        """Whether something was typed that holds nothing to search for."""
        return not self.is_empty and not self.required and not self.excluded


def _is_soft(clause: Clause) -> bool:
    return isinstance(clause, Words) and not clause.is_quoted and not clause.text.isascii()


@cache
def _stop_words() -> frozenset[str]:
    lines = (_DATA / "stop_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


def parse_query(text: str) -> ParsedQuery:
    """The meaning of a query; never fails."""
    if not text.strip():
        return ParsedQuery(is_empty=True)
    return _Parser(text).parse()


class _Parser:
    """Takes meanings out of the text one after the other, the most certain first."""

    def __init__(self, text: str) -> None:
        self.raw = text.translate(_QUOTES)
        self.rest = fold(self.raw)
        self.required: list[tuple[int, Clause]] = []
        self.excluded: list[Clause] = []
        self.parts: list[tuple[int, str]] = []
        self.notices: list[Notice] = []

    def parse(self) -> ParsedQuery:
        self._take_operators()
        self._take_quoted()
        self._take_excluded()
        self._take_fields()
        self._take_numbers()
        self._take_dates()
        self._take_words()
        required = list(dict.fromkeys(clause for _, clause in sorted(self.required, key=lambda pair: pair[0])))
        excluded = list(dict.fromkeys(self.excluded))
        parts = list(dict.fromkeys(part for _, part in sorted(self.parts)))
        if max(len(required), len(excluded), len(parts)) > MAX_CLAUSES:
            self.notices.append(Notice.QUERY_CUT)
            required, excluded, parts = required[:MAX_CLAUSES], excluded[:MAX_CLAUSES], parts[:MAX_CLAUSES]
        found = ParsedQuery(tuple(required), tuple(excluded), tuple(parts), tuple(self.notices))
        if found.is_blank:
            return ParsedQuery(notices=(*found.notices, Notice.NOTHING_TO_SEARCH))
        return found

    def _take(self, start: int, end: int) -> None:
        self.rest = self.rest[:start] + _TAKEN * (end - start) + self.rest[end:]

    def _take_operators(self) -> None:
        for match in re.finditer(r"(?<!\S)(?:OR|AND|\|\|?|&&?)(?!\S)", self.raw):
            self.rest = self.rest[: match.start()] + " " * len(match[0]) + self.rest[match.end() :]
            if match[0] in ("OR", "|", "||"):
                self.notices.append(Notice.OPERATOR_IGNORED)

    def _take_quoted(self) -> None:
        for match in _QUOTED.finditer(self.rest):
            self._take(*match.span())
            for segment in split_segments(match["text"]):
                if not any(iter_tokens(segment)):
                    continue
                clause = Words(segment.strip(), is_quoted=True)
                if match["minus"]:
                    self.excluded.append(clause)
                else:
                    self.required.append((match.start(), clause))
                    self.parts.append((match.start(), clause.text))
        if '"' in self.rest:
            self.rest = self.rest.replace('"', " ")
            self.notices.append(Notice.QUOTE_IGNORED)

    def _take_excluded(self) -> None:
        for match in _EXCLUDED.finditer(self.rest):
            self._take(*match.span())
            numbers = recognise_numbers(match["text"])
            if len(numbers) == 1 and numbers[0].end - numbers[0].start == len(match["text"]):
                self.excluded.append(Number(numbers[0], match["text"]))
            elif any(iter_tokens(match["text"])):
                self.excluded.append(Words(match["text"]))

    def _take_fields(self) -> None:
        for match in _FIELD.finditer(self.rest):
            field = FIELD_NAMES.get(match["name"])
            if field is None or not any(iter_tokens(match["text"])):
                continue
            self._take(*match.span())
            if field in (TITLE_FIELD, CREATOR_FIELD):
                for word in _cut(match["text"]):
                    self.required.append((match.start(), InField(field, word)))
            else:
                keys = tuple(sorted(keys_of_field(field, match["text"])))
                self.required.append((match.start(), InField(field, match["text"], keys)))
            self.parts.append((match.start(), match["text"]))

    def _take_numbers(self) -> None:
        for found in recognise_numbers(self.rest):
            if found.kind is NumberKind.DIGITS and list(find_dates(self.rest[found.start : found.end])):
                continue  # 20230512 is a day
            text = self.rest[found.start : found.end]
            label = _LABEL.search(self.rest, 0, found.start)
            self._take(label.start() if label else found.start, found.end)
            self.required.append((found.start, Number(found, text)))
            self.parts.append((found.start, text))

    def _take_dates(self) -> None:
        for found in find_dates(self.rest, bare_years=True):
            text = self.rest[found.start : found.end]
            self._take(found.start, found.end)
            self.required.append((found.start, Dated(found.interval, text)))

    def _take_words(self) -> None:
        parts = [match for match in re.finditer(rf"[^\s{_TAKEN}]+", self.rest) if any(iter_tokens(match[0]))]
        words = [(match.start(), word) for match in parts for word in _cut(match[0])]
        asked = [(place, word) for place, word in words if word not in _stop_words()]
        if not asked and not self.required and not self.excluded:
            asked = words
        self.required += [(place, Words(word)) for place, word in asked]
        self.parts += [(match.start(), match[0]) for match in parts]


def _cut(text: str) -> list[str]:
    """Query words of one typed part: dictionary words of Han runs, every other token by itself."""
    words: list[str] = []
    run = ""
    last = 0
    for token in iter_tokens(text):
        if not token.is_han or token.start != last:
            words += rjieba.cut(run) if run else []
            run = ""
        if token.is_han:
            run += text[token.start]
        else:
            words.append(text[token.start : token.end])
        last = token.end
    return words + (rjieba.cut(run) if run else [])
