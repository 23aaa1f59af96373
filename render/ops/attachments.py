"""Files embedded in a PDF document (ISO 32000-1, 7.11.4)."""

from __future__ import annotations

import ctypes
from collections.abc import Generator
from typing import Any

import pypdfium2.raw as raw

from render.jail.source import Source
from render.ops.handover import Result, hand_over
from render.ops.members import Member, build_member
from render.ops.pdf import open_document


def _next(params: dict[str, Any], source: Source) -> Result:
    """A portion of an attachment."""
    return hand_over(params, source, _iter_members)


OPS = {"pdf.next": _next}


def _iter_members(source: Source) -> Generator[Member]:
    """The attachments in the order of the document. Raises OpError `encrypted` or `damaged`."""
    document = open_document(source)
    for index in range(max(0, raw.FPDFDoc_GetAttachmentCount(document))):
        attachment = raw.FPDFDoc_GetAttachment(document, index)
        name = _read_name(attachment) or str(index + 1)
        content = _read_content(attachment)
        if content is None:
            yield Member(name=name.encode(), size=None, reason="damaged", read=lambda _: b"")
        else:
            yield build_member(name.encode(), content)


def _read_name(attachment: raw.FPDF_ATTACHMENT) -> str:
    size = raw.FPDFAttachment_GetName(attachment, None, 0)
    buffer = ctypes.create_string_buffer(size)
    raw.FPDFAttachment_GetName(attachment, ctypes.cast(buffer, ctypes.POINTER(raw.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def _read_content(attachment: raw.FPDF_ATTACHMENT) -> bytes | None:
    size = ctypes.c_ulong()
    if not raw.FPDFAttachment_GetFile(attachment, None, 0, size):
        return None
    buffer = ctypes.create_string_buffer(size.value)
    if not raw.FPDFAttachment_GetFile(attachment, buffer, size.value, size):
        return None
    return buffer.raw[: size.value]
