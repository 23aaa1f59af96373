"""Headings as archives write them, and lists that begin with their own title."""

from __future__ import annotations

import pytest

from archive.catalogue_import.columns import ColumnMapping, propose, remember
from archive.catalogue_import.tables import Table, column_letter, pack_tables, unpack_tables
from archive.scheme import load_scheme

SCHEME = load_scheme()


def table(*rows: tuple[str, ...]) -> Table:
    return Table("", rows)


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (
            ("档 号", "文件题名", "责任者", "文　号", "成文日期", "页数（页）", "备注"),
            "archival_code title creator doc_no date pages note",
        ),
        (("案卷号", "序号", "题名", "页号"), "volume_no piece_no title page_range"),
        (("序号", "档号", "案卷题名", "起止日期", "保管期限"), " archival_code title date retention"),
        (("件号", "序号", "题名", "年度", "机构（问题）"), "item_no  title year org"),
        (("档号", "题名", "设备编号", "规格型号"), "archival_code title equip_no model"),
        (("Archival code", "TITLE", "Document number"), "archival_code title doc_no"),
        (("档号", "题名", "标题"), "archival_code title "),
        (("档号", "题名", "*密级", "无关的列"), "archival_code title secrecy "),
    ],
)
def test_headings_are_recognised(headings: tuple[str, ...], fields: str) -> None:
    assert propose(table(headings), SCHEME).fields == tuple(fields.split(" "))


def test_the_line_of_headings_is_found_below_the_title_of_the_list() -> None:
    found = propose(
        table(("卷内文件目录",), (), ("全宗号：H002", "年度：2023"), ("档号", "题名", "日期"), ("x", "题名")), SCHEME
    )
    assert found == ColumnMapping(3, ("archival_code", "title", "date"))


def test_a_source_is_remembered_by_its_headings_in_any_order() -> None:
    first = table(("编码", "名目", "归口"), ("1", "2", "3"))
    chosen = ColumnMapping(0, ("archival_code", "title", ""))
    memory = remember(first, chosen)
    again = propose(
        table(
            ("名 目", "归口", "编码"),
        ),
        SCHEME,
        memory,
    )
    assert again.fields == ("title", "", "archival_code")
    assert propose(
        table(
            ("档号", "题名", "备注"),
        ),
        SCHEME,
        {"备注": ""},
    ).fields == ("archival_code", "title", "")


def test_what_a_mapping_lacks_is_told() -> None:
    assert ColumnMapping(0, ("title", "title")).faults() == ["column_twice", "no_code_column"]
    assert ColumnMapping(0, ("archival_code", "")).faults() == ["no_title_column"]
    assert ColumnMapping(0, ("item_no", "title", "")).faults() == []


def test_tables_survive_the_vault() -> None:
    tables = (Table("一", (("a", "b"), ()), frozenset({(0, 1)})), Table("二", ()))
    assert unpack_tables(pack_tables(tables)) == tables


@pytest.mark.parametrize(("column", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (199, "GR")])
def test_columns_have_the_letters_of_spreadsheets(column: int, letter: str) -> None:
    assert column_letter(column) == letter
