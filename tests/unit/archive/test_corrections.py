"""Rulings laid over pages: found again wherever the next recognition puts their lines, and never dropped."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.corrections import Corrected, Ruling, apply, newest
from archive.texts import Box, Line, PageText

WIDTH, HEIGHT = 600.0, 800.0
WORDS = ("后勤社会化服务考核办法", "电梯维护保养按月考核", "锅炉检验合格", "附则", "本办法自印发之日起施行")


def line(text: str, top: float, *, left: float = 50.0, size: float = 20.0, confidence: float = 0.9) -> Line:
    edges = tuple(left + size * (n + 1) for n in range(len(text)))
    return Line(text, (left, top, edges[-1], top + size), edges, confidence)


def page(*lines: Line, width: float = WIDTH, height: float = HEIGHT) -> PageText:
    return PageText(1, width, height, lines, "test")


def rule(found: Line, text: str, *, revision: int = 1, name: str = "", **more: object) -> Ruling:
    ruling = Ruling(
        line=name or f"line-{revision}",
        page=1,
        revision=revision,
        found=found,
        width=WIDTH,
        height=HEIGHT,
        text=text,
        is_taken_back=False,
        user_id="u",
        made_at=datetime(2024, 1, 1, tzinfo=UTC),
    )
    return replace(ruling, **more)  # type: ignore[arg-type]


SHEET = tuple(line(text, 100.0 * n) for n, text in enumerate(WORDS, 1))
READ = page(*SHEET)


def texts(corrected: Corrected) -> list[str]:
    return [found.text for found in corrected.page.lines]


def test_a_page_without_rulings_is_the_page() -> None:
    assert apply(READ, []).page == READ


def test_the_ruled_line_alone_changes_and_is_certain() -> None:
    unsure = replace(SHEET[1], confidence=0.4, doubtful=(0, 3))
    before = page(SHEET[0], unsure, *SHEET[2:])
    after = apply(before, [rule(unsure, "电梯维护保养按季考核")])
    assert before.uncertain == 1
    assert after.uncertain == 0
    assert after.page.lines[1] == replace(unsure, text="电梯维护保养按季考核", confidence=1.0, doubtful=())
    assert after.page.lines[:1] + after.page.lines[2:] == SHEET[:1] + SHEET[2:]


def test_other_lengths_spread_the_characters_over_the_box() -> None:
    [corrected] = apply(page(SHEET[3]), [rule(SHEET[3], "附则一二")]).page.lines
    assert corrected.edges == (60.0, 70.0, 80.0, 90.0)
    backwards = replace(SHEET[3], edges=(70.0, 50.0))
    [corrected] = apply(page(backwards), [rule(backwards, "附则一二")]).page.lines
    assert corrected.edges == (80.0, 70.0, 60.0, 50.0)
    assert corrected.span_box(0, 1) == (80.0, 400.0, 90.0, 420.0)
    upright = Line("附则", (50.0, 100.0, 70.0, 180.0), (140.0, 180.0), 0.9, vertical=True)
    [corrected] = apply(page(upright), [rule(upright, "附则一二")]).page.lines
    assert corrected.edges == (120.0, 140.0, 160.0, 180.0)


def test_an_empty_text_removes_the_speck() -> None:
    speck = line("丶", 50.0, size=6.0, confidence=0.2)
    after = apply(page(speck, *SHEET), [rule(speck, "")])
    assert texts(after) == list(WORDS)
    assert (after.entries[0].line, after.entries[0].key, after.uncertain) == (None, "0", 0)


def test_what_was_taken_back_has_no_effect() -> None:
    back = rule(SHEET[0], "", revision=2, is_taken_back=True)
    assert apply(READ, [back]).page == READ


def test_the_newest_of_a_line_counts() -> None:
    chain = [rule(SHEET[0], "一", revision=n, name="x") for n in (3, 1, 2)]
    chain += [rule(SHEET[1], "二", revision=4, name="y")]
    assert {name: ruling.revision for name, ruling in newest(chain).items()} == {"x": 3, "y": 4}


def shift(found: Line, across: float, down: float, scale: float = 1.0) -> Line:
    assert found.box
    box: Box = tuple(  # type: ignore[assignment]
        scale * (edge + (across, down)[n % 2]) for n, edge in enumerate(found.box)
    )
    return replace(found, box=box, edges=tuple(scale * (edge + across) for edge in found.edges))


@pytest.mark.parametrize("across", [-6.0, 0.0, 9.0])
@pytest.mark.parametrize("down", [-5.0, 0.0, 5.0])
def test_boxes_may_move_a_little_and_words_change(across: float, down: float) -> None:
    """Another engine: other boxes, other mistakes."""
    again = page(*(shift(replace(found, text="某" * len(found.text)), across, down) for found in SHEET))
    after = apply(again, [rule(SHEET[2], "锅炉检验台格")])
    assert texts(after)[2] == "锅炉检验台格"
    assert after.page.lines[2].box == again.lines[2].box
    assert after.lost == ()


def test_another_resolution_is_the_same_page() -> None:
    again = page(*(shift(found, 0, 0, 3.0) for found in SHEET), width=3 * WIDTH, height=3 * HEIGHT)
    after = apply(again, [rule(replace(SHEET[3], text="付则"), "附则（新）")])
    assert texts(after)[3] == "附则（新）"


def test_the_same_words_are_found_on_a_turned_page() -> None:
    turned = page(*(Line(f.text, (f.box[1], f.box[0], f.box[3], f.box[2])) for f in SHEET if f.box), width=HEIGHT)
    turned = replace(turned, height=WIDTH)
    after = apply(turned, [rule(SHEET[1], "改"), rule(SHEET[3], "短", revision=2)])
    assert texts(after)[1] == "改"
    assert [ruling.text for ruling in after.lost] == ["短"], "two characters tell no line"
    assert after.uncertain == 1


def test_words_that_stand_twice_tell_no_line() -> None:
    far = page(*(line("电梯维护保养", top, left=300.0) for top in (500.0, 600.0)))
    after = apply(far, [rule(line("电梯维护保养", 500.0, left=50.0, size=15.0), "改")])
    assert texts(after) == ["改", "电梯维护保养", "电梯维护保养"], (
        "nothing is read at its place: it stands there itself"
    )


def test_a_split_line_is_one_again() -> None:
    whole = SHEET[4]
    parts = (line("本办法自印", 500.0), line("发之日起施行", 502.0, left=150.0))
    after = apply(page(*SHEET[:4], *parts), [rule(whole, "本办法自发布之日起施行")])
    assert texts(after) == [*WORDS[:4], "本办法自发布之日起施行"]
    assert after.page.lines[4].box == (50.0, 500.0, 270.0, 522.0)
    assert after.entries[4].found.text == "本办法自印发之日起施行"


def test_a_line_that_grew_has_its_part_replaced() -> None:
    grown = line("第一章锅炉检验合格第二章", 300.0, left=-10.0)
    after = apply(page(grown), [rule(SHEET[2], "锅炉检验不合格")])
    assert texts(after) == ["第一章锅炉检验不合格第二章"]
    assert len(after.page.lines[0].edges) == 13
    assert after.lost == ()


def test_a_ruling_on_the_longer_line_supersedes_that_on_its_part() -> None:
    grown = line("第一章锅炉检验合格第二章", 300.0, left=-10.0)
    after = apply(page(grown), [rule(SHEET[2], "锅炉检验不合格"), rule(grown, "全行已改", revision=2)])
    assert (texts(after), after.lost) == (["全行已改"], ())


def test_words_that_nobody_reads_any_more_stand_where_the_person_saw_them() -> None:
    after = apply(page(*SHEET[:2], *SHEET[3:]), [rule(SHEET[2], "锅炉检验合格（手写）")])
    assert texts(after) == [*WORDS[:2], "锅炉检验合格（手写）", *WORDS[3:]]
    assert after.page.lines[2].box == SHEET[2].box
    assert after.entries[2].key == "line-1"
    assert apply(page(*SHEET[:2]), [rule(SHEET[2], "")]).lost == ()


def test_a_ruling_that_fits_nowhere_is_reported() -> None:
    across = Line("表格", (40.0, 290.0, 560.0, 310.0), (), 0.9)
    after = apply(page(across), [rule(SHEET[2], "锅炉检验不合格")])
    assert texts(after) == ["表格"]
    assert [ruling.text for ruling in after.lost] == ["锅炉检验不合格"]
    assert after.uncertain == 1


def test_each_line_keeps_its_own_ruling() -> None:
    rulings = [rule(found, f"改{n}", revision=n + 1) for n, found in enumerate(SHEET)]
    assert texts(apply(READ, rulings)) == [f"改{n}" for n in range(5)]


jitter = st.floats(-4, 4)


@given(
    st.lists(st.tuples(jitter, jitter), min_size=5, max_size=5), st.sets(st.integers(0, 4)), st.permutations(range(5))
)
def test_no_ruling_is_dropped_whatever_the_order(
    moved: list[tuple[float, float]], ruled: set[int], order: list[int]
) -> None:
    """Moved boxes, other words, lines in another order: every ruling has its line, every other line is as it was."""
    lines = [shift(replace(SHEET[n], text="读" * len(WORDS[n])), *moved[n]) for n in order]
    after = apply(page(*lines), [rule(SHEET[n], f"改{n}", revision=n + 1) for n in ruled])
    assert texts(after) == [f"改{n}" if n in ruled else "读" * len(WORDS[n]) for n in order]
    assert after.lost == ()


@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(0, 700), st.text("甲乙丙丁", min_size=1, max_size=8)), max_size=8)
)
def test_every_ruling_stands_or_is_reported(places: list[tuple[float, float, str]]) -> None:
    after = apply(page(*(line(text, top, left=left) for left, top, text in places)), [rule(SHEET[2], "改了")])
    assert "改了" in "".join(texts(after)) or [ruling.text for ruling in after.lost] == ["改了"]
