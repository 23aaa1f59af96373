"""Office documents, mail and web pages through a real Tika server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from indexer.extract.office import OfficeExtractor
from indexer.extract.registry import open_document
from indexer.extract.types import TEXT_LIMIT, Extraction
from indexer.tools.tika import TikaClient
from render.errors import ToolError
from render.sandbox import SandboxPool
from tests.service.indexer import papers

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def extractor(tika_url: str, render: SandboxPool) -> Iterator[OfficeExtractor]:
    client = TikaClient([tika_url], write_limit=TEXT_LIMIT)
    yield OfficeExtractor(client, render)
    client.close()


def read(extractor: OfficeExtractor, data: bytes, name: str = "") -> tuple[Extraction, list[str]]:
    document = open_document(data, name)
    with document.file:
        assert extractor.bid(document.identified) > 1
        extraction = extractor.extract(document)
        pages = list(extraction.pages)
    assert [page.number for page in pages] == list(range(1, extraction.page_count + 1))
    assert {page.engine for page in pages} == {"tika"}
    return extraction, [page.text for page in pages]


def test_word_document_with_its_table_by_rows(extractor: OfficeExtractor) -> None:
    extraction, pages = read(extractor, papers.build_docx("设备验收报告", "共三页 <b>&amp;</b>"))
    assert pages == ["设备验收报告\n共三页 <b>&amp;</b>\n设备\t金额\n螺旋CT\t6.8万"]
    assert extraction.warnings == ()
    assert extraction.media_type.endswith("wordprocessingml.document")


def test_sheets_are_pages(extractor: OfficeExtractor) -> None:
    book = papers.build_xlsx(台账=[["编号", "金额"], ["YL-2021-0087", 1234.5]], 空表=[], 备注=[["锅炉"]])
    assert read(extractor, book)[1] == ["台账\n编号\t金额\nYL-2021-0087\t1234.5", "空表", "备注\n锅炉"]


def test_slides_are_pages_in_their_order(extractor: OfficeExtractor) -> None:
    titles = [f"第{number}张" for number in range(1, 13)]
    pages = read(extractor, papers.build_pptx(*titles))[1]
    assert pages == [f"{title}\n{title}的备注" for title in titles]


def test_mail_with_its_subject_but_not_its_attachment(extractor: OfficeExtractor) -> None:
    _, (text,) = read(extractor, papers.build_mail(), "a.eml")
    assert text.startswith("关于转发消防通知\n")
    assert "请各科室于月底前完成自查。" in text
    assert "总务处" in text
    assert "附件里的字" not in text


def test_web_page_without_its_script(extractor: OfficeExtractor) -> None:
    assert read(extractor, papers.HTML.encode(), "a.html")[1] == ["总务处\n值班安排表\n张三\n李四"]


def test_rtf_of_code_page_936(extractor: OfficeExtractor) -> None:
    assert read(extractor, papers.RTF)[1] == ["移交清单"]


def test_text_above_the_limit_is_cut_and_said_so(tika_url: str, render: SandboxPool) -> None:
    client = TikaClient([tika_url], write_limit=200)
    extraction, pages = read(
        OfficeExtractor(client, render), papers.build_docx(*(f"第{number}段文字" for number in range(100)))
    )
    client.close()
    assert extraction.warnings == ("text_cut",)
    assert "第0段文字" in pages[0]
    assert "第99段文字" not in pages[0]


def spoil(package: bytes, part: bytes, place: int) -> bytes:
    """`package` with 200 bytes of the packed `part` wiped out."""
    whole = bytearray(package)
    start = whole.index(part) + place
    whole[start : start + 200] = bytes(200)
    return bytes(whole)


def test_damaged_document(extractor: OfficeExtractor) -> None:
    with pytest.raises(ToolError) as caught:
        read(extractor, spoil(papers.build_docx("正文"), b"word/document.xml", 60))
    assert (caught.value.reason, caught.value.outcome) == ("damaged", "unreadable")


def test_document_that_breaks_off_gives_what_it_has_and_says_so(extractor: OfficeExtractor) -> None:
    long = papers.build_docx(*(f"第{number}段正文" for number in range(2000)))
    extraction, (text,) = read(extractor, spoil(long, b"word/document.xml", 3000))
    assert extraction.warnings == ("repaired",)
    assert "第0段正文" in text
    assert "第1999段正文" not in text


def test_document_without_words_is_empty(extractor: OfficeExtractor) -> None:
    with pytest.raises(ToolError) as caught:
        read(extractor, b"<html><body><img src='a.png'></body></html>", "a.html")
    assert (caught.value.reason, caught.value.outcome) == ("no_text", "empty")


def test_drawing_that_cannot_be_read_is_not_called_empty(extractor: OfficeExtractor) -> None:
    with pytest.raises(ToolError) as caught:
        read(extractor, b"AC1018" + bytes(200), "a.dwg")
    assert caught.value.reason in ("format_not_supported", "damaged")
