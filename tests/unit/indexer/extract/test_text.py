"""Plain text files."""

from __future__ import annotations

import pytest

from indexer.extract import text as text_module
from indexer.extract.registry import open_document
from indexer.extract.text import TextExtractor, build_plain_lines
from render.errors import ToolError


def read(data: bytes, name: str = "a.txt") -> tuple[list[str], tuple[str, ...]]:
    document = open_document(data, name)
    with document.file:
        extraction = TextExtractor().extract(document)
        pages = list(extraction.pages)
    assert len(pages) == extraction.page_count
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))
    return [page.text for page in pages], extraction.warnings


def test_form_feed_starts_a_page() -> None:
    assert read("第一页\r\n\f第二页\n\f".encode()) == (["第一页", "第二页"], ())


def test_table_of_commas_keeps_its_rows() -> None:
    assert read("编号,名称\n1,锅炉\n".encode("gb18030"), "台账.csv") == (["编号,名称\n1,锅炉"], ())


def test_chosen_pages() -> None:
    document = open_document("一\f二\f三".encode(), "a.txt")
    with document.file:
        extraction = TextExtractor().extract(document, first=2, last=9)
        assert [(page.number, page.text) for page in extraction.pages] == [(2, "二"), (3, "三")]


def test_null_bytes_do_not_hide_the_text() -> None:
    pages, _ = read(b"abc\x00" + b"text " * 20)
    assert "text text" in pages[0]


def test_long_line_is_cut_after_a_stop() -> None:
    lines = [line.text for line in build_plain_lines("一二三四五六七八九。" * 1000)]
    assert "".join(lines) == "一二三四五六七八九。" * 1000
    assert all(len(line) <= 4000 and line.endswith("。") for line in lines)
    assert [len(line.text) for line in build_plain_lines("字" * 9000)] == [4000, 4000, 1000]


def test_text_above_the_limit_is_cut_and_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_module, "TEXT_LIMIT", 5)
    assert read("一二三四五六七".encode()) == (["一二三四五"], ("text_cut",))


def test_blank_file_has_no_text() -> None:
    document = open_document(b" \r\n\t\n", "a.txt")
    with document.file, pytest.raises(ToolError) as caught:
        TextExtractor().extract(document)
    assert (caught.value.reason, caught.value.outcome) == ("no_text", "empty")
