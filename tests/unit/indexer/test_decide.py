"""What becomes of a file, from its pages and the warnings on the way."""

from __future__ import annotations

import pytest

from archive.reasons import REASONS, Outcome
from indexer.stages import WARNINGS, decide


@pytest.mark.parametrize(
    ("pages", "warnings", "expected"),
    [
        ([(5, "")], [], (Outcome.SEARCHABLE, "")),
        ([(5, ""), (0, "tool_timeout")], [], (Outcome.SEARCHABLE, "pages_unreadable")),
        ([(5, "")], ["extension_mismatch", "repaired"], (Outcome.SEARCHABLE, "repaired")),
        ([(5, ""), (0, "damaged")], ["text_cut"], (Outcome.SEARCHABLE, "text_cut")),
        ([(0, ""), (0, "")], [], (Outcome.EMPTY, "no_text")),
        ([], [], (Outcome.EMPTY, "no_text")),
        ([(0, "")], ["media_without_transcript"], (Outcome.EMPTY, "media_without_transcript")),
        ([(0, ""), (0, "tool_memory")], ["repaired"], (Outcome.UNREADABLE, "tool_memory")),
    ],
)
def test_outcomes(pages: list[tuple[int, str]], warnings: list[str], expected: tuple[Outcome, str]) -> None:
    assert decide(pages, warnings) == expected


def test_only_a_file_of_nothing_but_blank_pages_is_blank() -> None:
    assert decide([(0, ""), (0, "")], [], blank=2) == (Outcome.EMPTY, "blank")
    assert decide([(0, ""), (0, "")], [], blank=1) == (Outcome.EMPTY, "no_text")
    assert decide([(0, ""), (0, "damaged")], [], blank=1) == (Outcome.UNREADABLE, "damaged")
    assert decide([(5, ""), (0, "")], [], blank=1) == (Outcome.SEARCHABLE, "")


def test_every_warning_has_a_sentence() -> None:
    assert set(WARNINGS) <= set(REASONS)
