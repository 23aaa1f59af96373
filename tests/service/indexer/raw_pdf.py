"""PDF files written object by object, for what no library writes."""

from __future__ import annotations


def build_pdf(*objects: bytes, head: bytes = b"%PDF-1.7\n") -> bytes:
    """The file with its table; the first object is the catalogue, numbers count from 1."""
    body, offsets = head, []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    count = len(objects) + 1
    return body + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF"
        % (count, table, count, len(body))
    )


def text(value: str) -> bytes:
    """A text string in UTF-16."""
    return b"<FEFF" + value.encode("utf-16-be").hex().encode() + b">"


def build_noted(*, rotation: int = 0, script: bool = False) -> bytes:
    """A page without content: a note of two rows, a text field and a choice whose appearance the viewer must make."""
    names = (
        b"/Names << /JavaScript << /Names [(a) << /S /JavaScript /JS (app.alert\\(1\\)) >>] >> >>" if script else b""
    )
    return build_pdf(
        b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /NeedAppearances true /Fields [6 0 R 7 0 R] >> %s >>" % names,
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Rotate %d /Annots [5 0 R 8 0 R 9 0 R 10 0 R]"
        b" /Contents 4 0 R >>" % rotation,
        b"<< /Length 0 >>\nstream\n\nendstream",
        b"<< /Type /Annot /Subtype /Square /Rect [100 700 160 724] /Contents %s >>" % text("请财务处复核\n第二行"),
        b"<< /FT /Tx /T (a) /V %s /Kids [8 0 R] >>" % text("锅炉三号"),
        b"<< /FT /Ch /Ff 131072 /T (b) /V %s /Opt [%s] /Kids [9 0 R] >>" % (text("合格"), text("合格")),
        b"<< /Type /Annot /Subtype /Widget /Parent 6 0 R /Rect [100 600 300 620] >>",
        b"<< /Type /Annot /Subtype /Widget /Parent 7 0 R /Rect [100 500 300 520] >>",
        b"<< /Type /Annot /Subtype /Popup /Rect [0 0 10 10] /Contents %s >>" % text("弹出框重复"),
    )


def build_looped() -> bytes:
    """A page tree whose only branch is itself."""
    return build_pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>")


def build_empty_pages(count: int) -> bytes:
    """So many pages without anything on them."""
    kids = b" ".join(b"%d 0 R" % number for number in range(3, count + 3))
    return build_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        *[b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"] * count,
    )
