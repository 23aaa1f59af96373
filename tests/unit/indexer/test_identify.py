"""What files are, by content."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.identify import Identified, Kind, identify
from render.memory_file import MemoryFile

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def look(data: bytes, name: str = "file") -> Identified:
    with MemoryFile(data) as file:
        return identify(file, name)


def zipped(*names: str, stored: dict[str, bytes] | None = None, size: int = 10) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in (stored or {}).items():
            package.writestr(name, content, zipfile.ZIP_STORED)
        for name in names:
            package.writestr(name, b"0" * size)
    return buffer.getvalue()


def ole2(*streams: str) -> bytes:
    """A compound file of one table sector and as many directory sectors as the names need ([MS-CFB] §2.2-2.6)."""
    none = 0xFFFFFFFF
    links = [(none, none, 1), *((none, number, none) for number in range(2, len(streams) + 1)), (none, none, none)]
    entries = b"".join(
        name.encode("utf-16-le").ljust(64, b"\0") + struct.pack("<HHIII", 2 * len(name) + 2, 0, *link) + bytes(48)
        for name, link in zip(("Root Entry", *streams), links, strict=True)
    )
    sectors = -(-len(entries) // 512)
    chain = [*range(2, sectors + 1), 0xFFFFFFFE]
    table = struct.pack("<128I", 0xFFFFFFFD, *chain, *[0xFFFFFFFF] * (127 - len(chain)))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(22) + struct.pack("<H", 9) + bytes(16)
    header += struct.pack("<I", 1) + bytes(24) + struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    return header + table + entries.ljust(sectors * 512, b"\0")


def tarred() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as package:
        package.addfile(tarfile.TarInfo("a.txt"))
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "media_type", "kind"),
    [
        (b"%PDF-1.7\n", "a.pdf", "application/pdf", Kind.PDF),
        (b"\n\n junk %PDF-1.4\n", "a.pdf", "application/pdf", Kind.PDF),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a.jpg", "image/jpeg", Kind.IMAGE),
        (b"II*\x00\x08\x00", "a.tif", "image/tiff", Kind.IMAGE),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "a.webp", "image/webp", Kind.IMAGE),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "a.wav", "audio/vnd.wave", Kind.MEDIA),
        (b"\x00\x00\x00\x18ftypmp42", "a.mp4", "video/mp4", Kind.MEDIA),
        (b"{\\rtf1\\ansi", "a.rtf", "application/rtf", Kind.OFFICE),
        (b"{\\rtf1\\ansi", "a.doc", "application/rtf", Kind.OFFICE),
        (b"AC1018\x00\x00", "a.dwg", "image/vnd.dwg", Kind.DRAWING),
        (b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n", "a.dxf", "image/vnd.dxf", Kind.DRAWING),
        (b"999\nmade by hand\n0\nSECTION\n2\nENTITIES\n", "a.dxf", "image/vnd.dxf", Kind.DRAWING),
        (b"AutoCAD Binary DXF\r\n\x1a\x00\x00", "a.dxf", "image/vnd.dxf", Kind.DRAWING),
        (b"BM\x36\x00\x00\x00\x00\x00\x00\x00\x36", "a.bmp", "image/bmp", Kind.IMAGE),
        ("BMI 指数登记表，身高体重".encode(), "a.txt", "text/plain", Kind.TEXT),
        (b"\x00\x00\x00\x18ftypheic\x00\x00", "a.heic", "image/heic", Kind.UNKNOWN),
        (zipped("[Content_Types].xml", "word/document.xml"), "a.docx", WORD, Kind.OFFICE),
        (
            zipped(stored={"mimetype": b"application/vnd.oasis.opendocument.text"}),
            "a.odt",
            "application/vnd.oasis.opendocument.text",
            Kind.OFFICE,
        ),
        (zipped("OFD.xml", "Doc_0/Document.xml"), "a.ofd", "application/ofd", Kind.OFD),
        (zipped("a.txt", "word/notes.txt"), "a.zip", "application/zip", Kind.CONTAINER),
        (b"prefix" * 0 + zipped("a.txt")[:60], "a.zip", "application/zip", Kind.DAMAGED),
        (gzip.compress(b"text"), "a.gz", "application/gzip", Kind.CONTAINER),
        (tarred(), "a.tar", "application/x-tar", Kind.CONTAINER),
        (b"7z\xbc\xaf'\x1c\x00\x04", "a.7z", "application/x-7z-compressed", Kind.CONTAINER),
        (b"Rar!\x1a\x07\x01\x00", "a.rar", "application/x-rar-compressed", Kind.CONTAINER),
        (ole2("WordDocument"), "a.doc", "application/msword", Kind.OFFICE),
        (ole2("WordDocument"), "a.wps", "application/msword", Kind.OFFICE),
        (ole2("a", "b", "c", "d", "Workbook"), "a.xls", "application/vnd.ms-excel", Kind.OFFICE),
        (ole2("PowerPoint Document"), "a.ppt", "application/vnd.ms-powerpoint", Kind.OFFICE),
        (ole2("__properties_version1.0"), "a.msg", "application/vnd.ms-outlook", Kind.MAIL),
        (ole2("EncryptionInfo", "EncryptedPackage"), "a.xlsx", "application/x-tika-ooxml-protected", Kind.ENCRYPTED),
        (ole2("Other"), "a.db", "application/x-tika-msoffice", Kind.UNKNOWN),
        (ole2("WordDocument")[:700], "a.doc", "application/x-tika-msoffice", Kind.DAMAGED),
        (b"<!DOCTYPE html><p>x", "a.html", "text/html", Kind.WEB),
        ("\ufeff <!-- 值班 --> <HTML lang=zh>".encode(), "a.htm", "text/html", Kind.WEB),
        (b"<h1>x</h1>", "a.html", "text/html", Kind.WEB),
        (b"<h1>x</h1>", "a.txt", "text/plain", Kind.TEXT),
        (b"From: a@b\r\nTo: c@d\r\nSubject: x\r\n\r\nbody", "a", "message/rfc822", Kind.MAIL),
        (b"Subject: x\n\nbody", "a.eml", "message/rfc822", Kind.MAIL),
        ("主题: 会议\n日期: 今天\n".encode(), "a.txt", "text/plain", Kind.TEXT),
        ("一封信，暗号青花瓷七号。".encode("gb18030"), "a.txt", "text/plain", Kind.TEXT),
        ("编号,名称\n".encode(), "a.csv", "text/csv", Kind.TEXT),
        (b"MZ\x90\x00", "a.exe", "application/x-msdownload", Kind.UNKNOWN),
        (bytes(500), "a.bin", "application/octet-stream", Kind.UNKNOWN),
        (b"", "a.pdf", "application/octet-stream", Kind.UNKNOWN),
    ],
)
def test_content_decides(data: bytes, name: str, media_type: str, kind: Kind) -> None:
    found = look(data, name)
    assert (found.media_type, found.kind) == (media_type, kind)


@pytest.mark.parametrize(
    ("data", "name", "mismatch"),
    [
        (zipped("[Content_Types].xml", "word/document.xml"), "合同.pdf", True),
        (zipped("[Content_Types].xml", "word/document.xml"), "合同.DOCX", False),
        (zipped("[Content_Types].xml", "word/document.xml"), "合同", False),
        (zipped("[Content_Types].xml", "word/document.xml"), "合同.2023年", False),
        (b"%PDF-1.7\n", "扫描.tif", True),
        (b"MZ\x90\x00", "报告.pdf", True),
        (ole2("EncryptedPackage"), "工资.xlsx", False),
        ("正文".encode(), "记录.txt", False),
        ("正文".encode(), "记录.docx", True),
    ],
)
def test_extension_that_speaks_of_something_else(data: bytes, name: str, mismatch: bool) -> None:
    assert look(data, name).extension_mismatch is mismatch


def test_bombs_are_told_by_what_they_declare() -> None:
    bomb = zipped("big", size=150 * 1024**2)
    assert len(bomb) < 1024**2
    assert look(bomb, "a.zip").kind is Kind.BOMB
    assert look(zipped("[Content_Types].xml", "word/document.xml", size=150 * 1024**2), "a.docx").kind is Kind.BOMB
    assert look(zipped("small", size=50 * 1024**2), "a.zip").kind is Kind.CONTAINER


def test_members_that_share_their_bytes_are_a_bomb() -> None:
    entry = struct.pack("<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 8, 0, 0, 0, 2**24, 2**27, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 100
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 100, 100, len(directory), 2**20, 0)
    assert look(b"PK\x03\x04".ljust(2**20, b"\0") + directory + end, "a.zip").kind is Kind.BOMB


def test_self_extracting_head_shifts_the_directory() -> None:
    package = zipped("[Content_Types].xml", "word/document.xml")
    shifted = b"PK\x03\x04" + bytes(1000) + package
    assert look(shifted, "a.docx").media_type == WORD


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF-", b"PK\x05\x06"]),
)
def test_no_content_is_too_odd(data: bytes, head: bytes) -> None:
    assert look(head + data, "a.docx").media_type


@given(st.data())
def test_damaged_directories_end_in_a_kind(data: st.DataObject) -> None:
    whole = bytearray(
        data.draw(st.sampled_from([zipped("[Content_Types].xml", "word/a"), ole2("a", "b", "WordDocument")]))
    )
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(8, len(whole) - 1))] = data.draw(st.integers(0, 255))
    assert look(bytes(whole)).kind in Kind


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), True),
        (zipped("[Content_Types].xml", "word/document.xml"), False),
        (zipped("Basic/Standard/Module1.xml", stored={"mimetype": b"application/vnd.oasis.opendocument.text"}), True),
        (ole2("WordDocument", "Macros", "VBA"), True),
        (ole2("Workbook", "_VBA_PROJECT_CUR"), True),
        (ole2("Workbook"), False),
        (zipped("a.txt", "x/vbaProject.bin"), False),
    ],
)
def test_macros_are_flagged(data: bytes, expected: bool) -> None:
    assert look(data, "").has_macros is expected
