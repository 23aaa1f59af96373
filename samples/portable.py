"""Born-digital PDF with a real text layer: electronic invoices, a monitoring report, an operation record.

The typeface is embedded as a subset, so a file stays far below its megabytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from reportlab.lib.colors import Color, HexColor, black
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from samples.fonts import font_path
from samples.records import Record

WIDTH, HEIGHT = A4
INVOICE = (610.0, 396.0)
"""Page of an electronic invoice, 215 by 140 mm, in points."""
BROWN = HexColor("#8c3a1e")
SONG, KAI = "Song", "Kai"
HEAD_PARTS = ("发票号码", "开票日期")
PARTY_PARTS = ("购买方", "销售方", "统一社会")
GOODS_PARTS = ("项目名称", "服务名称", "单位", "数量", "金额", "税率", "税额")
SUM_PARTS = ("价税合计", "（小写）")


def write_pdf(record: Record, path: Path) -> None:
    """Writes the record's PDF."""
    for name, face in ((SONG, "ming"), (KAI, "kai")):
        file, index = font_path(face)
        pdfmetrics.registerFont(TTFont(name, str(file), subfontIndex=index))
    makers: dict[str, tuple[Callable[[Canvas, Record], None], tuple[float, float]]] = {
        "einvoice": (_invoice, INVOICE),
        "monitoring": (_monitoring, A4),
        "operation": (_operation, A4),
    }
    draw, size = makers[record.render.layout]
    canvas = Canvas(str(path), pagesize=size, invariant=1, pageCompression=1)
    canvas.setTitle(record.title)
    canvas.setAuthor(record.data["creator"][0])
    draw(canvas, record)
    canvas.showPage()
    canvas.save()


def _invoice(canvas: Canvas, record: Record) -> None:
    """Head and number; buyer and seller; the row of goods; the sum in words and figures; remarks."""
    width, height = INVOICE
    head, *lines = record.lines
    title, _, number = head.partition("　")
    parts = [part for line in [number.strip("　"), *lines] for part in re.split("　+", line) if part]
    canvas.setStrokeColor(BROWN)
    canvas.setLineWidth(0.8)
    _text(canvas, (168, height - 50), title, 19, BROWN, KAI, centred=True)
    for y in (height - 58, height - 61):
        canvas.line(44, y, 292, y)
    for row, part in enumerate(part for part in parts if part.startswith(HEAD_PARTS)):
        _pair(canvas, (318, height - 38 - row * 17), part)
    canvas.rect(24, 30, width - 48, height - 112)
    bands = [[part for part in parts if part.startswith(names)] for names in (PARTY_PARTS, GOODS_PARTS, SUM_PARTS)]
    named = HEAD_PARTS + PARTY_PARTS + GOODS_PARTS + SUM_PARTS
    y = _stacked(canvas, bands[0], height - 100, 20)
    y = _goods(canvas, bands[1], y)
    y = _stacked(canvas, bands[2], y, 20)
    _stacked(canvas, [part for part in parts if not part.startswith(named)], y, 20)


def _stacked(canvas: Canvas, parts: list[str], y: float, step: float) -> float:
    """Names and values one below the other, a rule after them; gives where the next band begins."""
    for part in parts:
        _pair(canvas, (40, y), part)
        y -= step
    canvas.line(24, y + 10, INVOICE[0] - 24, y + 10)
    return y - 8


def _goods(canvas: Canvas, parts: list[str], top: float) -> float:
    """Names as the head of a row, values below them."""
    x = 40.0
    for part in parts:
        name, _, value = part.partition("：")
        room = max(pdfmetrics.stringWidth(value, SONG, 10.5), 44) + 16
        _text(canvas, (x, top), name, 10, BROWN, KAI)
        _text(canvas, (x, top - 24), value, 10.5, black, SONG)
        x += room
    canvas.line(24, top - 38, INVOICE[0] - 24, top - 38)
    return top - 58


def _monitoring(canvas: Canvas, record: Record) -> None:
    """A laboratory's report: who and where, the monthly table, the conclusion."""
    _text(canvas, (WIDTH / 2, HEIGHT - 80), record.data["creator"][0], 13, black, SONG, centred=True)
    _text(canvas, (WIDTH / 2, HEIGHT - 112), record.title, 17, black, SONG, centred=True)
    _text(canvas, (WIDTH - 60 - 130, HEIGHT - 136), f"编号：{record.data['doc_no']}", 10.5, black, SONG)
    y = HEIGHT - 165
    rows = [[cell.strip() for cell in line.split("|")] for line in record.lines if "|" in line]
    widths = [60, 50, 90, 150, 120]
    for line in record.lines:
        if "|" not in line:
            _text(canvas, (62, y), line, 11.5, black, SONG)
            y -= 30
        elif line.startswith(rows[0][0]):
            y = _ruled(canvas, rows, widths, y + 10) - 30
    _text(canvas, (WIDTH - 240, y - 40), record.data["creator"][0], 11.5, black, SONG)
    date = record.data["date"]
    _text(canvas, (WIDTH - 190, y - 62), f"{date[:4]}年{int(date[4:6])}月{int(date[6:])}日", 11.5, black, SONG)


def _operation(canvas: Canvas, record: Record) -> None:
    """A page of an electronic medical record: hospital, name of the sheet, patient's line, text."""
    _text(canvas, (WIDTH / 2, HEIGHT - 70), "晋北市第二人民医院", 15, black, SONG, centred=True)
    _text(canvas, (WIDTH / 2, HEIGHT - 98), "手 术 记 录", 20, black, SONG, centred=True)
    canvas.line(56, HEIGHT - 110, WIDTH - 56, HEIGHT - 110)
    y = HEIGHT - 140
    for line in record.lines:
        for piece in _broken(line, 38):
            _text(canvas, (62, y), piece, 12, black, SONG)
            y -= 25
        y -= 4
    canvas.line(56, 70, WIDTH - 56, 70)
    _text(canvas, (WIDTH / 2, 52), "第1页", 9, black, SONG, centred=True)


def _pair(canvas: Canvas, at: tuple[float, float], text: str) -> None:
    """A printed name in brown, its value in black, in one piece of text each."""
    match = re.match(r"(.*?(?:：|（大写）|（小写）))(.+)$", text)
    name, value = match.groups() if match else (text, "")
    _text(canvas, at, name, 10, BROWN, KAI)
    _text(canvas, (at[0] + pdfmetrics.stringWidth(name, KAI, 10), at[1]), value, 10.5, black, SONG)


def _text(
    canvas: Canvas, at: tuple[float, float], text: str, size: float, ink: Color, face: str, *, centred: bool = False
) -> None:
    canvas.setFont(face, size)
    canvas.setFillColor(ink)
    if centred:
        canvas.drawCentredString(*at, text)
    else:
        canvas.drawString(*at, text)


def _ruled(canvas: Canvas, rows: list[list[str]], widths: list[int], top: float) -> float:
    """Draws a table; gives the height of its lower edge."""
    height = 24
    canvas.setLineWidth(0.7)
    for number, row in enumerate(rows):
        x, y = 62.0, top - height * (number + 1)
        for cell, width in zip(row, widths, strict=True):
            canvas.rect(x, y, width, height)
            _text(canvas, (x + width / 2, y + 7.5), cell, 10.5, black, SONG, centred=True)
            x += width
    return top - height * len(rows)


def _broken(line: str, room: int) -> list[str]:
    """Lines of at most `room` wide characters."""
    pieces, current, used = [], "", 0.0
    for char in line:
        used += 1 if char > "ÿ" else 0.52
        if used > room and char not in "，。；）":
            pieces.append(current)
            current, used = "", 1.0
        current += char
    return [*pieces, current]
