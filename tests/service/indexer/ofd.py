"""A small writer of OFD packages (GB/T 33190-2016) for tests."""

from __future__ import annotations

import io
import zipfile
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
_SPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'


def text_object(text: str, x: float, y: float, *, size: float = 5, extra: str = "", code: str = "") -> str:
    """A line with its base `size` below (x, y), in millimetres; `extra` and `code` are attributes."""
    code = code or f'X="0" Y="{size}" DeltaX="g {max(1, len(text) - 1)} {size}"'
    boundary = f'Boundary="{x} {y} {size * len(text)} {size * 1.2}"'
    return (
        f'<ofd:TextObject ID="9" {boundary} Font="3" Size="{size}" {extra}>'
        f"<ofd:TextCode {code}>{escape(text)}</ofd:TextCode></ofd:TextObject>"
    )


def picture_object(resource: str, x: float, y: float, width: float, height: float) -> str:
    """A picture of the resources over a rectangle in millimetres."""
    return (
        f'<ofd:ImageObject ID="8" Boundary="{x} {y} {width} {height}" '
        f'CTM="{width} 0 0 {height} 0 0" ResourceID="{resource}"/>'
    )


def page(*objects: str, box: str = "", templates: str = "") -> str:
    """Content of a page with one layer."""
    area = f"<ofd:Area><ofd:PhysicalBox>{box}</ofd:PhysicalBox></ofd:Area>" if box else ""
    body = "".join(objects)
    return (
        f'{_HEAD}<ofd:Page {_SPACE}>{area}{templates}<ofd:Content><ofd:Layer ID="2">{body}</ofd:Layer>'
        "</ofd:Content></ofd:Page>"
    )


def build_ofd(
    *pages: str,
    common: str = "",
    after: str = "",
    entry: str = "",
    parts: dict[str, str | bytes] | None = None,
    without: tuple[str, ...] = (),
) -> bytes:
    """A package of one document.

    `common` and `after` go into Document.xml, into and after its common data, `entry` into OFD.xml; `parts` are added
    or replace members, `without` leaves members out.
    """
    places = "".join(f'<ofd:Page ID="{n + 10}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    area = f"<ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>{common}"
    members: dict[str, str | bytes] = {
        "OFD.xml": f'{_HEAD}<ofd:OFD {_SPACE} DocType="OFD" Version="1.0"><ofd:DocBody>'
        f"<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody>{entry}</ofd:OFD>",
        "Doc_0/Document.xml": f"{_HEAD}<ofd:Document {_SPACE}><ofd:CommonData>{area}</ofd:CommonData>"
        f"<ofd:Pages>{places}</ofd:Pages>{after}</ofd:Document>",
    }
    members |= {f"Doc_0/Pages/Page_{n}/Content.xml": content for n, content in enumerate(pages)}
    members |= parts or {}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            if name not in without:
                package.writestr(name, content)
    return buffer.getvalue()


def resources(**pictures: str) -> str:
    """DocumentRes.xml with the pictures: id → file in the folder Res."""
    media = "".join(
        f'<ofd:MultiMedia ID="{name}" Type="Image"><ofd:MediaFile>{file}</ofd:MediaFile></ofd:MultiMedia>'
        for name, file in pictures.items()
    )
    return f'{_HEAD}<ofd:Res {_SPACE} BaseLoc="Res"><ofd:MultiMedias>{media}</ofd:MultiMedias></ofd:Res>'
