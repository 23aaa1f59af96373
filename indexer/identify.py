"""What a file is, by its content; the name only confirms or contradicts.

Reads little: the beginning, a few marks, and the directories of ZIP and OLE2 files within fixed bounds. Unpacks
nothing, but compares what a ZIP file says it would become with what it is, so that a bomb is set aside unopened.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Final

from archive import bundle
from indexer.extract.encoding import decode, detect_encoding
from indexer.tools import containers
from indexer.tools.containers import Readable

HEAD_BYTES = 64 * 1024


class Kind(StrEnum):
    """What can be done with a file; extractors bid by it."""

    PDF = "pdf"
    OFD = "ofd"
    IMAGE = "image"
    OFFICE = "office"
    MAIL = "mail"
    WEB = "web"
    TEXT = "text"
    DRAWING = "drawing"
    MEDIA = "media"
    CONTAINER = "container"
    ENCRYPTED = "encrypted"
    DAMAGED = "damaged"
    BOMB = "bomb"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Media type (IANA or Tika's name for it), kind, whether the extension speaks of another type, and whether programs
    are in it that somebody's office program could run."""

    media_type: str
    kind: Kind
    extension_mismatch: bool = False
    has_macros: bool = False


DXF: Final = "image/vnd.dxf"

# (offset, bytes, media type, kind); the first that fits wins.
_MAGIC: tuple[tuple[int, bytes, str, Kind], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png", Kind.IMAGE),
    (0, b"\xff\xd8\xff", "image/jpeg", Kind.IMAGE),
    (0, b"II*\x00", "image/tiff", Kind.IMAGE),
    (0, b"MM\x00*", "image/tiff", Kind.IMAGE),
    (0, b"II+\x00", "image/tiff", Kind.IMAGE),
    (0, b"GIF8", "image/gif", Kind.IMAGE),
    (8, b"WEBP", "image/webp", Kind.IMAGE),
    (0, b"\x00\x00\x00\x0cjP  ", "image/jp2", Kind.IMAGE),
    (0, b"\xffO\xffQ\x00", "image/jp2", Kind.IMAGE),
    (0, b"{\\rtf", "application/rtf", Kind.OFFICE),
    (0, b"AC10", "image/vnd.dwg", Kind.DRAWING),
    (0, b"AutoCAD Binary DXF", DXF, Kind.DRAWING),
    (128, b"DICM", "application/dicom", Kind.UNKNOWN),
    (8, b"WAVE", "audio/vnd.wave", Kind.MEDIA),
    (8, b"AVI ", "video/x-msvideo", Kind.MEDIA),
    (0, b"#!AMR", "audio/amr", Kind.MEDIA),
    (0, b"fLaC", "audio/flac", Kind.MEDIA),
    (0, b"OggS", "application/ogg", Kind.MEDIA),
    (0, b"ID3", "audio/mpeg", Kind.MEDIA),
    (0, b"\xff\xfb", "audio/mpeg", Kind.MEDIA),
    (0, b"\xff\xf3", "audio/mpeg", Kind.MEDIA),
    (0, b"\xff\xf1", "audio/aac", Kind.MEDIA),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska", Kind.MEDIA),
    (0, b"0&\xb2u\x8ef\xcf\x11", "video/x-ms-asf", Kind.MEDIA),
    (0, b"FLV\x01", "video/x-flv", Kind.MEDIA),
    (0, b"\x00\x00\x01\xba", "video/mpeg", Kind.MEDIA),
    *((4, b"ftyp" + brand, "image/heic", Kind.UNKNOWN) for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1")),
    (4, b"ftypavif", "image/avif", Kind.UNKNOWN),
    (4, b"ftyp", "video/mp4", Kind.MEDIA),
    (4, b"moov", "video/quicktime", Kind.MEDIA),
    (0, b"7z\xbc\xaf'\x1c", "application/x-7z-compressed", Kind.CONTAINER),
    (0, b"Rar!\x1a\x07", "application/x-rar-compressed", Kind.CONTAINER),
    (0, b"\x1f\x8b", "application/gzip", Kind.CONTAINER),
    (0, b"BZh", "application/x-bzip2", Kind.CONTAINER),
    (0, b"\xfd7zXZ\x00", "application/x-xz", Kind.CONTAINER),
    (0, b"(\xb5/\xfd", "application/zstd", Kind.CONTAINER),
    (257, b"ustar", "application/x-tar", Kind.CONTAINER),
    (0, b"MSCF\0\0\0\0", "application/vnd.ms-cab-compressed", Kind.CONTAINER),
    (0, b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef", Kind.CONTAINER),
    (0x8001, b"CD001", "application/x-iso9660-image", Kind.CONTAINER),
    (0, b"MZ", "application/x-msdownload", Kind.UNKNOWN),
    (0, b"\x7fELF", "application/x-executable", Kind.UNKNOWN),
)

_EXTENSIONS: dict[str, tuple[str, ...]] = {
    "application/pdf": ("pdf", "ai"),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/tiff": ("tif", "tiff"),
    "image/gif": ("gif",),
    "image/bmp": ("bmp",),
    "image/webp": ("webp",),
    bundle.MEDIA_TYPE: ("zip",),
    "image/jp2": ("jp2", "j2k", "jpf", "jpc", "j2c"),
    "application/rtf": ("rtf", "doc"),
    "image/vnd.dwg": ("dwg",),
    DXF: ("dxf",),
    "audio/vnd.wave": ("wav",),
    "video/x-msvideo": ("avi",),
    "audio/amr": ("amr", "awb"),
    "audio/flac": ("flac",),
    "application/ogg": ("ogg", "oga", "ogv", "opus"),
    "audio/mpeg": ("mp3",),
    "audio/aac": ("aac",),
    "video/x-matroska": ("mkv", "webm", "mka"),
    "video/x-ms-asf": ("wmv", "wma", "asf"),
    "video/x-flv": ("flv",),
    "video/mpeg": ("mpg", "mpeg", "vob"),
    "image/heic": ("heic", "heif"),
    "image/avif": ("avif",),
    "video/mp4": ("mp4", "m4a", "m4v", "mov", "3gp"),
    "video/quicktime": ("mov",),
    "application/x-7z-compressed": ("7z",),
    "application/x-rar-compressed": ("rar",),
    "application/gzip": ("gz", "tgz"),
    "application/x-bzip2": ("bz2",),
    "application/x-xz": ("xz",),
    "application/zstd": ("zst",),
    "application/x-tar": ("tar",),
    "application/vnd.ms-cab-compressed": ("cab",),
    "application/x-iso9660-image": ("iso",),
    "application/vnd.ms-tnef": ("tnef",),
    "application/mbox": ("mbox", "mbx"),
    "application/zip": ("zip", "jar", "epub"),
    "application/ofd": ("ofd",),
    "application/msword": ("doc", "dot", "wps"),
    "application/vnd.ms-excel": ("xls", "xlt", "et"),
    "application/vnd.ms-powerpoint": ("ppt", "pps", "dps"),
    "application/vnd.ms-outlook": ("msg",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx", "docm", "dotx", "wps"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx", "xlsm", "xltx", "et"),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx", "pptm", "ppsx", "dps"),
    "application/vnd.oasis.opendocument.text": ("odt", "ott"),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods", "ots"),
    "application/vnd.oasis.opendocument.presentation": ("odp", "otp"),
    "message/rfc822": ("eml", "mht", "mhtml"),
    "text/html": ("html", "htm", "xhtml", "shtml"),
    "application/x-msdownload": ("exe", "dll", "com", "scr"),
}
# Extensions of plain text that say more than "text"; content cannot tell them apart.
_TEXT_EXTENSIONS = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "md": "text/markdown",
    "json": "application/json",
}
_KNOWN_EXTENSIONS = {name for names in _EXTENSIONS.values() for name in names} | {"txt", *_TEXT_EXTENSIONS}
_DXF = re.compile(rb"\s*(?:999\s*?\n[^\n]*\n\s*)*0\s*?\n\s*SECTION\s*?\n")
_MACRO_FOLDERS = ("Basic/", "Scripts/")
_MACRO_STORAGES = frozenset(("Macros", "_VBA_PROJECT", "_VBA_PROJECT_CUR"))
_HTML = re.compile(
    r"\s*(?:<!--.*?-->\s*|<\?xml[^>]*>\s*)*<(?:!doctype\s+html|html|head|body|meta|title)\b", re.I | re.S
)
_TAG = re.compile(r"<(?:p|div|table|h[1-6]|br|span|a|ul|ol|script|style)\b[^>]*>", re.I)
# The line before each mail of a mailbox (RFC 4155), and a header.
_ENVELOPE = re.compile(rb"From \S+ .*\d{1,2}:\d{2}.*\d{4}\r?\n[!-9;-~]+:")
_MAIL_HEADER = re.compile(
    r"^(?:from|to|cc|subject|date|message-id|mime-version|received|return-path|content-type|reply-to|delivered-to"
    r"|x-[\w-]+):",
    re.I | re.M,
)


def identify(file: Readable, name: str) -> Identified:
    """What `file` is; `name` is only looked at for its extension. Never raises for any content."""
    extension = PurePath(name).suffix.lower().lstrip(".")
    media_type, kind = _by_content(file, extension)
    is_other = extension in _KNOWN_EXTENSIONS and not _fits(media_type, kind, extension)
    has_macros = kind is Kind.OFFICE and _has_macros(file)
    return Identified(media_type=media_type, kind=kind, extension_mismatch=is_other, has_macros=has_macros)


def _has_macros(file: Readable) -> bool:
    """Whether a package or compound file has a place for macros: Visual Basic, or Basic and scripts of OpenDocument."""
    directory = containers.read_zip_directory(file)
    if directory is not None:
        return any(name.endswith("vbaProject.bin") or name.startswith(_MACRO_FOLDERS) for name in directory.names)
    return not _MACRO_STORAGES.isdisjoint(containers.read_ole2_names(file))


def _fits(media_type: str, kind: Kind, extension: str) -> bool:
    if kind in (Kind.ENCRYPTED, Kind.DAMAGED):
        return True
    if kind is Kind.TEXT:
        return extension == "txt" or extension in _TEXT_EXTENSIONS
    return extension in _EXTENSIONS.get(media_type, ())


def _by_content(file: Readable, extension: str) -> tuple[str, Kind]:
    head = file.read(HEAD_BYTES)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _by_zip(file, head)
    if head.startswith(containers.OLE2_MAGIC):
        return _by_ole2(file)
    # A PDF document may begin late, and a container that does not compress shows the beginning of its first member.
    is_pdf = b"%PDF-" in head[:1024]
    for offset, magic, media_type, kind in _MAGIC:
        if head.startswith(magic, offset) and (kind is Kind.CONTAINER or not is_pdf):
            return media_type, kind
    if is_pdf:
        return "application/pdf", Kind.PDF
    if _ENVELOPE.match(head):
        return "application/mbox", Kind.CONTAINER
    # Two letters alone prove nothing: BMI 指数. The reserved bytes of the header are zero.
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return "image/bmp", Kind.IMAGE
    if _DXF.match(head.removeprefix(b"\xef\xbb\xbf")):
        return DXF, Kind.DRAWING
    return _by_text(head, extension)


OOXML = "application/vnd.openxmlformats-officedocument."
_ZIP_PARTS = (
    ("OFD.xml", "application/ofd", Kind.OFD),
    ("word/", OOXML + "wordprocessingml.document", Kind.OFFICE),
    ("xl/", OOXML + "spreadsheetml.sheet", Kind.OFFICE),
    ("ppt/", OOXML + "presentationml.presentation", Kind.OFFICE),
    ("visio/", "application/vnd.ms-visio.drawing", Kind.OFFICE),
)


def _by_zip(file: Readable, head: bytes) -> tuple[str, Kind]:
    directory = containers.read_zip_directory(file)
    if directory is None:
        return "application/zip", Kind.DAMAGED
    if directory.is_bomb:
        return "application/zip", Kind.BOMB
    # OpenDocument keeps its type in the first member, stored and not compressed (ODF 1.2 part 3, §3.3).
    if head[30:38] == b"mimetype":
        if head.startswith(bundle.MEDIA_TYPE.encode(), 38):
            return bundle.MEDIA_TYPE, Kind.IMAGE
        declared = re.match(rb"application/(?:vnd\.oasis\.opendocument\.[a-z-]+|epub\+zip)", head[38:120])
        if declared:
            return declared[0].decode("ascii"), Kind.OFFICE
    names = directory.names
    if "OFD.xml" in names or "[Content_Types].xml" in names:
        for part, media_type, kind in _ZIP_PARTS:
            if any(name.startswith(part) for name in names):
                return media_type, kind
    return "application/zip", Kind.CONTAINER


_OLE2_STREAMS = (
    ("EncryptedPackage", "application/x-tika-ooxml-protected", Kind.ENCRYPTED),
    ("WordDocument", "application/msword", Kind.OFFICE),
    ("Workbook", "application/vnd.ms-excel", Kind.OFFICE),
    ("Book", "application/vnd.ms-excel", Kind.OFFICE),
    ("PowerPoint Document", "application/vnd.ms-powerpoint", Kind.OFFICE),
    ("__properties_version1.0", "application/vnd.ms-outlook", Kind.MAIL),
    ("VisioDocument", "application/vnd.visio", Kind.OFFICE),
)


def _by_ole2(file: Readable) -> tuple[str, Kind]:
    streams = containers.read_ole2_top(file)
    for stream, media_type, kind in _OLE2_STREAMS:
        if stream in streams:
            return media_type, kind
    return "application/x-tika-msoffice", Kind.UNKNOWN if streams else Kind.DAMAGED


def _by_text(head: bytes, extension: str) -> tuple[str, Kind]:
    encoding = detect_encoding(head)
    if encoding is None or not head:
        return "application/octet-stream", Kind.UNKNOWN
    beginning = decode(head[:8192], encoding).lstrip("\ufeff")
    is_named_html = extension in _EXTENSIONS["text/html"] and _TAG.search(beginning)
    if _HTML.match(beginning) or is_named_html:
        return "text/html", Kind.WEB
    headers = len(_MAIL_HEADER.findall(beginning.partition("\n\n")[0].replace("\r", "")[:4096]))
    if headers >= 3 or (headers and extension in _EXTENSIONS["message/rfc822"]):
        return "message/rfc822", Kind.MAIL
    return _TEXT_EXTENSIONS.get(extension, "text/plain"), Kind.TEXT
