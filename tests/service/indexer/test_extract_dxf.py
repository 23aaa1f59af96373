"""Drawings in DXF through the real children."""

from __future__ import annotations

import io

import ezdxf
import pytest

from indexer.extract.drawing import DxfExtractor
from indexer.extract.registry import open_document
from indexer.extract.types import Extraction
from render.errors import ToolError
from render.sandbox import SandboxPool


def read(formats: SandboxPool, data: bytes, name: str = "总平面.dxf") -> tuple[Extraction, list[str]]:
    document = open_document(data, name)
    with document.file:
        assert document.identified.media_type == "image/vnd.dxf"
        assert not document.identified.extension_mismatch
        extraction = DxfExtractor(formats).extract(document)
        return extraction, [page.text for page in extraction.pages]


def build(version: str = "R2010") -> ezdxf.document.Drawing:
    drawing = ezdxf.new(version)
    model = drawing.modelspace()
    model.add_text("%%c100给水管", height=5).set_placement((80, 100))
    model.add_text("消防泵房平面图", height=5).set_placement((0, 100))
    model.add_mtext("{\\fSimSun|b0|i0|c134;结构说明\\P混凝土C30}", dxfattribs={"insert": (0, 50), "char_height": 3})
    inner = drawing.blocks.new("SIGN")
    inner.add_text("审核", height=2)
    title = drawing.blocks.new("TITLE")
    title.add_text("晋北市建筑设计院", height=2).set_placement((1, -1))
    title.add_blockref("SIGN", (9, -9))
    for number in (1, 2):
        model.add_blockref("TITLE", (200, 30 - number * 10)).add_attrib(
            "NO", f"建施-0{number}", (200, 32 - number * 10)
        )
    drawing.layout("Layout1").add_text("图纸目录", height=3).set_placement((10, 10))
    drawing.header.custom_vars.append("工程名称", "门诊楼改造")
    return drawing


def save(drawing: ezdxf.document.Drawing) -> bytes:
    stream = io.StringIO()
    drawing.write(stream)
    return stream.getvalue().encode(drawing.output_encoding)


EXPECTED = [
    "门诊楼改造\n消防泵房平面图\tØ100给水管\n结构说明\n混凝土C30\n建施-01\n晋北市建筑设计院\n建施-02\t审核",
    "Layout1\n图纸目录",
]


def test_layouts_are_pages_and_words_stand_in_rows(formats: SandboxPool) -> None:
    extraction, pages = read(formats, save(build()))
    assert pages == EXPECTED
    assert (extraction.page_count, extraction.warnings) == (2, ())


def test_binary_drawing(formats: SandboxPool) -> None:
    stream = io.BytesIO()
    build().write(stream, fmt="bin")
    assert read(formats, stream.getvalue())[1] == EXPECTED


def test_dimensions_show_what_is_written_on_them(formats: SandboxPool) -> None:
    drawing = ezdxf.new("R2010", setup=True)
    drawing.modelspace().add_linear_dim(base=(0, 10), p1=(0, 0), p2=(36, 0), text="轴距3600").render()
    assert "轴距3600" in read(formats, save(drawing))[1][0]


@pytest.mark.parametrize(
    ("page", "encoding"), [("ANSI_936", "gbk"), ("ANSI_1252", "gbk"), ("ANSI_1252", "utf-8"), ("ANSI_950", "big5")]
)
def test_old_drawings_with_right_and_wrong_code_pages(formats: SandboxPool, page: str, encoding: str) -> None:
    drawing = ezdxf.new("R2000")
    drawing.modelspace().add_text("WORD", height=5)
    word = "給水平面圖" if encoding == "big5" else "给排水平面图"
    data = save(drawing).replace(b"ANSI_1252", page.encode()).replace(b"WORD", word.encode(encoding))
    assert read(formats, data)[1] == [word]


def test_western_letters_stay_what_they_are(formats: SandboxPool) -> None:
    drawing = ezdxf.new("R2000")
    drawing.modelspace().add_text("Fenêtre côté sud", height=5)
    assert read(formats, save(drawing))[1] == ["Fenêtre côté sud"]


def test_drawing_of_twelve_without_a_head(formats: SandboxPool) -> None:
    lines = ("0", "SECTION", "2", "ENTITIES", "0", "TEXT", "8", "0", "10", "1", "20", "1", "40", "2", "1", "配电箱")
    data = "\r\n".join(("999", "made by hand", *lines, "0", "ENDSEC", "0", "EOF", "")).encode("gbk")
    assert read(formats, data)[1] == ["配电箱"]


def test_cut_drawing_gives_what_is_left_and_says_so(formats: SandboxPool) -> None:
    data = save(build())
    cut = data[: data.index("图纸目录".encode())]
    extraction, pages = read(formats, cut)
    assert extraction.warnings == ("repaired",)
    assert "晋北市建筑设计院" in pages[0]


def test_noise_is_damaged(formats: SandboxPool) -> None:
    for data in (
        b"  0\r\nSECTION\r\n" + bytes(range(256)) * 20,
        save(build())[:300],
        b"AutoCAD Binary DXF\r\n\x1a\x00",
    ):
        with pytest.raises(ToolError, match="damaged"):
            read(formats, data)


def test_drawing_without_words_is_empty(formats: SandboxPool) -> None:
    drawing = ezdxf.new("R2010")
    drawing.modelspace().add_line((0, 0), (1, 1))
    with pytest.raises(ToolError) as caught:
        read(formats, save(drawing))
    assert (caught.value.reason, caught.value.outcome) == ("no_text", "empty")


def test_blocks_that_show_each_other_end(formats: SandboxPool) -> None:
    drawing = ezdxf.new("R2010")
    first, second = drawing.blocks.new("A"), drawing.blocks.new("B")
    first.add_text("环", height=1)
    for _ in range(50):
        first.add_blockref("B", (0, 0))
        second.add_blockref("A", (0, 0))
    drawing.modelspace().add_blockref("A", (0, 0))
    assert read(formats, save(drawing))[1] == ["环"]


@pytest.mark.parametrize(("version", "encoding"), [("AC1021", "utf-8"), ("AC1015", "gbk")])
def test_large_drawing_is_read_within_the_limits(formats: SandboxPool, version: str, encoding: str) -> None:
    """Forty megabytes, nearly all of them lines."""
    head = ("0", "SECTION", "2", "HEADER", "9", "$ACADVER", "1", version, "9", "$DWGCODEPAGE", "3", "ANSI_936")
    drawn = "0\nLINE\n8\n0\n10\n123.456\n20\n234.567\n11\n345.678\n21\n456.789\n" * 730_000
    words = ("0", "TEXT", "8", "0", "10", "9", "20", "5", "40", "2", "1", "配电箱%%c20")
    note = ("0", "MTEXT", "10", "1", "20", "5", "40", "2", "3", "{\\fSimSun;说明", "1", "文字}", "71", "1")
    start = "\n".join((*head, "0", "ENDSEC", "0", "SECTION", "2", "ENTITIES", ""))
    data = (start + drawn + "\n".join((*words, *note, "0", "ENDSEC", "0", "EOF", ""))).encode(encoding)
    assert len(data) > 40_000_000
    extraction, pages = read(formats, data)
    assert (pages, extraction.warnings) == (["说明文字\t配电箱Ø20"], ())
