"""Text of a page as one reads it: lines that end only because their column does are joined with the next.

What is stored, masked, searched and marked stays by line; only whoever asks for the text alone gets it so. A line
break stays wherever it may mean something: after a sentence, before an item, a heading or a label, between the rows
and cells of a table, between lines of unequal length, and where lines have no place on the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from archive.texts import Line, PageText

# Measures are heights of a line.
_TOUCHING: Final = 0.5  # parts of one row that recognition cut apart lie closer
_SAME_EDGE: Final = 0.8
_INDENT: Final = 2.8  # the first line of a paragraph stands in by two characters
_FARTHEST: Final = 2.5  # from the middle of a line to that of the next
_LEAST_LENGTH: Final = 11.0  # shorter lines are rather entries than prose
_RAGGED: Final = 0.3
_HEIGHTS: Final = (0.7, 1.4)
_MOST_RAGGED: Final = 0.3
"""Share of the lines of a column that end early without ending a sentence: above it the column is a list."""

_SENTENCE_END = re.compile(r"[。！？；：…!?;:.][”’」』）)\]】》\"']*$")
_WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff“”‘’…—·"
_BEGINS_WIDE, _ENDS_WIDE = re.compile(f"[{_WIDE}]"), re.compile(f"[{_WIDE}]$")
_UNIT = re.compile(rf"[“‘「『（《【〔]*[{_WIDE}][，。、；：？！”’」』）》】〕]*|\S+")
"""What cannot be parted: a word, or a character with the marks that stand by it."""
_NUMERAL = "一二三四五六七八九十百零〇"
_ITEM = re.compile(
    rf"[（(]?[{_NUMERAL}\d]{{1,3}}[）)、.．](?!\d)|第[{_NUMERAL}\d]{{1,4}}[章节条款项编卷]|附[件表录注则]|[①-⑳]"
    r"|[a-zA-Z][).、]|[-•·●○■□◆◇★☆※*]\s?"
)
_LABEL = re.compile(r"[^，。；,.;]{1,10}[:：]")


@dataclass(frozen=True)
class _Row:
    """What stands side by side without a gap; `begin` to `end` along the reading, `top` to `bottom` across it."""

    lines: tuple[Line, ...]
    begin: float
    end: float
    top: float
    bottom: float
    is_cell: bool = False

    @property
    def text(self) -> str:
        return _join(line.text for line in self.lines)

    @property
    def height(self) -> float:
        return self.bottom - self.top


def join_wrapped(page: PageText) -> str:
    """The text of a page with its wrapped lines joined: Chinese without a blank, other words with one."""
    paragraphs: list[str] = []
    placed: list[_Row] = []
    for line in page.lines:
        row = _place(line)
        if row is None:
            paragraphs += [*_iter_paragraphs(placed), line.text]
            placed = []
        else:
            placed.append(row)
    return "\n".join([*paragraphs, *_iter_paragraphs(placed)])


def _place(line: Line) -> _Row | None:
    """The line as if it were read from left to right and the next stood below it."""
    if line.box is None or line.box[0] >= line.box[2] or line.box[1] >= line.box[3]:
        return None
    left, top, right, bottom = line.box
    match line.vertical, line.is_backwards:
        case False, False:
            return _Row((line,), left, right, top, bottom)
        case False, True:
            return _Row((line,), -right, -left, -bottom, -top)
        case True, False:
            return _Row((line,), top, bottom, -right, -left)
        case _:
            return _Row((line,), -bottom, -top, left, right)


def _iter_paragraphs(placed: Sequence[_Row]) -> Iterator[str]:
    for column in _iter_columns(_build_rows(placed)):
        yield from _join_column(column)


def _build_rows(placed: Sequence[_Row]) -> list[_Row]:
    """Neighbours in one row joined where they touch, and known as cells where they do not."""
    rows: list[_Row] = []
    for one in placed:
        last = rows[-1] if rows else None
        if last is None or not _is_beside(last, one):
            rows.append(one)
        elif one.begin - last.end <= _TOUCHING * last.height:
            joined = (*last.lines, *one.lines)
            top, bottom = min(last.top, one.top), max(last.bottom, one.bottom)
            rows[-1] = _Row(joined, last.begin, max(last.end, one.end), top, bottom, last.is_cell)
        else:
            rows[-1] = replace(last, is_cell=True)
            rows.append(replace(one, is_cell=True))
    return rows


def _is_beside(one: _Row, other: _Row) -> bool:
    shared = min(one.bottom, other.bottom) - max(one.top, other.top)
    return shared > min(one.height, other.height) / 2 and _is_alike(one, other) and other.begin > one.begin


def _is_alike(one: _Row, other: _Row) -> bool:
    """Whether they may be of one text: written alike and of like height."""
    smallest, largest = _HEIGHTS
    first, second = one.lines[-1], other.lines[0]
    is_turned_alike = (first.vertical, first.is_backwards) == (second.vertical, second.is_backwards)
    return is_turned_alike and smallest <= other.height / one.height <= largest


def _iter_columns(rows: Sequence[_Row]) -> Iterator[list[_Row]]:
    """Rows below each other from one edge; a first line that stands in begins a paragraph of its column."""
    column: list[_Row] = []
    for row in rows:
        if column and not _is_below(column[-1], row):
            yield column
            column = []
        column.append(row)
    if column:
        yield column


def _is_below(one: _Row, other: _Row) -> bool:
    if one.is_cell or other.is_cell or not _is_alike(one, other):
        return False
    height = one.height
    is_near = 0 < other.top + other.bottom - one.top - one.bottom <= 2 * _FARTHEST * height
    return is_near and abs(one.begin - other.begin) <= _INDENT * height


def _join_column(column: Sequence[_Row]) -> Iterator[str]:
    """The paragraphs of a column."""
    edge = max(row.end for row in column)
    open_ends = [(row, after) for row, after in pairwise(column) if not _SENTENCE_END.search(row.text)]
    ragged = sum(not _is_full(row, after, edge) for row, after in open_ends)
    is_list = ragged > _MOST_RAGGED * len(open_ends)
    paragraph = [column[0].text]
    for row, after in pairwise(column):
        if not is_list and _is_wrapped(row, after, edge):
            paragraph.append(after.text)
        else:
            yield _join(paragraph)
            paragraph = [after.text]
    yield _join(paragraph)


def _is_wrapped(row: _Row, after: _Row, edge: float) -> bool:
    """Whether the row ends only because the column does."""
    is_entry = row.text[-1].isdigit() and after.text[0].isdigit()
    stands_in = after.begin - row.begin > _SAME_EDGE * row.height
    if is_entry or stands_in or _ITEM.match(after.text) or _LABEL.match(after.text) or _SENTENCE_END.search(row.text):
        return False
    return row.end - row.begin >= _LEAST_LENGTH * row.height and _is_full(row, after, edge)


def _is_full(row: _Row, after: _Row, edge: float) -> bool:
    """Whether the first word of the next row had no room in this one."""
    first = after.lines[0]
    unit = _UNIT.match(first.text)
    box = first.span_box(0, unit.end()) if unit else None
    if box is None:
        return False
    needed = box[3] - box[1] if first.vertical else box[2] - box[0]
    return edge - row.end < needed + _RAGGED * row.height


def _join(texts: Iterable[str]) -> str:
    """Pieces of a text that goes on from one to the next."""
    joined = ""
    for text in texts:
        is_wide = _ENDS_WIDE.search(joined) or _BEGINS_WIDE.match(text)
        joined += text if not joined or is_wide or joined.endswith("-") else f" {text}"
    return joined
