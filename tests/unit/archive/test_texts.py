"""Page texts: round trip, reading one page without the others, boxes over characters."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.texts import Box, Line, PageText, count_pages, iter_pages, pack_page, pack_pages, read_page, unpack_page

number = st.floats(0, 5000).map(lambda value: round(value, 1))


@st.composite
def lines(draw: st.DrawFn) -> Line:
    text = draw(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n"), max_size=12))
    if draw(st.booleans()):
        return Line(text)
    box = (draw(number), draw(number), draw(number), draw(number))
    edges = tuple(draw(number) for _ in text) if draw(st.booleans()) else ()
    return Line(text, box, edges, draw(st.one_of(st.none(), st.floats(0, 1))))


@st.composite
def pages(draw: st.DrawFn) -> PageText:
    return PageText(
        draw(st.integers(1, 9999)), draw(number), draw(number), tuple(draw(st.lists(lines(), max_size=4))), "x"
    )


@given(pages())
def test_a_page_comes_back_as_it_was(page: PageText) -> None:
    assert unpack_page(pack_page(page)) == page


@given(st.lists(pages(), max_size=5))
def test_a_file_comes_back_as_it_was(many: list[PageText]) -> None:
    blob = io.BytesIO(b"".join(pack_pages([pack_page(page) for page in many])))
    assert count_pages(blob) == len(many)
    assert list(iter_pages(blob)) == many


def test_one_page_is_read_without_the_others() -> None:
    class Counting(io.BytesIO):
        taken = 0

        def read(self, size: int | None = -1, /) -> bytes:
            piece = super().read(size)
            self.taken += len(piece)
            return piece

    packed = [pack_page(PageText(n, 1, 1, (Line(f"{n}" * 200),), "x")) for n in range(1, 101)]
    blob = Counting(b"".join(pack_pages(packed)))
    assert read_page(blob, 57).number == 57
    assert blob.taken < len(packed[56]) + 100


@pytest.mark.parametrize("number", [0, 2, -1])
def test_a_page_that_is_not_there_is_an_error(number: int) -> None:
    blob = io.BytesIO(b"".join(pack_pages([pack_page(PageText(1, 1, 1, (), "x"))])))
    with pytest.raises(IndexError):
        read_page(blob, number)


def test_foreign_bytes_are_not_a_text_blob() -> None:
    with pytest.raises(ValueError, match="not a page text blob"):
        count_pages(io.BytesIO(b"%PDF-1.7 and so on"))


PAGE = PageText(1, 100, 50, (Line("锅炉检验", (10, 5, 50, 15), (20, 30, 40, 50)), Line("合格", (0, 20, 20, 30))), "x")


def test_span_of_a_horizontal_line() -> None:
    line = Line("甲乙丙", (10, 20, 46, 32), (22, 34, 46))
    assert line.span_box(0, 1) == (10, 20, 22, 32)
    assert line.span_box(1, 3) == (22, 20, 46, 32)
    assert line.span_box(0, 4) is None
    assert line.span_box(2, 2) is None
    assert Line("甲").span_box(0, 1) is None


@pytest.mark.parametrize(
    ("line", "first", "second"),
    [
        (Line("甲乙", (10, 20, 22, 44), (32, 44), vertical=True), (10, 20, 22, 32), (10, 32, 22, 44)),
        (Line("AB", (10, 20, 22, 44), (32, 20), vertical=True), (10, 32, 22, 44), (10, 20, 22, 32)),
        (Line("AB", (10, 20, 34, 32), (22, 10)), (22, 20, 34, 32), (10, 20, 22, 32)),
    ],
    ids=["downwards", "upwards", "upside down"],
)
def test_spans_follow_the_reading_direction(line: Line, first: Box, second: Box) -> None:
    assert (line.span_box(0, 1), line.span_box(1, 2)) == (first, second)


def test_a_lonely_character_fills_its_line_read_either_way() -> None:
    box = (10.0, 20.0, 22.0, 32.0)
    assert [Line("甲", box, (edge,)).span_box(0, 1) for edge in (22, 10)] == [box, box]


def test_boxes_cover_exactly_the_characters() -> None:
    assert PAGE.text == "锅炉检验\n合格"
    assert list(PAGE.boxes(2, 4)) == [(30, 5, 50, 15)]
    assert list(PAGE.boxes(0, 1)) == [(10, 5, 20, 15)]


def test_boxes_across_lines_are_one_a_line_and_fall_back_to_even_steps() -> None:
    assert list(PAGE.boxes(3, 6)) == [(40, 5, 50, 15), (0, 20, 10, 30)]
    assert list(PAGE.boxes(4, 5)) == []


def test_confidence_is_weighted_by_length() -> None:
    page = PageText(1, 1, 1, (Line("四个字符", None, (), 0.5), Line("两个", None, (), 1.0), Line("原生")), "x")
    assert page.confidence == pytest.approx(4 / 6)
    assert PageText(1, 1, 1, (Line("原生"),), "x").confidence is None
