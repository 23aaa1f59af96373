"""Pages of a PDF as a document of their own: the scan of a whole case volume becomes those of its pieces.

The same pages of the same document always make the same bytes, so that what was taken before is recognised by its
digest. PDFium stamps what it writes with the time and a random mark; both are taken out.
"""

from __future__ import annotations

import io
import re
from typing import Any

import pypdfium2 as pdfium

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.pdf import open_document

Result = tuple[dict[str, Any], bytes]
_INFO = re.compile(rb"/Info (\d+) 0 R")
_MADE_AT = re.compile(rb"/CreationDate\(D:\d{14}")
_MARK = re.compile(rb"/ID\[<[0-9A-F]{32}><[0-9A-F]{32}>\]")


def _extract(params: dict[str, Any], source: Source) -> Result:
    """Pages `first` to `last` (from 1) as a PDF; the result tells their number. Raises OpError `page_not_found`."""
    document = open_document(source)
    first, last = params["first"], params["last"]
    if not 1 <= first <= last <= len(document):
        raise OpError("page_not_found")
    taken = pdfium.PdfDocument.new()
    try:
        taken.import_pages(document, list(range(first - 1, last)))
        written = io.BytesIO()
        taken.save(written)
    except pdfium.PdfiumError as err:
        raise OpError("damaged") from err
    finally:
        taken.close()
    return {"pages": last - first + 1}, _without_stamps(written.getvalue())


OPS = {"pdf.extract": _extract}


def _without_stamps(data: bytes) -> bytes:
    """The document without time and mark, of the same length: places in it stay right."""
    trailer = data.rfind(b"trailer")
    end = _MARK.sub(b"/ID[<" + b"0" * 32 + b"><" + b"0" * 32 + b">]", data[trailer:])
    begin = data[:trailer]
    info = _INFO.search(end)
    if info:
        at = max(begin.rfind(b"\n" + info[1] + b" 0 obj"), 0)
        begin = begin[:at] + _MADE_AT.sub(b"/CreationDate(D:19700101000000", begin[at:], count=1)
    return begin + end
