"""What a password opens: the document in a locked PDF or Office file, the members of a locked ZIP file.

The document comes out as one member without a name, so that it is handed over like any other file inside a file.
"""

from __future__ import annotations

import codecs
import zipfile
from collections.abc import Callable, Generator
from io import BytesIO
from typing import Any, Final
from xml.dom import minidom

import msoffcrypto
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from cryptography.exceptions import UnsupportedAlgorithm
from msoffcrypto.exceptions import InvalidKeyError
from msoffcrypto.format import doc97, ooxml, ppt97, xls97

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops import libarchive, zip_aes
from render.ops.handover import Result, hand_over
from render.ops.members import Member, build_member

WRONG: Final = "file_password_wrong"
UNKNOWN: Final = "encryption_unknown"
_ENCODINGS = ("utf-8", "gb18030")
"""Of the characters of a password: PDF 2.0 says the first, older Chinese programs wrote the second."""


class _InMemory:
    """In place of `tempfile` in the readers of old Office files: nothing opened is ever written to a disk."""

    TemporaryFile = BytesIO


def prepare() -> None:
    """Loads what PDFium otherwise loads late; keeps the plain text of Office files in memory."""
    pdfium.PdfDocument.new().close()
    for encoding in (*_ENCODINGS, "utf-16-le", "latin-1", "ascii"):
        codecs.lookup(encoding)
    minidom.parseString(b"<a/>")  # noqa: S318 - constant; loads the parser
    for module in (doc97, xls97, ppt97):
        module.tempfile = _InMemory
    zip_aes.prepare()


def _open_pdf(source: Source, password: str) -> Generator[Member]:
    for encoding in _ENCODINGS:
        handle = raw.FPDF_LoadMemDocument64(source.map(), source.size, password.encode(encoding))
        if handle:
            document = pdfium.PdfDocument(handle)
            try:
                out = BytesIO()
                document.save(out, flags=raw.FPDF_REMOVE_SECURITY)
            except pdfium.PdfiumError as err:
                raise OpError("damaged") from err
            finally:
                document.close()
            yield build_member(b"", out.getvalue())
            return
        error = raw.FPDF_GetLastError()
        if error != raw.FPDF_ERR_PASSWORD:
            raise OpError(UNKNOWN if error == raw.FPDF_ERR_SECURITY else "damaged")
    raise OpError(WRONG)


def _open_office(source: Source, password: str) -> Generator[Member]:
    out = BytesIO()
    try:
        document = msoffcrypto.OfficeFile(source.open())
        # Those of the old formats always compare the password with its check value; only this one must be asked to.
        document.load_key(
            password=password, **({"verify_password": True} if isinstance(document, ooxml.OOXMLFile) else {})
        )
        document.decrypt(out)
    except InvalidKeyError as err:
        raise OpError(WRONG) from err
    except MemoryError:
        raise
    except UnsupportedAlgorithm as err:
        raise OpError(UNKNOWN) from err
    except Exception as err:  # the library lets its parsers' own errors through
        raise OpError(UNKNOWN) from err
    yield build_member(b"", out.getvalue())


def _open_zip(source: Source, password: str) -> Generator[Member]:
    try:
        has_aes = zip_aes.uses_aes(source)
    except zipfile.BadZipFile as err:
        raise OpError("damaged") from err
    if has_aes:
        yield from zip_aes.iter_members(source, password)
    else:
        yield from libarchive.iter_members(source, "application/zip", password)


_READERS: Final[dict[str, Callable[[Source, str], Generator[Member]]]] = {
    "application/pdf": _open_pdf,
    "application/x-tika-ooxml-protected": _open_office,
    "application/msword": _open_office,
    "application/vnd.ms-excel": _open_office,
    "application/vnd.ms-powerpoint": _open_office,
    "application/zip": _open_zip,
}
MEDIA_TYPES: Final = frozenset(_READERS)


def _next(params: dict[str, Any], source: Source) -> Result:
    """A portion of what `password` opens in a file of type `media_type`."""
    read, password = _READERS[params["media_type"]], params["password"]
    return hand_over(params, source, lambda kept: read(kept, password))


OPS = {"decrypt.next": _next}
