"""Which lines of a page are joined when only its text is asked for, and which must not be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archive.texts import Box, Line, PageText
from portal.files.paragraphs import join_wrapped

SIZE = 20.0
PITCH = 30.0
LEFT, TOP = 72.0, 100.0


def place(text: str, row: float, left: float = LEFT, size: float = SIZE) -> Line:
    """Wide characters a full, others half a size."""
    edges, right = [], left
    for char in text:
        right += size if ord(char) > 255 else size / 2
        edges.append(right)
    top = TOP + PITCH * row
    return Line(text, (left, top, right, top + size), tuple(edges))


def turn(line: Line) -> Line:
    """The line on the page turned by a quarter, so that it runs downwards and the next stands left of it."""
    assert line.box is not None
    left, top, right, bottom = line.box
    return replace(line, box=(800 - bottom, left, 800 - top, right), vertical=True)


def stand_on_head(line: Line) -> Line:
    assert line.box is not None
    left, top, right, bottom = line.box
    box: Box = (600 - right, 800 - bottom, 600 - left, 800 - top)
    return replace(line, box=box, edges=tuple(600 - edge for edge in line.edges))


def page(*lines: Line | str) -> PageText:
    """Plain strings stand below each other at the left edge."""
    placed = [place(line, row) if isinstance(line, str) else line for row, line in enumerate(lines)]
    return PageText(1, 600, 800, tuple(placed), "test")


MESSAGE = (
    "当然，在媒介越来越多的情形下，",
    "意味着传播方式的变化。过去主流",
    "是大众传播，现在互动性和定制性",
    "带来了新的挑战，如何让品牌与消",
    "费者更加互动。",
)


def test_wrapped_chinese_is_joined_without_a_blank() -> None:
    assert join_wrapped(page(*MESSAGE)) == "".join(MESSAGE)


@pytest.mark.parametrize("change", [turn, stand_on_head])
def test_pages_on_their_side_and_head_too(change: object) -> None:
    lines = [change(place(text, row)) for row, text in enumerate(MESSAGE)]  # type: ignore[operator]
    assert join_wrapped(page(*lines)) == "".join(MESSAGE)


def test_other_words_are_joined_with_a_blank_and_after_a_hyphen_without() -> None:
    lines = ("The pump was repaired and the well-", "known supplier delivered the parts", "to the hospital on time.")
    assert join_wrapped(page(*lines)) == (
        "The pump was repaired and the well-known supplier delivered the parts to the hospital on time."
    )


def test_the_first_line_of_a_paragraph_may_stand_in() -> None:
    first = place("医院应当建立健全医疗设备管理", 0, LEFT + 2 * SIZE)
    rest = [place("制度，明确采购、验收、保管和维修的", 1), place("职责。", 2)]
    following = [place("各科室应当指定专人负责本科室", 3, LEFT + 2 * SIZE), place("设备的日常保养。", 4)]
    assert join_wrapped(page(first, *rest, *following)) == (
        "医院应当建立健全医疗设备管理制度，明确采购、验收、保管和维修的职责。\n"
        "各科室应当指定专人负责本科室设备的日常保养。"
    )


def test_a_row_that_recognition_cut_apart_is_one() -> None:
    torn = [place("带来了新的挑战，", 3), place("如何让品牌与消", 3, LEFT + 8 * SIZE + 4)]
    lines = [place(text, row) for row, text in enumerate(MESSAGE)]
    assert join_wrapped(page(*lines[:3], *torn, lines[4])) == "".join(MESSAGE)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(("设备验收合格后由设备科登记入账。", "使用科室领取设备时应当签字确认"), id="sentence"),
        pytest.param(("各科室应当按照下列要求做好准备：", "提前三天提交申请并附上相关材料"), id="colon"),
        pytest.param(("（一）建立设备台账并且逐台编号登记", "（二）定期检查并记录设备运行的情况"), id="numerals"),
        pytest.param(("1. 建立设备台账并且逐台编号登记在册", "2. 定期检查并记录设备运行的情况如实"), id="numbers"),
        pytest.param(("• 建立设备台账并且逐台编号登记在册", "• 定期检查并记录设备运行的情况如实"), id="bullets"),
        pytest.param(("关于印发《医疗设备管理办法》的通知", "第一章总则及适用的范围与管理原则要求"), id="heading"),
        pytest.param(("申请科室：医学装备部设备管理办公室", "申请事由：更换放射科老旧防护设备两台"), id="labels"),
        pytest.param(("医疗设备采购合同编号为2024010012", "2024010013同一批次的另外一份合同书"), id="numbers meet"),
        pytest.param(("设备科", "后勤部", "信息科"), id="short entries"),
        pytest.param(
            ("关于印发医院感染管理办法的通知", "关于调整设备委员会的通知", "关于春节值班的通知安排", "关于检修"),
            id="ragged list",
        ),
        pytest.param(("本院新建门诊楼的给排水系统", "由甲方负责施工与调试工作并且验收"), id="room was left"),
    ],
)
def test_lines_that_mean_something_stay(lines: tuple[str, ...]) -> None:
    assert join_wrapped(page(*lines)) == "\n".join(lines)


def test_cells_of_a_table_stay() -> None:
    rows = [
        ("全自动生化分析仪器一台含配套", "检验科主任负责验收并且签字"),
        ("数字化摄影系统整机一台带配件", "放射科主任负责验收并且签字"),
    ]
    cells = [place(text, row, LEFT + 300 * at) for row, pair in enumerate(rows) for at, text in enumerate(pair)]
    assert join_wrapped(page(*cells)) == "\n".join(cell.text for cell in cells)
    assert join_wrapped(page(*cells[:2], cells[3])) == "\n".join(cell.text for cell in (*cells[:2], cells[3]))


def test_a_line_that_leaves_room_ends_its_paragraph() -> None:
    lines = (*MESSAGE[1:4], "消费者更加互动与了解产品", *MESSAGE[1:4])
    assert join_wrapped(page(*lines)) == f"{''.join(lines[:4])}\n{''.join(lines[4:])}"


def test_a_line_that_stands_in_begins_a_paragraph() -> None:
    lines = [place(MESSAGE[1], 0), place(MESSAGE[2][:-2], 1, LEFT + 2 * SIZE)]
    assert join_wrapped(page(*lines)) == "\n".join(line.text for line in lines)


def test_a_heading_in_larger_letters_and_a_distant_line_stay() -> None:
    title = place("医疗设备管理办法实施细则", 0, size=30)
    assert join_wrapped(page(title, *[place(text, row + 1.4) for row, text in enumerate(MESSAGE)])) == (
        f"{title.text}\n{''.join(MESSAGE)}"
    )
    apart = [place(MESSAGE[1], 0), place(MESSAGE[2], 4)]
    assert join_wrapped(page(*apart)) == f"{MESSAGE[1]}\n{MESSAGE[2]}"


def test_columns_are_not_joined_with_each_other() -> None:
    left = [place(text, row) for row, text in enumerate(MESSAGE[:4])]
    right = [place(text, row, LEFT + 360) for row, text in enumerate(MESSAGE)]
    assert join_wrapped(page(*left, *right)) == f"{''.join(MESSAGE[:4])}\n{''.join(MESSAGE)}"


def test_lines_without_a_place_stay() -> None:
    lines = [Line(text) for text in MESSAGE]
    assert join_wrapped(page(*lines)) == "\n".join(MESSAGE)
    assert join_wrapped(page()) == ""
