"""Compound files written from branches, read again by the library that reads foreign ones."""

from __future__ import annotations

import io

import olefile
import pytest

from indexer.identify import Kind, identify
from render.memory_file import MemoryFile
from render.ops.compound import Branch, read_branch, write_branch


def read(data: bytes, *place: str) -> Branch:
    with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as tree:
        assert not tree.parsing_issues
        return read_branch(tree, place)


@pytest.mark.parametrize("size", [1, 63, 64, 4095, 4096, 4097, 5_000_000])
def test_streams_come_back(size: int) -> None:
    branch = {"甲": bytes(range(256)) * (size // 256) + b"z" * (size % 256), "b": {"c": b"1", "d": {"e": b"2" * 70}}}
    data = write_branch(branch)
    assert read(data) == branch
    assert read(data, "b") == branch["b"]


def test_many_streams_come_back() -> None:
    branch = {f"stream {number}": b"%d" % number for number in range(500)}
    assert read(write_branch(branch)) == branch


def test_nothing_comes_back_as_nothing() -> None:
    assert read(write_branch({})) == {}


def test_what_is_embedded_does_not_decide_what_a_file_is() -> None:
    data = write_branch({"Workbook": b"x", "MBD01": {"WordDocument": b"y"}, "Z": {"_VBA_PROJECT": b"z"}})
    with MemoryFile(data) as file:
        found = identify(file, "表.xls")
    assert (found.media_type, found.kind) == ("application/vnd.ms-excel", Kind.OFFICE)
    assert (found.extension_mismatch, found.has_macros) == (False, True)
