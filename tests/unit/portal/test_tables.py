"""Tables for spreadsheets: nothing in a cell acts, nothing is lost on the way."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.tables import MARK, build_cell, iter_csv


@pytest.mark.parametrize("text", ["=1+1", "+86", "-2", "@SUM(A1)", "\t=1", " =cmd|'/c calc'!A0", "＝1", "\r=1", "\n=1"])
def test_what_begins_like_a_formula_is_text(text: str) -> None:
    assert build_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["电梯.pdf", "a=b", "", 12, -5])
def test_anything_else_stays_as_it_is(value: object) -> None:
    assert build_cell(value) == value


@given(st.lists(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0")), min_size=2), min_size=1))
def test_a_reader_of_csv_gets_back_every_cell(rows: list[list[str]]) -> None:
    written = "".join(iter_csv(rows))
    assert written.startswith(MARK)
    read = list(csv.reader(io.StringIO(written.removeprefix(MARK), newline="")))
    assert read == [[str(build_cell(cell)) for cell in row] for row in rows]
