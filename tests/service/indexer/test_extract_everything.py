"""Words in every place that an office program has for them are found; order and pages are those a reader sees."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from indexer.extract.office import OfficeExtractor
from indexer.extract.registry import open_document
from indexer.extract.types import TEXT_LIMIT
from indexer.tools.tika import TikaClient
from render import programs
from render.errors import ToolError
from render.sandbox import SandboxPool
from tests.service.indexer import full_papers
from tests.service.indexer.papers import LAUGHS, OUTSIDE
from tests.service.indexer.real_files import read_real

pytestmark = pytest.mark.service


@pytest.fixture(scope="module")
def extractor(tika_url: str) -> Iterator[OfficeExtractor]:
    client = TikaClient([tika_url], write_limit=TEXT_LIMIT)
    with SandboxPool(1, programs.RENDER) as pool:
        yield OfficeExtractor(client, pool)
    client.close()


def read(extractor: OfficeExtractor, data: bytes, name: str) -> tuple[tuple[str, ...], list[str]]:
    document = open_document(data, name)
    with document.file:
        extraction = extractor.extract(document)
        return extraction.warnings, [page.text for page in extraction.pages]


def test_word_document(extractor: OfficeExtractor) -> None:
    warnings, (text,) = read(extractor, full_papers.build_docx(), "a.docx")
    places = ("正文第一段", "页眉文字", "页脚文字", "批注文字", "脚注文字", "尾注文字", "文本框内", "内容控件")
    assert [word for word in (*places, "外层表格", "内层表格", "金额陆仟元", "隐藏字") if word not in text] == []
    assert "[-伍仟元-]" in text
    assert warnings == ("tracked_changes",)


def test_workbook_with_hidden_sheets(extractor: OfficeExtractor) -> None:
    _, (first, hidden, deep) = read(extractor, full_papers.build_xlsx(), "a.xlsx")
    assert (hidden, deep) == ("隐藏表\n隐藏内容", "深藏表\n深藏内容")
    rows = first.split("\n")
    assert [row.split("\t") for row in rows[1:4]] == [
        ["甲一 李四: 单元格批注", "", "丙一", "公式的值"],
        ["", "乙二"],
        ["甲三"],
    ]
    assert {"表头页眉", "表尾页脚", "表中文本框"} <= set(rows)


def test_slides_with_notes_tables_and_groups(extractor: OfficeExtractor) -> None:
    _, pages = read(extractor, full_papers.build_pptx(), "a.pptx")
    assert pages == ["第一张\n表左\t表右\n组内文字\n讲者备注", "隐藏张"]


def test_open_document_text(extractor: OfficeExtractor) -> None:
    _, (text,) = read(extractor, full_papers.build_odt(), "a.odt")
    places = ("正文第一段", "页眉文字", "页脚文字", "批注文字", "脚注文字", "文本框内", "删去的话")
    assert [word for word in places if word not in text] == []


def test_open_document_sheets_and_slides_are_pages(extractor: OfficeExtractor) -> None:
    assert read(extractor, full_papers.build_ods(), "a.ods")[1] == ["甲一\t乙一", "附甲\t附乙"]
    pages = read(extractor, full_papers.build_odp(), "a.odp")[1]
    assert pages == ["第一张\n第一张的备注", "第二张\n第二张的备注"]


def test_rich_text(extractor: OfficeExtractor) -> None:
    _, (text,) = read(extractor, full_papers.build_rtf(), "a.rtf")
    places = ("正文第一段", "页眉文字", "页脚文字", "脚注文字", "删去的话", "隐藏字")
    assert [word for word in places if word not in text] == []


@pytest.mark.parametrize("charset", ["gb18030", "big5", "utf-8"])
@pytest.mark.parametrize("name", ["通知.mht", "通知.mhtml"])
def test_web_page_in_one_file(extractor: OfficeExtractor, charset: str, name: str) -> None:
    _, (text,) = read(extractor, full_papers.build_mht(charset), name)
    assert [word for word in ("院內通知", "停水通知", "三號樓今晚停水。") if word not in text] == []


@pytest.mark.parametrize("declared", ["utf-8", "gb2312", "big5", "iso-8859-1", ""])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5", "utf-16"])
def test_web_page_whatever_encoding_it_declares(extractor: OfficeExtractor, declared: str, encoding: str) -> None:
    meta = f'<meta http-equiv="Content-Type" content="text/html; charset={declared}">' if declared else ""
    body = "檔案移交清單，共三頁。" if encoding == "big5" else "档案移交清单，共三页。"
    page = f"<html><head>{meta}</head><body><p>{body}</p></body></html>"
    assert read(extractor, page.encode(encoding), "a.html")[1] == [body]


@pytest.mark.parametrize("head", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("form", ["docx", "odt", "html"])
def test_entities_neither_multiply_nor_fetch(extractor: OfficeExtractor, head: str, form: str) -> None:
    if form == "odt":
        body = "<office:text><text:p>好&j;字</text:p></office:text>"
        data = full_papers.build_odf("text", body, head=head)
    elif form == "html":
        data = f"<html>{head}<body>好&j;字</body></html>".encode()
    else:
        data = full_papers.patch(
            full_papers.build_docx(),
            {"word/document.xml": lambda old: old.decode().replace("<w:document", f"{head}<w:document", 1).encode()},
        )
    try:
        _, pages = read(extractor, data, f"a.{form}")
    except ToolError as err:
        assert err.reason == "damaged"  # noqa: PT017 - either ending will do
    else:
        assert sum(map(len, pages)) < 100_000
        assert not any("root:" in page for page in pages)


def test_drawing_tells_that_only_its_properties_were_read(extractor: OfficeExtractor) -> None:
    warnings, (text,) = read(extractor, read_real("born_digital/testDWG2004.dwg"), "a.dwg")
    assert text.startswith("The quick brown fox jumps over the lazy dog")
    assert warnings == ("drawing_facts_only",)
