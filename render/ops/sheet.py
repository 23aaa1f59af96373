"""Tables: the sheets of a workbook (.xlsx, .xls) or a text table (.csv) as rows of plain text, as a reader sees them.

Nothing is evaluated: a formula gives the result that was last computed and saved, and where none was saved or the cell
shows an error, the place is told. Numbers are told as typed (1, not 1.0; leading zeros of the cell's format are kept),
dates to the precision that the cell shows.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import json
import mimetypes
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

# openpyxl asks the system for its list of media types when it is imported; that file is out of a child's reach.
mimetypes.knownfiles = []

import openpyxl  # noqa: E402
import xlrd  # noqa: E402
from openpyxl.cell.read_only import ReadOnlyCell  # noqa: E402

from render.jail.errors import OpError  # noqa: E402
from render.jail.source import Source  # noqa: E402

Result = tuple[dict[str, Any], bytes]
Cell = tuple[str, bool]
"""Text, and whether it is broken: an error, or a formula without a result."""
MOST_ROWS, MOST_COLUMNS = 100_000, 200
"""Rows with something in them, of all sheets together; columns of one sheet."""
UNPACKED_BYTES = 1024**3
_EMPTY: Cell = ("", False)
_LOCKED = "EncryptedPackage".encode("utf-16-le")
"""Name of the part that holds a workbook with a password (MS-OFFCRYPTO, 2.3.4)."""
_TEXT_BYTES = 256 * 1024**2
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\ufeff]+")
_FORMAT_WORDS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_CODECS = ("ascii", "cp437", "cp936", "cp1252", "gb18030", "latin-1", "utf-16", "utf-16-le", "utf-8-sig")
_DAMAGE = (KeyError, ValueError, TypeError, IndexError, AttributeError, OSError, EOFError, SyntaxError)


def prepare() -> None:
    """Loads the codecs of texts and packages while files may still be opened."""
    for name in _CODECS:
        codecs.lookup(name)


def _read(_: dict[str, Any], source: Source) -> Result:
    """`sheets` tells their number; the payload is JSON, for each: name, rows, and [row, column] of broken cells."""
    with source.open() as file:
        begin = file.read(8)
        file.seek(0)
        if begin.startswith(b"PK"):
            sheets = _read_workbook(file)
        elif begin.startswith(b"\xd0\xcf\x11\xe0"):
            sheets = _read_old_workbook(file.read())
        else:
            sheets = [_collect("", _iter_text(file.read(_TEXT_BYTES + 1)), MOST_ROWS)]
    return {"sheets": len(sheets)}, json.dumps(sheets, ensure_ascii=False).encode()


OPS = {"sheet.read": _read}


def _read_workbook(file: BinaryIO) -> list[dict[str, Any]]:
    has_formulas = _look_inside(file)
    sheets: list[dict[str, Any]] = []
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what the file claims of its size is not to be believed
            left = MOST_ROWS - sum(map(_count, sheets))
            sheets.append(_collect(sheet.title, _iter_cells(sheet.iter_rows()), left))
        if has_formulas:
            _mark_formulas(file, sheets)
    except _DAMAGE as err:
        raise OpError("table_not_read") from err
    return sheets


def _look_inside(file: BinaryIO) -> bool:
    """Whether a sheet holds a formula. Raises OpError for no workbook, and for one that expands beyond all bounds."""
    try:
        with zipfile.ZipFile(file) as package:
            if sum(part.file_size for part in package.infolist()) > UNPACKED_BYTES:
                raise OpError("expands_too_much", "quarantined")
            names = package.namelist()
            if "[Content_Types].xml" not in names:
                raise OpError("table_not_read")
            return any(_holds_formula(package, name) for name in names if name.startswith("xl/worksheets/"))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as err:
        raise OpError("table_not_read") from err


def _holds_formula(package: zipfile.ZipFile, name: str) -> bool:
    tail = b""
    with package.open(name) as part:
        while block := part.read(1 << 20):
            if b"<f>" in tail + block or b"<f " in tail + block:
                return True
            tail = block[-2:]
    return False


def _mark_formulas(file: BinaryIO, sheets: list[dict[str, Any]]) -> None:
    """Adds the formulas without a saved result, which look like empty cells, to the broken cells."""
    book = openpyxl.load_workbook(file, read_only=True, data_only=False)
    for sheet, found in zip(book.worksheets, sheets, strict=True):
        sheet.reset_dimensions()
        for number, row in enumerate(sheet.iter_rows()):
            for column, cell in enumerate(row[:MOST_COLUMNS]):
                if cell.data_type == "f" and not _text_at(found["rows"], number, column):
                    found["broken"].append([number, column])


def _text_at(rows: list[list[str]], row: int, column: int) -> str:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else ""


def _iter_cells(rows: Iterable[tuple[ReadOnlyCell, ...]]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [_show(cell) for cell in row]


def _show(cell: ReadOnlyCell) -> Cell:
    value = cell.value
    if value is None:
        return _EMPTY
    if cell.data_type == "e":
        return str(value), True
    if isinstance(value, str):
        return value, False
    return _show_value(value, cell.number_format or ""), False


def _show_value(value: Any, shape: str) -> str:
    """A typed value as text; `shape` is the number format of its cell."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, dt.datetime):
        return _show_date(value, shape)
    if isinstance(value, int | float):
        whole = float(value).is_integer() and abs(value) < 10**15
        digits = str(int(value)) if whole else f"{value:.15g}"
        return digits.zfill(len(shape)) if whole and shape and not shape.strip("0") else digits
    return str(value)


def _show_date(value: dt.datetime, shape: str) -> str:
    letters = _FORMAT_WORDS.sub("", shape).lower()
    if "y" in letters and "d" not in letters:
        return value.strftime("%Y-%m") if "m" in letters else value.strftime("%Y")
    return value.strftime("%Y-%m-%d") if value.time() == dt.time() else value.strftime("%Y-%m-%d %H:%M")


def _read_old_workbook(data: bytes) -> list[dict[str, Any]]:
    if _LOCKED in data:
        raise OpError("encrypted")
    sheets: list[dict[str, Any]] = []
    try:
        book = xlrd.open_workbook(file_contents=data, formatting_info=True, on_demand=True, logfile=io.StringIO())
        for number in range(book.nsheets):
            sheet = book.sheet_by_index(number)
            rows = ([_show_old(book, cell) for cell in sheet.row(row)] for row in range(sheet.nrows))
            sheets.append(_collect(sheet.name, rows, MOST_ROWS - sum(map(_count, sheets))))
            book.unload_sheet(number)
    except (*_DAMAGE, xlrd.XLRDError, AssertionError, xlrd.compdoc.CompDocError) as err:
        raise OpError("encrypted" if "encrypted" in str(err) else "table_not_read") from err
    return sheets


def _show_old(book: xlrd.Book, cell: xlrd.sheet.Cell) -> Cell:
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return _EMPTY
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return xlrd.error_text_from_code.get(cell.value, "#?"), True
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return _show_value(bool(cell.value), ""), False
    if cell.ctype == xlrd.XL_CELL_TEXT:
        return cell.value, False
    shape = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
    if cell.ctype == xlrd.XL_CELL_DATE:
        return _show_date(xlrd.xldate_as_datetime(cell.value, book.datemode), shape), False
    return _show_value(cell.value, shape), False


def _iter_text(data: bytes) -> Iterator[list[Cell]]:
    if len(data) > _TEXT_BYTES:
        raise OpError("table_too_large")
    text = _decode(data)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_find_delimiter(text)):
            yield [(value, False) for value in row]
    except csv.Error as err:
        raise OpError("table_not_read") from err


def _decode(data: bytes) -> str:
    """Text with a byte order mark, in UTF-8 or in GB18030; what is neither is no table."""
    names = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for name in names:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise OpError("table_not_read")


def _find_delimiter(text: str) -> str:
    """Whichever of tab, semicolon and comma stands most often outside quotes in the first lines."""
    begin = re.sub(r'"[^"]*"', "", text[:20_000])
    return max(",;\t", key=begin.count)


def _collect(name: str, rows: Iterable[list[Cell]], most: int) -> dict[str, Any]:
    """The rows without what is empty at their ends; empty rows between others stay, so that numbers are right."""
    kept: list[list[str]] = []
    broken, filled, empty = [], 0, 0
    for number, row in enumerate(rows):
        cells = [(_CONTROLS.sub(" ", text).strip(), is_broken) for text, is_broken in row]
        while cells and cells[-1] == _EMPTY:
            cells.pop()
        if not cells:
            empty += 1
            continue
        filled += 1
        if filled > most or number > 2 * MOST_ROWS:
            raise OpError("table_too_large")
        if len(cells) > MOST_COLUMNS:
            raise OpError("table_too_wide")
        kept += [[] for _ in range(empty)]
        empty = 0
        broken += [[len(kept), column] for column, cell in enumerate(cells) if cell[1]]
        kept.append([text for text, _ in cells])
    return {"name": name, "rows": kept, "broken": broken}


def _count(sheet: dict[str, Any]) -> int:
    return sum(map(bool, sheet["rows"]))
