"""Small real documents for the tests of extraction, made anew by the libraries that offices use."""

from __future__ import annotations

import io
import random
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import docx
import openpyxl
from PIL import Image, ImageDraw, ImageFont
from pptx import Presentation
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from tests.conftest import missing

FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc",
)
LETTER = ("晋北市第二人民医院", "关于三号楼屋面渗漏的维修报告", "合同编号 HT-2023-021 金额 68000 元")

LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "哈哈哈哈哈哈哈哈哈哈">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
OUTSIDE = '<!DOCTYPE x [<!ENTITY j SYSTEM "file:///etc/passwd">]>'
"""Declarations at the head of XML: entities that multiply, and one that fetches a file."""


def find_font(size: int) -> ImageFont.FreeTypeFont:
    path = next((path for path in FONTS if Path(path).exists()), None)
    if path is None:
        missing("a Chinese font (fonts-noto-cjk)")
    return ImageFont.truetype(path, size)


def draw_scan(
    lines: tuple[str, ...] = LETTER, *, size: tuple[int, int] = (1240, 800), turn: float = 0.0, mode: str = "RGB"
) -> Image.Image:
    """A page image with one line every 120 pixels from (100, 100), 48 pixels high, turned by `turn` degrees."""
    page = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(page)
    for number, line in enumerate(lines):
        pen.text((100, 100 + 120 * number), line, font=find_font(48), fill="black")
    return page.rotate(turn, fillcolor="white", resample=Image.Resampling.BICUBIC).convert(mode)


def save(image: Image.Image, form: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


class Pdf:
    """A PDF of A4 pages; `text` places a line by its left end and base, in points from the top left."""

    def __init__(self, **options: Any) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        self._buffer = io.BytesIO()
        self.canvas = Canvas(self._buffer, pagesize=A4, **options)

    def text(self, x: float, y: float, text: str, *, size: float = 12) -> None:
        self.canvas.setFont("STSong-Light", size)
        self.canvas.drawString(x, A4[1] - y, text)

    def picture(self, image: Image.Image) -> None:
        """`image` over the whole page."""
        self.canvas.drawInlineImage(image, 0, 0, *A4)

    def end_page(self) -> None:
        self.canvas.showPage()

    def save(self) -> bytes:
        self.canvas.save()
        return self._buffer.getvalue()


def build_report(pages: int, *, seed: int = 1) -> bytes:
    """A born-digital report with some ten lines a page; line one names the page."""
    pdf, words = Pdf(), random.Random(seed)
    for number in range(1, pages + 1):
        pdf.text(72, 72, f"第{number}页 电梯维保记录")
        for row in range(10):
            pdf.text(72, 110 + 20 * row, "".join(words.choice("锅炉电梯配电给排水空调消防检验合格") for _ in range(30)))
        pdf.end_page()
    return pdf.save()


def build_docx(*paragraphs: str) -> bytes:
    document, buffer = docx.Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    table = document.add_table(2, 2)
    for place, text in (((0, 0), "设备"), ((0, 1), "金额"), ((1, 0), "螺旋CT"), ((1, 1), "6.8万")):
        table.cell(*place).text = text
    document.save(buffer)
    return buffer.getvalue()


def build_xlsx(**sheets: list[list[Any]]) -> bytes:
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(buffer)
    return buffer.getvalue()


def build_pptx(*titles: str) -> bytes:
    deck, buffer = Presentation(), io.BytesIO()
    for title in titles:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.notes_slide.notes_text_frame.text = f"{title}的备注"
    deck.save(buffer)
    return buffer.getvalue()


def build_mail() -> bytes:
    message = EmailMessage()
    message["Subject"] = "关于转发消防通知"
    message["From"] = "总务处 <zw@example.org>"
    message["To"] = "archive@example.org"
    message.set_content("请各科室于月底前完成自查。\n", charset="gb18030")
    message.add_attachment("附件里的字".encode(), maintype="text", subtype="plain", filename="附件.txt")
    return bytes(message)


RTF = (
    r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}}\f0 "
    + "".join(f"\\'{byte:02x}" for byte in "移交清单".encode("gbk"))
    + r"\par}"
).encode("ascii")
HTML = (
    "<html><head><title>总务处</title><script>var a='藏'</script></head>"
    "<body><h1>值班安排表</h1><p>张三<br>李四</p></body></html>"
)
