"""Rows become records or faults with their row and column; a faulty row keeps its volume out."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from archive.catalogue_import.columns import propose
from archive.catalogue_import.plan import Entry, Options, Plan, build_plan
from archive.catalogue_import.tables import Table
from archive.scheme import load_scheme

SCHEME = load_scheme()
DEPARTMENTS = {"HQB": "HQB", "后勤保障部": "HQB", "SBK": "SBK", "设备科": "SBK"}
HEAD = ("档号", "题名", "日期", "页号", "页数", "保管期限", "归档部门", "密级")


def plan(
    *rows: Sequence[str], head: Sequence[str] = HEAD, broken: set[tuple[int, int]] | None = None, **options: str
) -> Plan:
    table = Table("", (tuple(head), *map(tuple, rows)), frozenset(broken or ()))
    chosen = Options(**({"department": "HQB"} | options))  # type: ignore[arg-type]
    return build_plan(table, propose(table, SCHEME), chosen, SCHEME, DEPARTMENTS)


def entries(found: Plan) -> dict[str, Entry]:
    return {entry.code: entry for group in found.groups.values() for entry in group}


def test_a_full_row_becomes_a_record() -> None:
    found = plan(
        ("h002—zy·hq·dt·2023·d10-0012", "电梯定期检验报告", "2023.6.15", "", "4", "10年", "后勤保障部", "内部")
    )
    assert found.faults == ()
    d = entries(found)["H002-ZY·HQ·DT·2023·D10-0012"].description
    assert (d.class_code, d.department, d.date, d.year) == ("ZY·HQ·DT", "HQB", "20230615", 2023)
    assert (d.page_count, d.retention, d.meta) == (4, "D10", {"secrecy": "内部"})


def test_volumes_come_before_their_pieces_and_pass_on_what_they_say() -> None:
    found = plan(
        ("H002-KJ·SB·YL-087-002", "验收报告", "2021-09-18", "6-9", "", "", "", ""),
        ("H002-KJ·SB·YL-087-001", "采购合同", "2021", "1-5", "", "", "", ""),
        ("H002-KJ·SB·YL-087", "64排螺旋CT档案", "2021至2023", "", "30", "", "设备科", ""),
    )
    assert found.faults == ()
    group = found.groups["H002-KJ·SB·YL-087"]
    assert [entry.code[-3:] for entry in group] == ["087", "001", "002"]
    assert group[0].is_volume
    assert {entry.description.department for entry in group} == {"SBK"}
    assert [entry.description.page_count for entry in group] == [30, 5, 4]
    assert group[1].description.meta == {"page_range": "1-5"}


@pytest.mark.parametrize(
    ("head", "row", "options", "code"),
    [
        (
            ("件号", "题名", "年度", "保管期限"),
            ("12", "x", "2023", "定期30年"),
            {"class_code": "WS·XZ"},
            "H002-WS·XZ·2023·D30-0012",
        ),
        (
            ("件号", "题名", "年度", "机构"),
            ("7", "x", "2023", "hqb"),
            {"class_code": "WS·HQ"},
            "H002-WS·HQ·2023·D30·HQB-0007",
        ),
        (("案卷号", "顺序号", "题名"), ("H002-KJ·SB·YL-087", "3", "x"), {}, "H002-KJ·SB·YL-087-003"),
        (("案卷档号", "序号", "题名", "卷内序号"), ("H002-KJ·SB·YL-087", "1", "x", "12"), {}, "H002-KJ·SB·YL-087-012"),
        (
            ("案卷号", "序号", "题名", "年度", "分类号"),
            ("5", "2", "x", "2022", "KU·01"),
            {},
            "H002-KU·01·2022·D30-005-0002",
        ),
        (("项目代号", "案卷号", "题名"), ("ZYL", "3", "x"), {"class_code": "KJ·JJ·08"}, "H002-KJ·JJ·ZYL-03"),
        (("档号", "题名"), ("H002-KJ·JJ·ZYL-11-001", "x"), {"class_code": "KJ·JJ·11"}, "H002-KJ·JJ·ZYL-11-001"),
    ],
)
def test_codes_are_put_together_from_their_columns(
    head: tuple[str, ...], row: tuple[str, ...], options: dict[str, str], code: str
) -> None:
    found = plan(row, head=head, **options)
    assert found.faults == ()
    assert list(entries(found)) == [code]
    assert entries(found)[code].description.class_code == options.get(
        "class_code", entries(found)[code].description.class_code
    )


GOOD = ("H002-KJ·SB·YL-087-001", "采购合同", "2021", "1-5", "", "", "设备科", "")


@pytest.mark.parametrize(
    ("column", "text", "reason"),
    [
        (0, "", "no_code"),
        (0, "H002-KJ·SB·YL-87-1", "not_a_code"),
        (0, "H002-XX·YY-087-001", "class_unknown_yet"),
        (1, "", "required"),
        (1, "长" * 301, "too_long"),
        (2, "2023年13月", "not_a_date"),
        (2, "20230230", "not_a_date"),
        (3, "五到六", "not_a_page_range"),
        (3, "9-6", "not_a_page_range"),
        (4, "十", "not_a_number"),
        (4, "4", "pages_differ"),
        (5, "长期", "old_retention"),
        (5, "20年", "unknown"),
        (6, "没有的科", "unknown"),
        (7, "机密★10年", "state_secret"),
        (7, "绝对", "unknown"),
    ],
)
def test_a_wrong_value_is_told_by_row_and_column(column: int, text: str, reason: str) -> None:
    row = list(GOOD)
    row[column] = text
    found = plan(("H002-KJ·SB·YL-086-001", "x", "", "", "", "", "", ""), row)
    assert [(fault.row, fault.column, fault.reason) for fault in found.faults] == [(2, column, reason)]
    assert "H002-KJ·SB·YL-086" not in found.faulty


def test_a_faulty_row_keeps_its_volume_out_and_no_other() -> None:
    found = plan(
        GOOD,
        ("H002-KJ·SB·YL-087-002", "", "", "", "", "", "", ""),
        ("H002-KJ·SB·YL-088-001", "y", "", "", "", "", "", ""),
    )
    assert found.faulty == {"H002-KJ·SB·YL-087"}
    assert set(found.groups) == {"H002-KJ·SB·YL-087", "H002-KJ·SB·YL-088"}


def test_the_same_code_twice_keeps_both_out() -> None:
    found = plan(GOOD, ("h002-kj.sb.yl-087-001", "另一件", "", "", "", "", "", ""))
    assert [(fault.row, fault.reason) for fault in found.faults] == [(2, "double_row")]
    assert found.faulty == {"H002-KJ·SB·YL-087"}


def test_pages_within_a_volume_neither_overlap_nor_run_backwards() -> None:
    def piece(number: int, pages: str) -> tuple[str, ...]:
        return (f"H002-KJ·SB·YL-087-{number:03d}", "x", "", pages, "", "", "", "")

    assert plan(piece(1, "1"), piece(2, "4"), piece(3, "9-12")).faults == ()
    assert [f.row for f in plan(piece(1, "1-5"), piece(2, "5-8")).faults] == [2]
    assert [f.row for f in plan(piece(1, "6"), piece(2, "3")).faults] == [2]
    counts = [e.description.page_count for e in entries(plan(piece(1, "1"), piece(2, "4"), piece(3, "9-12"))).values()]
    assert counts == [3, 5, 4]
    # The order is that of the pieces, not of the rows.
    assert plan(piece(2, "4-8"), piece(1, "1-3")).faults == ()


def test_the_retention_must_be_that_of_the_code() -> None:
    found = plan(("H002-WS·XZ·2023·D30-0001", "x", "", "", "", "永久", "", ""))
    assert [(f.column, f.reason) for f in found.faults] == [(5, "retention_differs")]


def test_an_error_in_a_cell_is_no_value() -> None:
    found = plan(("H002-WS·XZ·2023·D30-0001", "#REF!", "", "", "", "", "", ""), broken={(1, 1)})
    assert [(f.column, f.reason) for f in found.faults] == [(1, "cell_broken"), (1, "required")]


def test_a_field_of_another_class_and_a_missing_department_are_faults() -> None:
    head = ("档号", "题名", "设备编号")
    found = plan(("H002-WS·XZ·2023·D30-0001", "x", "YL-2021-0087"), head=head, department="")
    assert sorted(f.reason for f in found.faults) == ["not_of_class", "required"]


def test_empty_rows_between_are_passed_over_and_rows_keep_their_numbers() -> None:
    found = plan(("",), ("H002-WS·XZ·2023·D30-0001", ""))
    assert found.row_total == 1
    assert [f.row for f in found.faults] == [2]


@pytest.mark.parametrize(
    ("text", "stored"),
    [("199305", "19930500"), ("1993.5", "19930500"), ("1993", "19930000"), ("1993年第一季度", "19930101-19930331")],
)
def test_dates_of_old_lists_are_stored_in_one_form(text: str, stored: str) -> None:
    found = plan(("H002-WS·XZ·1993·Y-0001", "x", text))
    assert entries(found)["H002-WS·XZ·1993·Y-0001"].description.date == stored
