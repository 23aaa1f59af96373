"""The acceptance sheet (数字化成果验收单) as a workbook and as a document to print and sign.

Both show the same lines, in the reader's language. Cells are safe to open (`portal.tables`); the document uses a
typeface for Chinese that viewers have (Adobe-GB1), so no font has to be installed or embedded.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from xml.sax.saxutils import escape

from flask_babel import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from config import ZONE
from portal.deliveries.model import DeliveryView
from portal.tables import build_cell

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FONT = "STSong-Light"
_INK, _PALE = colors.HexColor("#333333"), colors.HexColor("#eeeeee")


@dataclass(frozen=True)
class Section:
    """A part of the sheet; the first row is a head when `has_head`."""

    title: str
    rows: tuple[tuple[object, ...], ...]
    has_head: bool = False


def build_sections(view: DeliveryView) -> tuple[Section, ...]:
    """The sheet's content."""
    delivery, tally = view.delivery, view.tally
    inspected = tally.passed + tally.failed
    about = (
        (_("Delivered by"), delivery.firm),
        (_("Handed in by"), view.owner),
        (_("Received"), f"{delivery.created_at.astimezone(ZONE):%Y-%m-%d}"),
        (_("Number of the delivery"), delivery.id),
    )
    sampling = (
        (
            _("Sample"),
            _("%(percent)s %% of the records, at least %(least)s", percent=delivery.percent, least=delivery.least),
        ),
        (_("Random seed"), delivery.seed),
        (_("Records inspected"), f"{inspected} / {tally.drawn}"),
        (_("Passed"), tally.passed),
        (_("Failed"), tally.failed),
        (_("Share that passed"), f"{tally.rate:.1f} %" if inspected else "–"),
    )
    decision = (
        (_("Decision"), view.badge.label),
        (_("Remark"), delivery.remark or "–"),
        (_("Inspector"), view.decided_by or "–"),
        (_("Date"), f"{view.decided_at.astimezone(ZONE):%Y-%m-%d}" if view.decided_at else "–"),
    )
    head = (_("Archival code"), _("Verdict"), _("Defect"), _("Remark"), _("Inspector"))
    lines = [(line.code, line.badge.label, line.defect_words, line.note, line.inspector) for line in view.sample]
    return (
        Section(_("Delivery"), about),
        Section(_("Self-check"), tuple((fact.label, fact.value) for fact in view.facts)),
        *((Section(_("Sample inspection"), sampling),) if delivery.seed else ()),
        Section(_("Decision"), decision),
        *((Section(_("Records inspected"), (head, *lines), has_head=True),) if lines else ()),
    )


def build_xlsx(view: DeliveryView) -> bytes:
    """The sheet as a workbook."""
    book = Workbook()
    sheet = book.active
    sheet.title = _("Acceptance sheet")
    sheet.append([_("Acceptance sheet for digitised records")])
    sheet["A1"].font = Font(size=16, bold=True)
    for section in build_sections(view):
        sheet.append([])
        sheet.append([section.title])
        sheet.cell(sheet.max_row, 1).font = Font(size=12, bold=True)
        for number, row in enumerate(section.rows):
            sheet.append([build_cell(value) for value in row])
            for cell in sheet[sheet.max_row]:
                cell.alignment = Alignment(wrap_text=True, vertical="top", horizontal="left")
                cell.font = Font(bold=section.has_head and number == 0)
    for column, width in zip("ABCDE", (32, 30, 26, 40, 16), strict=True):
        sheet.column_dimensions[column].width = width
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def build_pdf(view: DeliveryView) -> bytes:
    """The sheet on A4, with places for signatures."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    out = BytesIO()
    title = _("Acceptance sheet for digitised records")
    document = SimpleDocTemplate(
        out, pagesize=A4, title=title, leftMargin=18 * mm, rightMargin=18 * mm, topMargin=18 * mm, bottomMargin=18 * mm
    )
    document.build(list(_iter_flowables(view, title)))
    return out.getvalue()


def _iter_flowables(view: DeliveryView, title: str) -> Iterator[Flowable]:
    body = ParagraphStyle("body", fontName=_FONT, fontSize=10, leading=14, textColor=_INK, wordWrap="CJK")
    heading = ParagraphStyle("heading", parent=body, fontSize=12, leading=18, spaceBefore=8)
    yield Paragraph(escape(title), ParagraphStyle("title", parent=body, fontSize=17, leading=24, alignment=1))
    for section in build_sections(view):
        yield Paragraph(escape(section.title), heading)
        yield _build_table(section, body)
    yield Spacer(1, 12 * mm)
    signatures = (_("Signature of the firm:"), _("Signature of the archive room:"))
    yield Table([[Paragraph(escape(text), body) for text in signatures]], colWidths=(87 * mm, 87 * mm))


def _build_table(section: Section, body: ParagraphStyle) -> Table:
    rows: Sequence[tuple[object, ...]] = section.rows
    widths = (48, 22, 38, 44, 22) if section.has_head else (58, 116)
    cells = [[Paragraph(escape(str(value)), body) for value in row] for row in rows]
    table = Table(cells, colWidths=[width * mm for width in widths], repeatRows=1 if section.has_head else 0)
    shaded = ((0, 0), (-1, 0)) if section.has_head else ((0, 0), (0, -1))
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.4, colors.grey),
                ("BACKGROUND", *shaded, _PALE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ]
        )
    )
    return table
