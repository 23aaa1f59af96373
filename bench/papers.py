"""Papers to measure with, in the words of the sample hospital and the same every time.

Born-digital ones are Word, Excel, PDF and text of 1 to 12 pages: a page holds as much as an official letter does, some
600 characters, a sheet a list of 25 rows.
"""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from docx import Document
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from samples.records import load_records

MOST_PAGES = 12
LINES, LINE_CHARACTERS, PARAGRAPHS = 22, 28, 5
ROWS, COLUMNS = 25, 6
FONT = "STSong-Light"
Page = list[str]
"""Lines of a page."""


def write_papers(folder: Path, number: int, *, seed: int, kinds: str = "docx xlsx pdf txt") -> Path:
    """Writes so many papers, all different, the kinds in turn; returns the folder."""
    folder.mkdir(parents=True)
    rng, names = random.Random(seed), kinds.split()
    for serial in range(number):
        kind = names[serial % len(names)]
        pages = [_page(rng) for _ in range(rng.randint(1, MOST_PAGES))]
        pages[0][0] = f"{rng.choice(list_words())}第{seed}-{serial}号"
        (folder / f"{pages[0][0]}.{kind}").write_bytes(_MAKERS[kind](pages))
    return folder


def write_slips(folder: Path, number: int, *, seed: int) -> Path:
    """Writes so many small scans of numbers, of all sizes up to a letter's; returns the folder."""
    folder.mkdir(parents=True)
    rng = random.Random(seed)
    for serial in range(number):
        image = Image.new("L", (rng.randint(300, 1654), rng.randint(120, 600)), 255)
        words = f"No. {seed}-{serial} {rng.randint(10**6, 10**7)}"
        ImageDraw.Draw(image).text((20, 30), words, font=ImageFont.load_default(28), fill=0)
        image.save(folder / f"slip {seed}-{serial}.tif", compression="tiff_lzw", dpi=(200, 200))
    return folder


@cache
def list_words() -> list[str]:
    """Pieces of the titles of the sample records."""
    return [piece for record in load_records() for piece in re.findall(r"[^\W\d_]{4,12}", record.title)]


@cache
def _list_sentences() -> list[str]:
    pieces = (piece for record in load_records() for piece in re.split(r"[。；\n|]", record.body))
    return [piece for piece in pieces if 6 <= len(piece) <= 60]


def _page(rng: random.Random) -> Page:
    digits = str.maketrans("0123456789", "".join(rng.sample("0123456789", 10)))
    text = "。".join(rng.choices(_list_sentences(), k=LINES * 3)).translate(digits)
    return [text[at * LINE_CHARACTERS : (at + 1) * LINE_CHARACTERS] for at in range(LINES)]


def _word(pages: list[Page]) -> bytes:
    """The library's empty document with our body: a thousand papers would take the library a minute."""
    breaks = '<w:p><w:r><w:br w:type="page"/></w:r></w:p>'
    body = breaks.join("".join(f"<w:p><w:r><w:t>{escape(text)}</w:t></w:r></w:p>" for text in _cut(p)) for p in pages)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, content in _empty_document().items():
            package.writestr(name, content.replace(b"<w:sectPr", body.encode() + b"<w:sectPr", 1))
    return out.getvalue()


def _cut(lines: Page) -> list[str]:
    """The paragraphs of a page."""
    step = -(-len(lines) // PARAGRAPHS)
    return ["".join(lines[at : at + step]) for at in range(0, len(lines), step)]


@cache
def _empty_document() -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(_saved(Document().save))) as package:
        return {name: package.read(name) for name in package.namelist()}


def _excel(pages: list[Page]) -> bytes:
    book = Workbook(write_only=True)
    for number, lines in enumerate(pages, 1):
        sheet = book.create_sheet(f"表{number}")
        text = "".join(lines)
        width = len(text) // (ROWS * COLUMNS)
        for row in range(ROWS):
            at = row * COLUMNS * width
            sheet.append([text[at + column * width : at + (column + 1) * width] for column in range(COLUMNS)])
    return _saved(book.save)


def _pdf(pages: list[Page]) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for lines in pages:
        canvas.setFont(FONT, 15)
        for at, line in enumerate(lines):
            canvas.drawString(80, 750 - at * 29, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _text(pages: list[Page]) -> bytes:
    return "\n".join(line for lines in pages for line in lines).encode("gb18030")


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


_MAKERS: dict[str, Callable[[list[Page]], bytes]] = {"docx": _word, "xlsx": _excel, "pdf": _pdf, "txt": _text}
