"""How separator sheets part a stack, and which codes are none of ours."""

from __future__ import annotations

import pytest

from archive.separators import Sheet, Stretch, part_stack, read_codes, write_code

A, B = "H002-KJ·SB·YL-087-001", "H002-KJ·SB·YL-087-002"
PAGE, BACK = Sheet(), Sheet(is_blank=True)
SHEET_A, SHEET_B = Sheet((A,)), Sheet((B,))


@pytest.mark.parametrize(
    ("sheets", "expected"),
    [
        ([PAGE, PAGE], []),
        ([SHEET_A, PAGE, PAGE], [Stretch(A, 2, 3)]),
        ([SHEET_A, PAGE, SHEET_B, PAGE, PAGE], [Stretch(A, 2, 2), Stretch(B, 4, 5)]),
        ([PAGE, PAGE, SHEET_A, PAGE], [Stretch("", 1, 2), Stretch(A, 4, 4)]),
        ([SHEET_A, BACK, PAGE, BACK, SHEET_B, BACK, PAGE], [Stretch(A, 3, 4), Stretch(B, 7, 7)]),
        ([SHEET_A, SHEET_B, PAGE], [Stretch(A, 2, 1), Stretch(B, 3, 3)]),
        ([SHEET_A], [Stretch(A, 2, 1)]),
        ([SHEET_A, BACK], [Stretch(A, 3, 2)]),
        ([Sheet((A, B)), PAGE], [Stretch("", 2, 2)]),
    ],
)
def test_stretches(sheets: list[Sheet], expected: list[Stretch]) -> None:
    assert part_stack(sheets) == expected
    assert [stretch.has_pages for stretch in part_stack(sheets)] == [one.first <= one.last for one in expected]


def test_only_codes_with_the_prefix_count() -> None:
    assert read_codes(["https://example.org/invoice", "6901234567892", A]) == ()
    assert read_codes([write_code(A)]) == (A,)
    assert read_codes([write_code(A), "x", write_code(A.lower()), f" {write_code(B)} "]) == (A, B)
    assert read_codes(["GDSEP:", "GDSEP:  "]) == ()
