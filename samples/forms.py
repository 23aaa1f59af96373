"""Ruled forms: every body line is a row, "name：value" pairs are its cells, some of them filled in by hand."""

from __future__ import annotations

import re
from dataclasses import dataclass

from samples.layouts import new_sheet
from samples.records import HAND_MARK, Record
from samples.sheet import A4, A4_LANDSCAPE, BLUE_INK, Sheet, Type, measure, wrap
from samples.stamps import press_seals

LABEL = Type("hei", 38)
VALUE = Type("song", 40, leading=1.5)
WRITTEN = Type("hand", 52, BLUE_INK)
FOOT = Type("song", 30)
SIGNED = {
    "检验",
    "审核",
    "工程师",
    "影像科确认",
    "验收人",
    "经办",
    "复核",
    "装订",
    "会计主管",
    "使用科室",
    "设备科",
    "主治医师",
    "住院医师",
    "派工",
}
"""Cells that people sign or fill in with a pen even on printed forms."""
PLAIN_KEYS = 12
"""Longest name of a cell; what stands before a later colon is running text."""


@dataclass(frozen=True)
class Cell:
    """One cell: its printed name (may be empty), its content, and whether that is written by hand."""

    name: str
    value: str
    by_hand: bool = False


def form(record: Record) -> list[Sheet]:
    """A form on A4. Handwriting after the last printed line stands below the ruled part; `turn` begins page two."""
    groups: list[list[str]] = [[]]
    title, number, lines = _heading(record)
    for line in lines:
        if record.render.turn and line.startswith(record.render.turn):
            groups.append([])
        groups[-1].append(line)
    pages = []
    for position, group in enumerate(groups):
        sheet = new_sheet(record, A4)
        sheet.margin, sheet.y = 150, 240
        if position == 0:
            _head(sheet, title, number)
        ruled = max((index for index, line in enumerate(group) if not line.startswith(HAND_MARK)), default=-1) + 1
        _rows(sheet, [_cells(line) for line in group[:ruled]])
        _notes(sheet, group[ruled:])
        if len(groups) > 1:
            foot = f"第{position + 1}页"
            sheet.put((sheet.size[0] - measure(foot, FOOT)) / 2, sheet.size[1] - 170, foot, FOOT)
            sheet.note(foot)
        pages.append(sheet)
    last = pages[-1]
    press_seals(last, record.render.seals, [(last.right - 260, last.y + 60)], record.rng("seal"))
    return pages


def grid(record: Record) -> list[Sheet]:
    """A register on A4 landscape: "|" lines are its rows, the other lines follow below."""
    sheet = new_sheet(record, A4_LANDSCAPE)
    sheet.margin, sheet.y = 120, 170
    sheet.line(record.title, Type("hei-bold", 62, spacing=6), align="centre")
    sheet.y += 30
    rows = [[cell.strip() for cell in line.split("|")] for line in record.lines if "|" in line]
    widths = _widths(rows, sheet.width)
    for index, row in enumerate(rows + [[""] * len(rows[0])] * 3):
        _grid_row(sheet, row, widths, head=index == 0)
    sheet.y += 30
    _notes(sheet, [line for line in record.lines if "|" not in line])
    return [sheet]


def _heading(record: Record) -> tuple[str, str, list[str]]:
    """Title, number and the remaining lines: a first part without colon is the form's own title."""
    lines = record.lines
    parts = re.split("　+", lines[0])
    if "：" not in parts[0] and len(parts[0]) > 3:
        return parts[0], "　".join(parts[1:]), lines[1:]
    return record.title.split("（")[0], "", lines


def _head(sheet: Sheet, title: str, number: str) -> None:
    sheet.centred_block(title, Type("hei-bold", 64, spacing=8, leading=1.7), room=sheet.width - 40)
    if number:
        sheet.line(number, Type("song", 40), align="right", indent=10)
    sheet.y += 20


def _cells(line: str) -> list[Cell]:
    if line.startswith(HAND_MARK):
        return [Cell("", line.removeprefix(HAND_MARK), by_hand=True)]
    cells: list[Cell] = []
    for part in re.split("　+", line):
        name, colon, value = part.partition("：")
        if not colon and re.fullmatch(r"\S{2,6} [\d.]+\s?\S*", part):
            name, colon, value = part.partition(" ")
        if colon and 0 < len(name) <= PLAIN_KEYS and not re.match("[一二三四五六七八九]、", name):
            by_hand = value.startswith(HAND_MARK) or name in SIGNED
            cells.append(Cell(name, value.removeprefix(HAND_MARK).removeprefix("（签字）"), by_hand=by_hand))
        elif cells and not colon and len(part) <= 6:
            last = cells.pop()
            cells.append(Cell(last.name, f"{last.value}　{part}", by_hand=last.by_hand))
        else:
            cells.append(Cell("日期" if re.fullmatch(r"\d{4}[年.]\d+[月.]\d+日?", part) else "", part))
    return cells


def _rows(sheet: Sheet, rows: list[list[Cell]]) -> None:
    top = sheet.y
    for row in rows:
        for part in _fit(sheet, row):
            _row(sheet, part)
    sheet.draw.rectangle([sheet.margin, top, sheet.right, sheet.y], outline=(20, 20, 20), width=5)


def _need(cell: Cell) -> int:
    """Width a cell would like, in pixels."""
    style = WRITTEN if cell.by_hand else VALUE
    label = measure(cell.name, LABEL) + 56 if cell.name else 0
    return label + max(140, measure(cell.value, style) + 56)


def _fit(sheet: Sheet, row: list[Cell]) -> list[list[Cell]]:
    """Splits a row that is too full into rows that fit."""
    fitted: list[list[Cell]] = [[]]
    for cell in row:
        if fitted[-1] and sum(map(_need, [*fitted[-1], cell])) > sheet.width:
            fitted.append([])
        fitted[-1].append(cell)
    return fitted


def _row(sheet: Sheet, row: list[Cell]) -> None:
    spare = max(0, sheet.width - sum(map(_need, row))) // len(row)
    widths = [_need(cell) + spare for cell in row]
    widths[-1] += sheet.width - sum(widths)
    left, laid, height = sheet.margin, [], 112
    for cell, width in zip(row, widths, strict=True):
        label = measure(cell.name, LABEL) + 56 if cell.name else 0
        style = WRITTEN if cell.by_hand else VALUE
        pieces = wrap(cell.value, style, width - label - 44)
        laid.append((cell, left, label, style, pieces))
        height = max(height, len(pieces) * style.line + 46)
        left += width
    for cell, x, label, style, pieces in laid:
        _draw_cell(sheet, cell, (x, label, height), style, pieces)
    sheet.y += height
    sheet.rule(sheet.y, 3)


def _draw_cell(sheet: Sheet, cell: Cell, place: tuple[int, int, int], style: Type, pieces: list[str]) -> None:
    x, label, height = place
    if x > sheet.margin:
        sheet.draw.line([(x, sheet.y), (x, sheet.y + height)], fill=(20, 20, 20), width=3)
    if cell.name:
        sheet.put(x + 26, sheet.y + (height - LABEL.size) / 2 - 8, cell.name, LABEL)
        sheet.draw.line([(x + label, sheet.y), (x + label, sheet.y + height)], fill=(20, 20, 20), width=2)
    y = sheet.y + (height - len(pieces) * style.line) / 2 + 4
    for piece in pieces:
        if cell.by_hand:
            sheet.hand(x + label + 24, y, piece, style)
        else:
            sheet.put(x + label + 24, y, piece, style)
        y += style.line
    sheet.note(f"{cell.name} {''.join(pieces)}" if cell.name else "".join(pieces))


def _notes(sheet: Sheet, lines: list[str]) -> None:
    """Lines below the ruled part; those with the mark are in handwriting."""
    sheet.y += 40
    for line in lines:
        if not line.startswith(HAND_MARK):
            sheet.line(line, VALUE)
            continue
        words = line.removeprefix(HAND_MARK)
        for piece in wrap(words, WRITTEN, sheet.width - 80):
            sheet.hand(sheet.margin + 40, sheet.y, piece, WRITTEN)
            sheet.note(piece)
            sheet.y += 92


def _widths(rows: list[list[str]], room: int) -> list[int]:
    """Column widths in proportion to their longest cell."""
    columns = [max(measure(row[index], VALUE) for row in rows) + 44 for index in range(len(rows[0]))]
    share = room / sum(columns)
    return [round(column * share) for column in columns]


def _grid_row(sheet: Sheet, row: list[str], widths: list[int], *, head: bool) -> None:
    x, height = sheet.margin, 96
    for column, (text, width) in enumerate(zip(row, widths, strict=True)):
        sheet.draw.rectangle([x, sheet.y, x + width, sheet.y + height], outline=(20, 20, 20), width=3)
        by_hand = not head and column >= len(row) - 2
        style = Type("hei-bold", 36) if head else Type("hand", 48, BLUE_INK) if by_hand else Type("song", 38)
        start = x + (width - measure(text, style)) / 2
        if by_hand:
            sheet.hand(start, sheet.y + 20, text, style)
        else:
            sheet.put(start, sheet.y + 22, text, style)
        x += width
    sheet.note(" ".join(row))
    sheet.y += height
