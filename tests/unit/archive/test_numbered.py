"""Which images are pages of one paper, in what order, and whether some are missing."""

from __future__ import annotations

import pytest

from archive.numbered import Run, find_runs, is_broken, sort_pages


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["2.jpg", "10.jpg", "1.jpg"], [Run("扫描.zip", ("1.jpg", "2.jpg", "10.jpg"))]),
        (["合同_2.tif", "合同_1.tif"], [Run("合同.zip", ("合同_1.tif", "合同_2.tif"))]),
        (["纪要/001.JPG", "纪要/002.png"], [Run("纪要/纪要.zip", ("纪要/001.JPG", "纪要/002.png"))]),
        (["第1页.jpg", "第2页.jpg"], [Run("扫描.zip", ("第1页.jpg", "第2页.jpg"))]),
        (["图 (1).png", "图 (2).png"], [Run("图.zip", ("图 (1).png", "图 (2).png"))]),
        (["甲/1.jpg", "乙/2.jpg"], []),
        (["1.jpg"], []),
        (["合同_1.pdf", "合同_2.pdf"], []),
        (["甲1.jpg", "乙2.jpg"], []),
        (["1.jpg", "01.jpg", "2.jpg"], []),
        (["1.jpg", "1.tif", "2.jpg"], []),
        (["合同.jpg", "附件.jpg"], []),
        (["合同1.jpg", "合同2.jpg", "合同.zip"], [Run("合同 (2).zip", ("合同1.jpg", "合同2.jpg"))]),
    ],
)
def test_runs(paths: list[str], expected: list[Run]) -> None:
    assert find_runs(paths, "扫描") == expected


@pytest.mark.parametrize(
    ("names", "broken"),
    [
        (["1.jpg", "2.jpg", "3.jpg"], False),
        (["1.jpg", "3.jpg"], True),
        (["合同_07.tif", "合同_08.tif", "合同_10.tif"], True),
        (["封面.jpg", "1.jpg", "2.jpg"], False),
        (["封面.jpg", "附件.jpg"], False),
        ([], False),
    ],
)
def test_gaps_are_noticed(names: list[str], broken: bool) -> None:
    assert is_broken(names) is broken


def test_pages_are_sorted_as_people_count() -> None:
    assert sort_pages(["b10.jpg", "b9.jpg", "a.jpg", "10.jpg", "9.jpg"]) == [
        "9.jpg",
        "10.jpg",
        "a.jpg",
        "b9.jpg",
        "b10.jpg",
    ]
