"""Documents with words in every place that an office program has for them: margins, notes, boxes, hidden sheets."""

from __future__ import annotations

import io
import struct
import wave
import zipfile
from collections.abc import Mapping
from email import policy
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import docx
import openpyxl
from openpyxl.comments import Comment
from pptx import Presentation
from pptx.util import Inches

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TEXT_BOX = """<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline><wp:extent cx="1" cy="1"/>
<wp:docPr id="1" name="a"/><a:graphic><a:graphicData
uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr/>
<wps:txbx><w:txbxContent><w:p><w:r><w:t>文本框内</w:t></w:r></w:p></w:txbxContent></wps:txbx><wps:bodyPr/></wps:wsp>
</a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice><mc:Fallback><w:pict/></mc:Fallback>
</mc:AlternateContent></w:r></w:p>"""
_CHANGES = """<w:p><w:r><w:t>金额</w:t></w:r><w:del w:id="90" w:author="张三" w:date="2024-01-02T00:00:00Z"><w:r>
<w:delText>伍仟元</w:delText></w:r></w:del><w:ins w:id="91" w:author="张三" w:date="2024-01-02T00:00:00Z"><w:r>
<w:t>陆仟元</w:t></w:r></w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏字</w:t></w:r></w:p>"""
_CONTROL = """<w:sdt><w:sdtContent><w:p><w:r><w:t>内容控件</w:t></w:r></w:p></w:sdtContent></w:sdt>"""
_NOTE_MARKS = """<w:p><w:r><w:t>正文有注</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r>
<w:r><w:endnoteReference w:id="2"/></w:r></w:p>"""
_SPACES = (
    f'xmlns:w="{_WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


def patch(data: bytes, changes: Mapping[str, Any]) -> bytes:
    """The package with members changed: name → new content, or a function from the old."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            content: Any = old.read(info.filename)
            change = changes.get(info.filename)
            new.writestr(info.filename, change(content) if callable(change) else content if change is None else change)
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return buffer.getvalue()


def _insert(before: str, text: str) -> Any:
    return lambda old: old.decode().replace(before, text + before, 1).encode()


def build_docx() -> bytes:
    """Body, header, footer, comment, notes, text box, changes, hidden words, content control, table in a table."""
    document, buffer = docx.Document(), io.BytesIO()
    document.add_paragraph("正文第一段")
    document.sections[0].header.paragraphs[0].text = "页眉文字"
    document.sections[0].footer.paragraphs[0].text = "页脚文字"
    cell = document.add_table(1, 1).cell(0, 0)
    cell.text = "外层表格"
    cell.add_table(1, 1).cell(0, 0).text = "内层表格"
    document.add_comment(document.paragraphs[0].runs, text="批注文字", author="李四")
    document.save(buffer)
    notes = (
        f'<?xml version="1.0" encoding="UTF-8"?><w:{{kind}}s {_SPACES}><w:{{kind}} w:id="2"><w:p><w:r><w:t>{{text}}'
        "</w:t></w:r></w:p></w:{kind}></w:{kind}s>"
    )
    relation = (
        '<Relationship Id="rId9{n}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}s" '
        'Target="{kind}s.xml"/>'
    )
    part = (
        '<Override PartName="/word/{kind}s.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}s+xml"/>'
    )
    kinds = ("footnote", "endnote")
    extra = _TEXT_BOX + _CHANGES + _CONTROL + _NOTE_MARKS
    changes: dict[str, Any] = {
        "word/document.xml": lambda old: (
            old.decode()
            .replace("<w:sectPr", extra + "<w:sectPr", 1)
            .replace("<w:document ", f"<w:document {_missing(_SPACES, old.decode())} ", 1)
            .encode()
        ),
        "word/_rels/document.xml.rels": _insert(
            "</Relationships>", "".join(relation.format(kind=kind, n=n) for n, kind in enumerate(kinds))
        ),
        "[Content_Types].xml": _insert("</Types>", "".join(part.format(kind=kind) for kind in kinds)),
        "word/footnotes.xml": notes.format(kind="footnote", text="脚注文字"),
        "word/endnotes.xml": notes.format(kind="endnote", text="尾注文字"),
    }
    return patch(buffer.getvalue(), changes)


def _missing(spaces: str, document: str) -> str:
    head = document[: document.index(">", document.index("<w:document"))]
    return " ".join(space for space in spaces.split() if space.partition("=")[0] + "=" not in head)


_SHAPE = """<?xml version="1.0" encoding="UTF-8"?><xdr:wsDr
xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"
xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><xdr:twoCellAnchor><xdr:from><xdr:col>1</xdr:col>
<xdr:colOff>0</xdr:colOff><xdr:row>1</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>3</xdr:col>
<xdr:colOff>0</xdr:colOff><xdr:row>3</xdr:row><xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:sp macro="" textlink="">
<xdr:nvSpPr><xdr:cNvPr id="2" name="a"/><xdr:cNvSpPr txBox="1"/></xdr:nvSpPr><xdr:spPr/><xdr:txBody><a:bodyPr/>
<a:p><a:r><a:t>表中文本框</a:t></a:r></a:p></xdr:txBody></xdr:sp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"""


def build_xlsx() -> bytes:
    """Three sheets, the second hidden, the third very hidden; a comment, margins, a text box, a formula's value."""
    book, buffer = openpyxl.Workbook(), io.BytesIO()
    first = book.active
    first.title = "台账"
    first["B2"], first["A1"], first["C1"], first["A3"] = "乙二", "甲一", "丙一", "甲三"
    first["A1"].comment = Comment("单元格批注", "李四")
    first.oddHeader.center.text = "表头页眉"
    first.oddFooter.center.text = "表尾页脚"
    first.row_dimensions[3].hidden = True
    hidden = book.create_sheet("隐藏表")
    hidden["A1"], hidden.sheet_state = "隐藏内容", "hidden"
    deeply = book.create_sheet("深藏表")
    deeply["A1"], deeply.sheet_state = "深藏内容", "veryHidden"
    book.save(buffer)
    formula = '<c r="D1" t="str"><f>CONCATENATE("公式","的值")</f><v>公式的值</v></c>'
    relation = (
        '<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/drawing" '
        'Target="/xl/drawings/drawing9.xml"/>'
    )
    part = (
        '<Override PartName="/xl/drawings/drawing9.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.drawing+xml"/>'
    )
    changes: dict[str, Any] = {
        "xl/worksheets/sheet1.xml": lambda old: (
            old.decode()
            .replace("</c></row>", f"</c>{formula}</row>", 1)
            .replace(
                "<legacyDrawing",
                '<drawing xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" r:id="rId99"/>'
                "<legacyDrawing",
                1,
            )
            .encode()
        ),
        "xl/worksheets/_rels/sheet1.xml.rels": _insert("</Relationships>", relation),
        "[Content_Types].xml": _insert("</Types>", part),
        "xl/drawings/drawing9.xml": _SHAPE,
    }
    return patch(buffer.getvalue(), changes)


def build_pptx() -> bytes:
    """Two slides, the second hidden; notes, a table, a text box in a group."""
    deck, buffer = Presentation(), io.BytesIO()
    first = deck.slides.add_slide(deck.slide_layouts[5])
    first.shapes.title.text = "第一张"
    first.notes_slide.notes_text_frame.text = "讲者备注"
    table = first.shapes.add_table(1, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "表左", "表右"
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(Inches(1), Inches(4), Inches(2), Inches(1)).text_frame.text = "组内文字"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "隐藏张"
    second._element.set("show", "0")
    deck.save(buffer)
    return buffer.getvalue()


_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:presentation="urn:oasis:names:tc:opendocument:xmlns:presentation:1.0" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" office:version="1.3"'
)


def build_odf(kind: str, body: str, *, styles: str = "", head: str = "") -> bytes:
    """An OpenDocument package of a kind such as `text`; `head` stands before the root of content.xml."""
    media = f"application/vnd.oasis.opendocument.{kind}"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{media}"/>'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
        '<manifest:file-entry manifest:full-path="styles.xml" manifest:media-type="text/xml"/></manifest:manifest>'
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", media, zipfile.ZIP_STORED)
        package.writestr(
            "content.xml",
            f"{head}<office:document-content {_ODF}><office:body>{body}</office:body></office:document-content>",
        )
        package.writestr("styles.xml", f"<office:document-styles {_ODF}>{styles}</office:document-styles>")
        package.writestr("META-INF/manifest.xml", manifest)
    return buffer.getvalue()


def build_odt() -> bytes:
    """Body, note, comment, text box, a deleted passage, margins."""
    change = (
        '<text:tracked-changes><text:changed-region text:id="c1"><text:deletion><office:change-info/>'
        "<text:p>删去的话</text:p></text:deletion></text:changed-region></text:tracked-changes>"
    )
    note = (
        '<text:note text:id="f1" text:note-class="footnote"><text:note-citation>1</text:note-citation>'
        "<text:note-body><text:p>脚注文字</text:p></text:note-body></text:note>"
    )
    body = (
        f"<office:text>{change}<text:p>正文第一段{note}<office:annotation><text:p>批注文字</text:p></office:annotation>"
        "<draw:frame><draw:text-box><text:p>文本框内</text:p></draw:text-box></draw:frame></text:p></office:text>"
    )
    styles = (
        '<office:master-styles><style:master-page style:name="Standard"><style:header><text:p>页眉文字</text:p>'
        "</style:header><style:footer><text:p>页脚文字</text:p></style:footer></style:master-page></office:master-styles>"
    )
    return build_odf("text", body, styles=styles)


def build_ods() -> bytes:
    """Two sheets."""
    sheet = (
        '<table:table table:name="{name}"><table:table-row>'
        '<table:table-cell office:value-type="string"><text:p>{a}</text:p></table:table-cell>'
        '<table:table-cell office:value-type="string"><text:p>{b}</text:p></table:table-cell>'
        "</table:table-row></table:table>"
    )
    sheets = sheet.format(name="台账", a="甲一", b="乙一") + sheet.format(name="附表", a="附甲", b="附乙")
    return build_odf("spreadsheet", f"<office:spreadsheet>{sheets}</office:spreadsheet>")


def build_odp() -> bytes:
    """Two slides, the first with notes."""
    slide = (
        '<draw:page draw:name="{name}"><draw:frame><draw:text-box><text:p>{text}</text:p></draw:text-box></draw:frame>'
        "<presentation:notes><draw:frame><draw:text-box><text:p>{text}的备注</text:p></draw:text-box></draw:frame>"
        "</presentation:notes></draw:page>"
    )
    slides = slide.format(name="a", text="第一张") + slide.format(name="b", text="第二张")
    return build_odf("presentation", f"<office:presentation>{slides}</office:presentation>")


def build_mht(charset: str = "gb18030") -> bytes:
    """A web page as a browser saves it in one file, with a picture beside it."""
    page = "<html><head><title>院內通知</title></head><body><h1>停水通知</h1><p>三號樓今晚停水。</p></body></html>"
    message = MIMEMultipart("related", policy=policy.SMTP)
    message["From"], message["Subject"] = "<Saved by Blink>", "院內通知"
    message["Snapshot-Content-Location"] = "http://intranet/notice.html"
    text = MIMEText(page, "html", charset)
    text["Content-Location"] = "http://intranet/notice.html"
    message.attach(text)
    return message.as_bytes()


def build_rtf() -> bytes:
    """Body, margins, a note, deleted and hidden words in GBK escapes."""

    def gbk(text: str) -> str:
        return "".join(f"\\'{byte:02x}" for byte in text.encode("gbk"))

    return (
        r"{\rtf1\ansi\ansicpg936\deff0{\fonttbl{\f0\fnil\fcharset134 SimSun;}}"
        + rf"{{\header\pard {gbk('页眉文字')}\par}}{{\footer\pard {gbk('页脚文字')}\par}}"
        + rf"\pard\f0 {gbk('正文第一段')}{{\footnote {gbk('脚注文字')}}}\par {{\deleted {gbk('删去的话')}}}\par "
        + rf"{{\v {gbk('隐藏字')}}}\par}}"
    ).encode("ascii")


def build_wave(seconds: float, **facts: bytes) -> bytes:
    """A silent recording; `facts` are entries of its INFO list, such as INAM."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(round(16000 * seconds)))
    if not facts:
        return buffer.getvalue()
    padded = ((name, value + b"\0" * (2 - len(value) % 2)) for name, value in facts.items())
    entries = b"".join(name.encode() + struct.pack("<I", len(value)) + value for name, value in padded)
    listed = b"LIST" + struct.pack("<I", len(entries) + 4) + b"INFO" + entries
    body = buffer.getvalue()[8:] + listed
    return b"RIFF" + struct.pack("<I", len(body)) + body
