"""Born-digital office files: Word tender papers, Excel lists, a PowerPoint summary.

The libraries stamp files with the time of writing; `settle` takes that out again, so that rendering is repeatable.
"""

from __future__ import annotations

import io
import itertools
import re
import zipfile
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph
from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.presentation import Presentation as Deck
from pptx.slide import Slide
from pptx.util import Emu, Inches
from pptx.util import Pt as SlidePt

from samples.records import HAND_MARK, Record

STAMPED = "2024-03-18T01:30:00Z"
THIN = Border(*[Side(style="thin")] * 4)
SHEET_NAMES = {"S12": "分部分项清单", "S37": "台账", "S42": "资产卡片", "S43": "资产负债表"}
CIRCLED = "①②③④⑤"


def word(record: Record) -> bytes:
    """A tender document: cover, then chapters and clauses."""
    document = Document()
    style = document.styles["Normal"]
    style.font.name, style.font.size = "Times New Roman", Pt(14)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "仿宋")
    _said(document.add_paragraph(), record.title, "黑体", 26, centred=True)
    for creator in record.data["creator"]:
        _said(document.add_paragraph(), creator, "楷体", 18, centred=True)
    date = record.data["date"]
    _said(document.add_paragraph(), f"{date[:4]}年{int(date[4:6])}月", "楷体", 18, centred=True)
    document.add_page_break()
    for line in record.lines:
        if re.match(r"第.章", line):
            _said(document.add_heading(level=1), line, "黑体", 18)
        elif line.startswith(("公开招标文件", record.title)):
            _said(document.add_paragraph(), line, "黑体", 16, centred=True)
        else:
            paragraph = document.add_paragraph(line)
            paragraph.paragraph_format.first_line_indent = Pt(28)
    document.core_properties.author = record.data["creator"][-1]
    document.core_properties.title = record.title
    buffer = io.BytesIO()
    document.save(buffer)
    return settle(buffer.getvalue())


def excel(record: Record) -> bytes:
    """A workbook: the table of the body, a cover or summary where such books have one."""
    book = Workbook()
    sheet = book.active
    sheet.title = SHEET_NAMES[record.sample_id]
    rows = [[cell.strip() for cell in line.split("|")] for line in record.lines if "|" in line]
    if rows:
        _table_sheet(sheet, record, rows)
    else:
        _card_sheet(sheet, record)
    if record.sample_id == "S37":
        _status_summary(book.create_sheet("按状态汇总"), rows)
    if record.sample_id in ("S12", "S43"):
        _cover(book.create_sheet("封面", 0), record)
    book.properties.creator = record.data["creator"][0]
    book.properties.title = record.title
    buffer = io.BytesIO()
    book.save(buffer)
    return settle(buffer.getvalue())


def slides(record: Record) -> bytes:
    """A drill's summary in four slides; who kept the minutes stands in the notes."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Inches(13.333), Inches(7.5)
    when, who, scene, course, *rest = record.lines
    found, mended, clerk = (line.removeprefix(HAND_MARK) for line in rest)
    first = _slide(deck, record.title)
    _box(first, "\n".join([when.replace("　　", "\n"), who]), top=2.6, size=28)
    _box(_slide(deck, "情景与经过"), "\n".join([scene, *re.split("(?<=：)|；", course)]), top=1.8, size=28)
    name, points = found.split("：", 1)
    problems = [mark + text.strip() for mark, text in zip(CIRCLED, re.split(f"[{CIRCLED}]", points)[1:], strict=False)]
    _box(_slide(deck, name), "\n".join(problems), top=2.0, size=32)
    last = _slide(deck, "整改")
    _box(last, mended, top=2.0, size=32)
    last.notes_slide.notes_text_frame.text = clerk
    deck.core_properties.author = record.data["creator"][0]
    deck.core_properties.title = record.title
    buffer = io.BytesIO()
    deck.save(buffer)
    return settle(buffer.getvalue())


def settle(raw: bytes) -> bytes:
    """The same package with fixed times in its members and its core properties."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "docProps/core.xml":
                content = re.sub(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*", rb"\g<1>" + STAMPED.encode(), content)
            target.writestr(zipfile.ZipInfo(member.filename, (2024, 3, 18, 9, 30, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write_office(record: Record, path: Path) -> None:
    """Writes the record's office file."""
    makers = {"docx": word, "xlsx": excel, "pptx": slides}
    path.write_bytes(makers[record.render.kind](record))


def _said(paragraph: Paragraph, text: str, face: str, size: int, *, centred: bool = False) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.name = Pt(size), face
    run._element.rPr.rFonts.set(qn("w:eastAsia"), face)  # noqa: SLF001 - python-docx has no public East Asian face
    if centred:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _typed(text: str) -> str | float:
    """Amounts become numbers; codes with leading zeros or separators stay text."""
    if re.fullmatch(r"[1-9]\d{0,2}(,\d{3})*\.\d\d|[1-9]\d*\.\d\d", text):
        return float(text.replace(",", ""))
    return text


def _table_sheet(sheet: Worksheet, record: Record, rows: list[list[str]]) -> None:
    """Title lines, the ruled table with typed amounts, closing lines; the head row stays in view."""
    before = list(itertools.takewhile(lambda line: "|" not in line, record.lines))
    after = [line for line in record.lines if "|" not in line and line not in before]
    for line in before or [record.title]:
        sheet.append([line])
        sheet.cell(sheet.max_row, 1).font = Font(name="宋体", size=14, bold=True)
        sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=len(rows[0]))
    head = sheet.max_row + 1
    for row in rows:
        sheet.append([_typed(cell) for cell in row])
        for cell in sheet[sheet.max_row]:
            cell.border, cell.alignment = THIN, Alignment(vertical="center", wrap_text=True)
            cell.font = Font(name="宋体", size=11, bold=sheet.max_row == head)
            if isinstance(cell.value, float):
                cell.number_format = "#,##0.00"
            if sheet.max_row == head:
                cell.fill = PatternFill("solid", fgColor="DDEBF7")
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    for line in after:
        sheet.append([line])
    for column in range(len(rows[0])):
        longest = max(sum(1 + (char > "ÿ") for char in row[column]) for row in rows)
        sheet.column_dimensions["ABCDEFGHIJ"[column]].width = longest + 3
    sheet.page_setup.orientation, sheet.page_setup.fitToWidth = "landscape", 1


def _card_sheet(sheet: Worksheet, record: Record) -> None:
    """A card: names and values side by side."""
    for line in record.lines:
        cells: list[str] = []
        for part in re.split("　+", line):
            name, colon, value = part.partition("：")
            cells += [name, value] if colon else [part]
        sheet.append(cells)
        for cell in sheet[sheet.max_row]:
            cell.border, cell.font = THIN, Font(name="宋体", size=12, bold=sheet.max_row == 1)
    for column, width in zip("ABCDEF", (16, 34, 16, 24, 16, 16), strict=True):
        sheet.column_dimensions[column].width = width


def _status_summary(sheet: Worksheet, rows: list[list[str]]) -> None:
    """How many machines and what value in each state."""
    sheet.append(["状态", "台数", "原值合计(元)"])
    for state in dict.fromkeys(row[-1] for row in rows[1:]):
        values = [float(row[-2]) for row in rows[1:] if row[-1] == state]
        sheet.append([state, len(values), sum(values)])


def _cover(sheet: Worksheet, record: Record) -> None:
    date = record.data["date"]
    for line in (
        record.title,
        f"编制单位：{record.data['creator'][0]}",
        f"编制日期：{date[:4]}年{int(date[4:6])}月{int(date[6:])}日",
    ):
        sheet.append([line])
    sheet["A1"].font = Font(name="黑体", size=20, bold=True)
    sheet.column_dimensions["A"].width = 80


def _slide(deck: Deck, title: str) -> Slide:
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top, shape.width, shape.height = Inches(0.8), Inches(0.6), Inches(11.7), Inches(1.1)
    shape.text_frame.text = title
    run = shape.text_frame.paragraphs[0].runs[0]
    run.font.size, run.font.bold, run.font.color.rgb = SlidePt(36), True, RGBColor(0x9C, 0x1C, 0x20)
    bar = slide.shapes.add_shape(1, Emu(0), Emu(0), deck.slide_width, Inches(0.28))
    bar.fill.solid()
    bar.fill.fore_color.rgb = RGBColor(0xB4, 0x24, 0x28)
    bar.line.fill.background()
    return slide


def _box(slide: Slide, text: str, top: float, size: int) -> None:
    frame = slide.shapes.add_textbox(Inches(1), Inches(top), Inches(11.3), Inches(4.6)).text_frame
    frame.word_wrap = True
    for number, line in enumerate(text.split("\n")):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text, paragraph.font.size, paragraph.space_after = line, SlidePt(size), SlidePt(14)
