"""Attacks and oddities go the whole way: each file ends with an outcome in words, and the next one is read."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pytest

from archive.models import File
from archive.reasons import REASONS
from archive.record import Archive
from indexer.worker import Worker
from tests.indexer_world import (
    Index,
    drain,
    get_file,
    hand_in,
    let_time_pass,
    make_docx,
    make_pdf,
    make_xlsx,
)
from tests.service.indexer import full_papers, ofd, raw_pdf
from tests.service.indexer.papers import LAUGHS, OUTSIDE

pytestmark = pytest.mark.service


NEXT = "下一份照常读取"


def word(head: str) -> bytes:
    """A Word document whose main part begins with `head` and uses its entity."""

    def spoil(old: bytes) -> bytes:
        return old.decode().replace("<w:document", f"{head}<w:document", 1).replace("正文", "正文&j;").encode()

    return full_papers.patch(make_docx("正文"), {"word/document.xml": spoil})


def ofd_page(head: str) -> bytes:
    page = ofd.page(ofd.text_object("正文", 20, 20))
    evil = page.replace("?>", f"?>{head}", 1)
    return ofd.build_ofd(page, parts={"Doc_0/Pages/Page_0/Content.xml": evil})


def polyglot() -> bytes:
    """A PDF document with a ZIP file behind it, directory and all."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        package.writestr("藏.txt", "藏在后面")
    return make_pdf("双重身份文件") + buffer.getvalue()


def macros() -> bytes:
    """A workbook with a part for macros; what is in that part does not matter, as nobody opens it."""
    kind = '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
    changes = {
        "xl/vbaProject.bin": b"\xd0\xcf\x11\xe0" + bytes(600),
        "[Content_Types].xml": lambda old: old.decode().replace("<Default ", f"{kind}<Default ", 1).encode(),
    }
    return full_papers.patch(make_xlsx(("带宏的台账", "金额")), changes)


ENDINGS: dict[str, tuple[Callable[[], bytes], str, set[tuple[str, str]]]] = {
    "word-laughs": (lambda: word(LAUGHS), "a.docx", {("unreadable", "damaged")}),
    "word-outside": (lambda: word(OUTSIDE), "a.docx", {("searchable", ""), ("unreadable", "damaged")}),
    "odf-laughs": (
        lambda: full_papers.build_odf("text", "<office:text><text:p>正文&j;</text:p></office:text>", head=LAUGHS),
        "a.odt",
        {("searchable", "repaired"), ("unreadable", "damaged")},
    ),
    "ofd-laughs": (lambda: ofd_page(LAUGHS), "a.ofd", {("quarantined", "declares_entities")}),
    "ofd-outside": (lambda: ofd_page(OUTSIDE), "a.ofd", {("quarantined", "declares_entities")}),
    "svg-outside": (
        lambda: f'<?xml version="1.0"?>{OUTSIDE}<svg><text>图例&j;</text><script>x()</script></svg>'.encode(),
        "a.svg",
        {("searchable", "")},
    ),
    "html-laughs": (lambda: f"<html>{LAUGHS}<body>正文&j;</body></html>".encode(), "a.html", {("searchable", "")}),
    "pdf-loop": (raw_pdf.build_looped, "a.pdf", {("unreadable", "damaged"), ("empty", "no_text")}),
    "pdf-empty-pages": (lambda: raw_pdf.build_empty_pages(5000), "a.pdf", {("empty", "blank")}),
    "pdf-scripts": (lambda: raw_pdf.build_noted(script=True), "a.pdf", {("searchable", "has_macros")}),
    "nul-bytes": (lambda: "合同编号 HT-2023-021，乙方签字。\0".encode("gb18030") * 20, "a.txt", {("searchable", "")}),
    "only-nul-bytes": (lambda: bytes(5000), "a.txt", {("unreadable", "format_not_supported")}),
    "one-line": (lambda: "长行".encode() * 17_000_000, "a.txt", {("searchable", "text_cut")}),
    "macros": (macros, "a.xlsm", {("searchable", "has_macros")}),
    "polyglot": (polyglot, "a.pdf", {("searchable", ""), ("searchable", "repaired")}),
    "wrong-extension": (lambda: make_docx("名不副实"), "a.pdf", {("searchable", "extension_mismatch")}),
    "program": (lambda: b"MZ" + bytes(3000), "a.doc", {("unreadable", "format_not_supported")}),
    "noise": (lambda: b"PK\x03\x04" + bytes(range(256)) * 40, "a.docx", {("unreadable", "damaged")}),
    "compound-noise": (
        lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\xff" * 5000,
        "a.xls",
        {("unreadable", "damaged")},
    ),
}


@pytest.fixture
def outside_words() -> str:
    """What an external entity would bring in."""
    return "root:x:0:0"


def test_each_ends_in_words_and_the_next_is_read(
    archive: Archive, worker: Worker, index: Index, outside_words: str
) -> None:
    files = {name: hand_in(archive, build(), file) for name, (build, file, _) in ENDINGS.items()}
    last = hand_in(archive, make_docx(NEXT), "下一份.docx")
    drain(worker)
    for _ in range(5):  # the largest of them may press the engine, which is then asked again later
        if not index.find_words(NEXT):
            let_time_pass(archive)
            drain(worker)
    ends = {name: (file.outcome, file.reason) for name in files if (file := get_file(archive, files[name]))}
    assert {name: end for name, end in ends.items() if end not in ENDINGS[name][2]} == {}
    assert {reason for _, reason in ends.values() if reason} <= REASONS.keys()
    assert index.find_words(NEXT) == {get_file(archive, last).item_id}
    assert index.find_words(outside_words) == set()


def test_content_decides_and_the_mismatch_is_recorded(archive: Archive, worker: Worker, index: Index) -> None:
    double, named = hand_in(archive, polyglot(), "甲.zip"), hand_in(archive, make_docx("名不副实"), "乙.pdf")
    drain(worker)
    found: list[File] = [get_file(archive, file_id) for file_id in (double, named)]
    assert [file.media_type.rpartition(".")[2] for file in found] == ["application/pdf", "document"]
    assert [file.is_mismatched for file in found] == [True, True]
    assert index.find_words("双重身份文件") == {found[0].item_id}
    assert index.find_words("藏在后面") == set()
