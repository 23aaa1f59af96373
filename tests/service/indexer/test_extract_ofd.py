"""OFD packages through the real children: places, reading order, damage, attacks."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from indexer.extract.paged import OfdExtractor
from indexer.extract.recognition import Recogniser
from indexer.extract.registry import open_document
from indexer.extract.types import Document, ExtractedPage, Extraction
from indexer.tools.members import End, MemberReader, Portion
from render import programs
from render.errors import ToolError
from render.sandbox import SandboxPool
from tests.service.indexer import papers
from tests.service.indexer.ofd import build_ofd, page, picture_object, resources, text_object
from tests.service.indexer.papers import LAUGHS, OUTSIDE
from tests.service.indexer.real_files import read_real

MILLIMETRE = 72 / 25.4


def read(formats: SandboxPool, opened: list[Document], data: bytes) -> tuple[Extraction, list[ExtractedPage]]:
    document = open_document(data, "发票.ofd")
    opened.append(document)
    assert document.identified.media_type == "application/ofd"
    assert not document.identified.extension_mismatch
    extraction = OfdExtractor(formats).extract(document)
    return extraction, list(extraction.pages)


def words(page: ExtractedPage) -> list[str]:
    return [line.text for line in page.lines]


def test_text_has_places_in_points_of_the_page(formats: SandboxPool, opened: list[Document]) -> None:
    extraction, (first,) = read(formats, opened, build_ofd(page(text_object("屋面渗漏维修", 50, 100))))
    assert (extraction.page_count, extraction.warnings, first.engine) == (1, (), "ofd")
    assert (round(first.width), round(first.height), first.needs_ocr) == (595, 842, False)
    (line,) = first.lines
    assert (line.text, len(line.edges)) == ("屋面渗漏维修", 6)
    box = line.span_box(2, 4)
    assert box is not None
    assert (box[0], box[2]) == pytest.approx((60 * MILLIMETRE, 70 * MILLIMETRE), abs=0.2)
    assert box[1] < 105 * MILLIMETRE < box[3]


def test_pages_have_their_own_size_and_origin(formats: SandboxPool, opened: list[Document]) -> None:
    data = build_ofd(page(text_object("横版", 110, 25), box="100 20 297 210"), page(text_object("竖版", 10, 5)))
    _, (first, second) = read(formats, opened, data)
    assert (round(first.width), round(first.height)) == (842, 595)
    assert (round(second.width), round(second.height)) == (595, 842)
    for found in (first, second):
        box = found.lines[0].box
        assert box is not None
        assert box[0] == pytest.approx(10 * MILLIMETRE, abs=0.2)


def test_matrix_turns_and_scales_the_text(formats: SandboxPool, opened: list[Document]) -> None:
    turned = text_object("竣工图", 50, 100, extra='CTM="0 1 -1 0 20 0"')
    larger = text_object("总平面", 50, 200, extra='CTM="2 0 0 2 0 0"')
    _, (found,) = read(formats, opened, build_ofd(page(turned, larger)))
    down, across = found.lines
    assert (down.text, down.vertical) == ("竣工图", True)
    assert down.box is not None
    assert down.box[3] - down.box[1] == pytest.approx(15 * MILLIMETRE, abs=0.5)
    assert across.box is not None
    assert across.box[2] - across.box[0] == pytest.approx(30 * MILLIMETRE, abs=0.5)


def test_one_object_may_hold_a_block_and_a_line_many_objects(formats: SandboxPool, opened: list[Document]) -> None:
    block = text_object("甲乙丙丁", 20, 20, code='X="0" Y="5" DeltaX="5 -5 5" DeltaY="0 7 0"')
    single = [text_object(char, 20 + 5 * place, 60) for place, char in enumerate("锅炉检修")]
    column = text_object("密码区", 150, 20, code='X="0" Y="5" DeltaX="g 2 0" DeltaY="g 2 6"')
    spaced = text_object("合计", 20, 90, code='X="0" Y="5" DeltaX="25"')
    far = [text_object("左栏", 20, 120), text_object("右栏", 120, 120)]
    _, (found,) = read(formats, opened, build_ofd(page(block, *single, column, spaced, *far)))
    assert words(found) == ["甲乙", "丙丁", "锅炉检修", "密码区", "合计", "左栏", "右栏"]
    assert [line.vertical for line in found.lines].count(True) == 1


def test_form_and_entries_are_read_by_place(formats: SandboxPool, opened: list[Document]) -> None:
    form = page(text_object("名称：", 20, 20), text_object("金额：", 20, 40))
    filled = page(
        text_object("柒佰元", 36, 40),
        text_object("螺旋CT", 36, 20),
        templates='<ofd:Template TemplateID="5" ZOrder="Background"/>',
    )
    common = '<ofd:TemplatePage ID="5" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
    data = build_ofd(filled, common=common, parts={"Doc_0/Tpls/Tpl_0/Content.xml": form})
    _, (found,) = read(formats, opened, data)
    assert words(found) == ["名称：螺旋CT", "金额：柒佰元"]


def test_notes_composites_and_groups_are_read(formats: SandboxPool, opened: list[Document]) -> None:
    unit = (
        '<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016"><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="7">'
        f"<ofd:Content>{text_object('组合图元', 0, 0)}</ofd:Content></ofd:CompositeGraphicUnit>"
        "</ofd:CompositeGraphicUnits></ofd:Res>"
    )
    note = (
        '<ofd:PageAnnot xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Annot Type="Highlight" ID="4">'
        f'<ofd:Appearance Boundary="20 200 60 10">{text_object("批注意见", 0, 0)}</ofd:Appearance>'
        "</ofd:Annot></ofd:PageAnnot>"
    )
    notes = (
        '<ofd:Annotations xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Page PageID="10">'
        "<ofd:FileLoc>/Doc_0/Note.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>"
    )
    data = build_ofd(
        page(
            f'<ofd:PageBlock ID="3">{text_object("成组文字", 20, 20)}</ofd:PageBlock>',
            '<ofd:CompositeObject ID="6" ResourceID="7" Boundary="20 60 50 10"/>',
        ),
        common="<ofd:DocumentRes>Res.xml</ofd:DocumentRes>",
        after="<ofd:Annotations>Notes.xml</ofd:Annotations>",
        parts={"Doc_0/Res.xml": unit, "Doc_0/Notes.xml": notes, "Doc_0/Note.xml": note},
    )
    _, (found,) = read(formats, opened, data)
    assert words(found) == ["成组文字", "组合图元", "批注意见"]
    box = found.lines[2].box
    assert box is not None
    assert (box[0], box[3]) == pytest.approx((20 * MILLIMETRE, 206 * MILLIMETRE), abs=2)


def test_scan_inside_is_read_by_recognition(formats: SandboxPool, opened: list[Document]) -> None:
    scan = papers.save(papers.draw_scan(size=(1240, 1754)), "JPEG", quality=85)
    data = build_ofd(
        page(picture_object("8", 0, 0, 210, 297)),
        common="<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>",
        parts={"Doc_0/DocumentRes.xml": resources(**{"8": "scan.jpg"}), "Doc_0/Res/scan.jpg": scan},
    )
    _, (found,) = read(formats, opened, data)
    assert (found.needs_ocr, found.lines) == (True, ())
    with SandboxPool(1, programs.READER) as pool:
        recognised = Recogniser(pool, dpi=200).read(opened[0], found)
    assert words(recognised)[:2] == list(papers.LETTER[:2])
    box = recognised.lines[0].box
    assert box is not None
    assert box[0] == pytest.approx(100 / 1240 * 595, abs=8)
    assert round(recognised.width) == 595


def test_attachments_are_files_inside(formats: SandboxPool, opened: list[Document]) -> None:
    listed = (
        '<ofd:Attachments xmlns:ofd="http://www.ofdspec.org/2016">'
        '<ofd:Attachment ID="1" Name="原始凭证" Format="xml"><ofd:FileLoc>a.xml</ofd:FileLoc></ofd:Attachment>'
        '<ofd:Attachment ID="2" Name="合同.pdf"><ofd:FileLoc>/nowhere.pdf</ofd:FileLoc></ofd:Attachment>'
        "</ofd:Attachments>"
    )
    data = build_ofd(
        page(text_object("发票", 20, 20)),
        after="<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>",
        parts={"Doc_0/Attachs/Attachments.xml": listed, "Doc_0/Attachs/a.xml": "<凭证/>"},
    )
    document = open_document(data, "发票.ofd")
    opened.append(document)
    reader = MemberReader(formats, "ofd.next")
    first, second, end = (reader.take(document.file, "application/ofd", index) for index in range(3))
    assert isinstance(first, Portion)
    assert (first.name.decode(), first.content.decode(), first.is_whole) == ("原始凭证.xml", "<凭证/>", True)
    assert isinstance(second, Portion)
    assert (second.name.decode(), second.reason) == ("合同.pdf", "damaged")
    assert isinstance(end, End)


def test_missing_and_broken_pages_do_not_cost_the_others(formats: SandboxPool, opened: list[Document]) -> None:
    data = build_ofd(
        page(text_object("第一页", 20, 20)),
        page(text_object("第二页", 20, 20))[:-40],
        page(text_object("第三页", 20, 20)),
        page(text_object("第四页", 20, 20)),
        without=("Doc_0/Pages/Page_2/Content.xml",),
    )
    _, pages = read(formats, opened, data)
    assert [(found.number, found.reason, found.text) for found in pages] == [
        (1, "", "第一页"),
        (2, "damaged", ""),
        (3, "damaged", ""),
        (4, "", "第四页"),
    ]


def test_broken_resources_do_not_cost_the_text(formats: SandboxPool, opened: list[Document]) -> None:
    data = build_ofd(
        page(text_object("正文", 20, 20), picture_object("8", 0, 0, 210, 297)),
        common="<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>",
        after="<ofd:Annotations>nowhere.xml</ofd:Annotations>",
        parts={"Doc_0/DocumentRes.xml": "<broken"},
    )
    assert words(read(formats, opened, data)[1][0]) == ["正文"]


@pytest.mark.parametrize("part", ["OFD.xml", "Doc_0/Document.xml"])
def test_package_without_its_directory_is_damaged(formats: SandboxPool, opened: list[Document], part: str) -> None:
    for parts in ({part: "<ofd:OFD"}, {part: "<a/>"}, {part: b"\x00\xff" * 50}):
        with pytest.raises(ToolError, match="damaged"):
            read(formats, opened, build_ofd(page(text_object("正文", 20, 20)), parts=dict(parts)))


def test_sealed_packages_are_encrypted(formats: SandboxPool, opened: list[Document]) -> None:
    plain = page(text_object("正文", 20, 20))
    with pytest.raises(ToolError, match="encrypted"):
        read(formats, opened, build_ofd(plain, parts={"Encryptions.xml": "<Encryptions/>"}))
    locked = bytearray(build_ofd(plain))
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = locked.find(mark)
        while at >= 0:
            locked[at + (6 if mark[2] == 3 else 8)] |= 1
            at = locked.find(mark, at + 4)
    with pytest.raises(ToolError, match="encrypted"):
        read(formats, opened, bytes(locked))


@pytest.mark.parametrize("kind", [LAUGHS, OUTSIDE], ids=["laughs", "outside"])
@pytest.mark.parametrize("part", ["OFD.xml", "Doc_0/Document.xml", "Doc_0/Pages/Page_0/Content.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_end_in_quarantine(
    formats: SandboxPool, opened: list[Document], kind: str, part: str, encoding: str
) -> None:
    plain = page(text_object("正文", 20, 20))
    with zipfile.ZipFile(io.BytesIO(build_ofd(plain))) as package:
        text = package.read(part).decode()
    head, _, rest = text.partition("?>")
    evil = f"{head.replace('UTF-8', encoding)}?>{kind}{rest.replace('正文', '&j;')}".encode(encoding)
    with pytest.raises(ToolError) as caught:
        read(formats, opened, build_ofd(plain, parts={part: evil}))
    assert (caught.value.reason, caught.value.outcome) == ("declares_entities", "quarantined")


def test_names_cannot_lead_out_of_the_package(formats: SandboxPool, opened: list[Document]) -> None:
    out = '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"><ofd:DocBody><ofd:DocRoot>{}</ofd:DocRoot></ofd:DocBody></ofd:OFD>'
    plain = page(text_object("正文", 20, 20))
    with pytest.raises(ToolError, match="damaged"):
        read(formats, opened, build_ofd(plain, parts={"OFD.xml": out.format("../../../../etc/passwd")}))
    inside = build_ofd(plain, parts={"OFD.xml": out.format("../../Doc_0/./Document.xml")})
    assert words(read(formats, opened, inside)[1][0]) == ["正文"]


def test_composites_that_show_each_other_end(formats: SandboxPool, opened: list[Document]) -> None:
    uses = "".join(f'<ofd:CompositeObject ID="{n}" ResourceID="7" Boundary="0 0 9 9"/>' for n in range(40))
    unit = (
        '<ofd:Res xmlns:ofd="http://www.ofdspec.org/2016"><ofd:CompositeGraphicUnit ID="7"><ofd:Content>'
        f"{uses}{text_object('环', 0, 0)}</ofd:Content></ofd:CompositeGraphicUnit></ofd:Res>"
    )
    common = "<ofd:DocumentRes>Res.xml</ofd:DocumentRes>"
    with pytest.raises(ToolError) as caught:
        read(formats, opened, build_ofd(page(uses), common=common, parts={"Doc_0/Res.xml": unit}))
    assert (caught.value.reason, caught.value.outcome) == ("expands_too_much", "quarantined")


def test_picture_of_an_extreme_size_is_not_decoded(formats: SandboxPool, opened: list[Document]) -> None:
    bomb = papers.save(Image.new("1", (20_000, 20_000)), "PNG")
    data = build_ofd(
        page(picture_object("8", 0, 0, 210, 297)),
        common="<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>",
        parts={"Doc_0/DocumentRes.xml": resources(**{"8": "scan.png"}), "Doc_0/Res/scan.png": bomb},
    )
    _, (found,) = read(formats, opened, data)
    with SandboxPool(1, programs.READER) as pool, pytest.raises(ToolError) as caught:
        Recogniser(pool, dpi=200).read(opened[0], found)
    assert (caught.value.reason, caught.value.outcome) == ("image_too_large", "quarantined")


@pytest.mark.parametrize(
    ("name", "pages", "expected"),
    [
        ("999.ofd", 5, ("开票日期：2020年08月05日", "名称：个人", "价税合计（大写）")),
        ("拿来主义.ofd", 2, ("中国一向是所谓“闭关主义”，自己不去，别人也不许来。自", "是为“拿来主义”。")),
    ],
)
def test_real_files(
    formats: SandboxPool, opened: list[Document], name: str, pages: int, expected: tuple[str, ...]
) -> None:
    extraction, found = read(formats, opened, read_real(f"born_digital/{name}"))
    assert extraction.page_count == pages
    assert set(expected) <= set(words(found[0]))
