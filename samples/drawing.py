"""Construction drawings on A3: frame, notes, title block, as-built stamp, plausible line work for each discipline."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from samples.linework import Plot, draw_foundation, draw_gas, draw_one_line, draw_plan, draw_plumbing
from samples.records import Record
from samples.sheet import A3_LANDSCAPE, BLACK, PENCIL, Colour, Sheet, Type, measure, wrap
from samples.stamps import as_built_stamp

BLUE_LINE: Colour = (38, 46, 128)
"""Lines of a diazo print (蓝图)."""
SPLIT = 2200
"""Left of it the drawing, right of it notes, stamp and title block."""
PENCIL_MARK = "铅笔批注："
STAMP_MARK = "竣工图章："
DRAWERS: dict[str, Callable[[Plot], None]] = {
    "plan": draw_plan,
    "foundation": draw_foundation,
    "plumbing": draw_plumbing,
    "gas": draw_gas,
    "oneline": draw_one_line,
}


@dataclass
class Content:
    """A drawing's body sorted by where its words stand."""

    block: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stamp: dict[str, str] = field(default_factory=dict)
    pencil: str = ""


def drawing(record: Record) -> list[Sheet]:
    """One sheet of a drawing set."""
    sheet = Sheet(size=A3_LANDSCAPE, rng=record.rng("drawing"), margin=90)
    ink = BLUE_LINE if record.render.look == "blueprint" else BLACK
    content = _sort(record)
    _frame(sheet, ink)
    labels = re.findall(r"挂号收费厅|药房|急诊科|导诊台|护士站|病房|卫生间|检验科|影像机房", record.body)
    rng = record.rng("lines")
    DRAWERS[record.render.layout](
        Plot(sheet, (230, 200, SPLIT - 110, 1940), ink, list(dict.fromkeys(labels)), rng, revised="云线" in record.body)
    )
    _figure_title(sheet, dict(content.block), ink)
    _notes(sheet, content.notes, ink)
    _title_block(sheet, content.block, ink)
    if record.has("asbuilt"):
        _stamp(sheet, record, content.stamp)
    if content.pencil:
        words = Type("hand", 66, PENCIL)
        for number, piece in enumerate(wrap(content.pencil, words, 760)):
            sheet.hand(330, 2050 + number * 84, piece, words)
            sheet.note(piece)
    return [sheet]


def _sort(record: Record) -> Content:
    content, in_stamp = Content(), False
    for line in record.lines:
        if line.startswith(PENCIL_MARK):
            content.pencil = line.removeprefix(PENCIL_MARK)
        elif line.startswith(STAMP_MARK) or in_stamp:
            in_stamp = True
            content.stamp |= _stamp_cells(line.removeprefix(STAMP_MARK))
        elif re.match(r"\d\.|说明|（", line):
            content.notes += [line] if line != "说明：" else ["说　明："]
        else:
            content.block += _pairs(line)
    if not any(key == "设计单位" for key, _ in content.block):
        content.block.append(("设计单位", str(record.meta.get("designer", ""))))
    return content


def _pairs(line: str) -> list[tuple[str, str]]:
    pairs = []
    for part in re.split("　+", line):
        name, colon, value = part.partition("：")
        pairs.append((name, value) if colon else ("工程名称", part))
    return pairs


def _stamp_cells(text: str) -> dict[str, str]:
    cells = {}
    for part in re.split("　+", text):
        name, blank, value = part.partition(" ")
        cells[name if blank else "编制日期"] = value if blank else part
    return cells


def _frame(sheet: Sheet, ink: Colour) -> None:
    width, height = sheet.size
    sheet.draw.rectangle([50, 50, width - 50, height - 50], outline=ink, width=2)
    sheet.draw.rectangle([150, 80, width - 80, height - 80], outline=ink, width=8)
    sheet.draw.line([(SPLIT, 80), (SPLIT, height - 80)], fill=ink, width=4)


def _figure_title(sheet: Sheet, block: dict[str, str], ink: Colour) -> None:
    """Name of the figure below it, doubly underlined, with its scale."""
    style = Type("hei-bold", 58, ink)
    text = block.get("图名", "")
    left = 1480 - measure(text, style) // 2
    right = sheet.put(left, 2080, text, style)
    sheet.note(text)
    sheet.draw.line([(left - 20, 2168), (right + 20, 2168)], fill=ink, width=8)
    sheet.draw.line([(left - 20, 2182), (right + 20, 2182)], fill=ink, width=3)
    if scale := block.get("比例"):
        sheet.put(right + 40, 2092, scale, Type("hei", 46, ink))


def _notes(sheet: Sheet, notes: list[str], ink: Colour) -> None:
    style = Type("hei", 47, ink, leading=1.6)
    sheet.y = 130
    for note in notes:
        sheet.paragraph(note, style, indent=0, left=SPLIT + 40, right=sheet.size[0] - 110)
        sheet.y += 12


def _title_block(sheet: Sheet, pairs: list[tuple[str, str]], ink: Colour) -> None:
    """Name and value rows above the lower right corner; short pairs share a row."""
    left, right, row = SPLIT, sheet.size[0] - 80, 104
    rows: list[list[tuple[str, str]]] = []
    for pair in pairs:
        if rows and len(rows[-1]) == 1 and len(pair[1]) <= 6 and len(rows[-1][0][1]) <= 6:
            rows[-1].append(pair)
        else:
            rows.append([pair])
    y = sheet.size[1] - 80 - row * len(rows)
    for line in rows:
        sheet.draw.line([(left, y), (right, y)], fill=ink, width=4)
        span = (right - left) // len(line)
        for column, (name, value) in enumerate(line):
            x = left + column * span
            sheet.draw.line([(x, y), (x, y + row)], fill=ink, width=3)
            sheet.draw.line([(x + 220, y), (x + 220, y + row)], fill=ink, width=2)
            sheet.put(x + 22, y + 24, name, Type("hei", 42, ink))
            _fit_value(sheet, (x + 240, y, span - 250), value, ink)
        sheet.note("　".join(f"{name} {value}" for name, value in line))
        y += row


def _fit_value(sheet: Sheet, place: tuple[int, int, int], value: str, ink: Colour) -> None:
    x, y, room = place
    style = Type("hei-bold", 50, ink)
    pieces = wrap(value, style, room)
    if len(pieces) > 1:
        style = Type("hei-bold", 40, ink)
        pieces = wrap(value, style, room)
    step = 48
    top = y + (104 - step * len(pieces)) / 2 - 8
    for number, piece in enumerate(pieces):
        sheet.put(x, top + number * step, piece, style)


def _stamp(sheet: Sheet, record: Record, given: dict[str, str]) -> None:
    """The as-built stamp above the title block; what the body leaves out comes from the catalogue."""
    meta = record.meta
    usual = {"施工单位": meta["contractor"], "监理单位": meta["supervisor"], "编制人": "宋海", "审核人": "梁勇"}
    usual |= {"技术负责人": "段平", "编制日期": "2022.11.30", "总监": "郑国栋"}
    stamp, written = as_built_stamp({**usual, **given})
    stamp.press(sheet, (SPLIT + 520, 1430), record.rng("stamp"), turn=1.2, strength=1.2)
    for line in written:
        sheet.note(line)
