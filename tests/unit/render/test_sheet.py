"""Tables read in a child: what cells show, formulas without a result, hostile and broken files."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from render.errors import ToolError
from render.memory_file import MemoryFile
from render.ops.sheet import UNPACKED_BYTES
from render.sheets import Sheet, read_sheets


def read(data: bytes) -> tuple[Sheet, ...]:
    with MemoryFile(data) as document:
        return read_sheets(document)


def workbook(fill: Callable[[Worksheet], Any]) -> bytes:
    book = openpyxl.Workbook()
    fill(book.active)
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def test_cells_are_told_as_a_reader_sees_them() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.title = "卷内目录"
        sheet.append(["档号", " 题\n名 ", dt.date(2023, 5, 1), 1.0, 2.5, True])
        sheet.append([])
        sheet.append([12, 20230501, dt.date(2023, 5, 1), dt.date(2023, 5, 1)])
        sheet["A3"].number_format = "0000"
        sheet["C3"].number_format = 'yyyy"年"m"月"'
        sheet["D3"].number_format = "yyyy"

    (sheet,) = read(workbook(fill))
    assert sheet.name == "卷内目录"
    assert sheet.rows == (
        ("档号", "题 名", "2023-05-01", "1", "2.5", "是"),
        (),
        ("0012", "20230501", "2023-05", "2023"),
    )


def test_a_formula_is_not_computed_and_its_place_is_told() -> None:
    def fill(sheet: Worksheet) -> None:
        sheet.append(["题名", "页数"])
        sheet.append(["a", "=1+1"])
        sheet.append(["#REF!", 3])
        sheet["A3"].data_type = "e"

    (sheet,) = read(workbook(fill))
    assert sheet.rows == (("题名", "页数"), ("a",), ("#REF!", "3"))
    assert sheet.broken == {(1, 1), (2, 0)}


def test_the_saved_result_of_a_formula_counts() -> None:
    """openpyxl saves no results, so the sheet is written by hand."""
    packed, plain = io.BytesIO(), workbook(lambda sheet: sheet.append(["x"]))
    with zipfile.ZipFile(io.BytesIO(plain)) as old, zipfile.ZipFile(packed, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                row = b'<row r="1"><c r="A1"><f>1+1</f><v>2</v></c><c r="B1" t="str"><f>A1</f><v>ok</v></c></row>'
                data = data[: data.index(b"<row")] + row + data[data.index(b"</sheetData>") :]
            new.writestr(part, data)
    (sheet,) = read(packed.getvalue())
    assert (sheet.rows, sheet.broken) == ((("2", "ok"),), frozenset())


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_text_tables_in_the_encodings_of_offices(encoding: str, mark: str) -> None:
    text = f'档号{mark}题名\r\nH002{mark}"一{mark}""二""\r\n三"\r\n\r\n'
    (sheet,) = read(text.encode(encoding))
    assert sheet.rows == (("档号", "题名"), ("H002", f'一{(mark.strip() and mark) or " "}"二" 三'))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"PK\x03\x04 not a package", "table_not_read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not a workbook", "table_not_read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (bytes(range(256)), "table_not_read"),
        (b"\r\n ,, \r\n", "table_empty"),
        (("x," * 200 + "x").encode(), "table_too_wide"),
        (b"x\n" * 100_001, "table_too_large"),
    ],
)
def test_what_is_no_table_or_too_much_of_one_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ToolError) as refusal:
        read(data)
    assert refusal.value.reason == reason


def test_a_workbook_that_expands_beyond_bounds_is_never_unpacked() -> None:
    data = bytearray(workbook(lambda sheet: sheet.append(["x"])))
    struct.pack_into("<I", data, data.rfind(b"PK\x01\x02") + 24, UNPACKED_BYTES)  # what the package says of a part
    with pytest.raises(ToolError) as refusal:
        read(bytes(data))
    assert (refusal.value.reason, refusal.value.outcome) == ("expands_too_much", "quarantined")


def test_entities_in_a_workbook_lead_nowhere() -> None:
    bomb = (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet><sheetData><row r="1">'
    )
    bomb += b'<c r="A1" t="inlineStr"><is><t>&a;</t></is></c></row></sheetData></worksheet>'
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook(lambda sheet: sheet.append(["x"])))) as old,
        zipfile.ZipFile(packed, "w") as new,
    ):
        for part in old.infolist():
            new.writestr(part, bomb if part.filename == "xl/worksheets/sheet1.xml" else old.read(part))
    with pytest.raises(ToolError) as refusal:
        read(packed.getvalue())
    assert refusal.value.reason in ("table_not_read", "table_empty")
