"""The screen for correcting one page, as data: every line with the piece of the scan it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from archive import proofreading
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.corrections import Corrected, Entry, Ruling
from archive.errors import NotFoundError
from archive.proofreading import Change
from archive.record import Archive
from archive.texts import UNSURE, Line
from portal.files.service import OpenedFile, open_file
from portal.page_marks import Box

LETTER_PIXELS: Final = 30.0
"""Height of a line of text on the screen, before it is made to fit."""
LARGEST_SCALE: Final = 4.0
_MARGIN: Final = 0.35
"""Of the line's thickness, shown around it: neighbours help to read."""


@dataclass(frozen=True)
class Crop:
    """A piece of the page: its box (left, top, width, height) in page units, and its size on the screen in pixels."""

    box: Box
    width: int
    height: int


@dataclass(frozen=True)
class Piece:
    """Characters of a line that are equally certain."""

    text: str
    is_doubtful: bool


@dataclass(frozen=True)
class Row:
    """One line to look at. `shown` are the words that count, `text` what stands in the field.

    `refused` are words that were not taken, because somebody else had the last word meanwhile.
    """

    number: int
    entry: Entry
    shown: str
    text: str
    pieces: tuple[Piece, ...]
    crop: Crop | None
    is_confirmed: bool = False
    refused: str | None = None

    @property
    def percent(self) -> int | None:
        """How sure recognition was, where that says something."""
        line = self.entry.line
        if line is None or line.confidence is None or line.confidence >= UNSURE:
            return None
        return round(line.confidence * 100)


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The screen of one page. `others` counts the lines that are not shown because they are certain."""

    opened: OpenedFile
    number: int
    width: float
    height: float
    revision: int
    rows: tuple[Row, ...]
    others: int
    is_whole: bool
    lost: tuple[Ruling, ...] = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)

    @property
    def uncertain(self) -> int:
        """Lines still to be looked at."""
        return sum(row.entry.is_uncertain for row in self.rows)


@dataclass(frozen=True)
class Answer:
    """A form as it was sent: what fields held, which boxes were ticked, which lines were refused for a newer word."""

    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    confirmed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


def open_sheet(
    archive: Archive, actor: Actor, file_id: str, number: int, *, is_whole: bool, answer: Answer | None = None
) -> Sheet:
    """The page for whoever may correct it, its event committed. With `is_whole`, certain lines are shown too.

    Raises as `open_file`; NotFoundError also for a page without text.
    """
    opened = open_file(archive, actor, Action.TEXT_CORRECT, file_id, event="file:view", page=number)
    stored = proofreading.find_stored(archive, opened.file, number)
    if stored is None or not opened.is_read:
        raise NotFoundError(object_type="page", object_id=file_id, reason="page_not_found")
    with archive.database.reading() as session:
        corrected = proofreading.correct_page(archive, session, file_id, stored)
        changes = proofreading.list_changes(session, archive, file_id, number)
    rows = _build_rows(corrected, answer or Answer(), is_whole=is_whole, has_images=opened.has_images)
    return Sheet(
        opened=opened,
        number=number,
        width=stored.width,
        height=stored.height,
        revision=changes[0].ruling.revision if changes else 0,
        rows=rows,
        others=len(corrected.entries) - len(rows),
        is_whole=is_whole,
        lost=corrected.lost,
        changes=tuple(changes),
    )


def _build_rows(corrected: Corrected, answer: Answer, *, is_whole: bool, has_images: bool) -> tuple[Row, ...]:
    page, rows = corrected.machine, []
    for number, entry in enumerate(corrected.entries, 1):
        if not (is_whole or entry.is_uncertain or entry.key in answer.texts):
            continue
        is_refused = entry.key in answer.refused
        sent = answer.texts.get(entry.key, entry.text)
        rows.append(
            Row(
                number=number,
                entry=entry,
                shown=entry.text,
                text=entry.text if is_refused else sent,
                pieces=_cut(entry.line),
                crop=build_crop(entry.found, page.width, page.height) if has_images else None,
                is_confirmed=entry.key in answer.confirmed and not is_refused,
                refused=sent if is_refused else None,
            )
        )
    return tuple(rows)


def build_crop(line: Line, width: float, height: float) -> Crop | None:
    """The piece of a page of that size that shows the line; None for a line without a place."""
    if line.box is None or not (width and height):
        return None
    left, top, right, bottom = line.box
    thickness = max(1.0, right - left if line.vertical else bottom - top)
    margin = _MARGIN * thickness
    left, top = max(0.0, left - margin), max(0.0, top - margin)
    right, bottom = min(width, right + margin), min(height, bottom + margin)
    if right <= left or bottom <= top:
        return None
    scale = min(LARGEST_SCALE, LETTER_PIXELS / thickness)
    box = (round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2))
    return Crop(box, max(1, round(box[2] * scale)), max(1, round(box[3] * scale)))


def _cut(line: Line | None) -> tuple[Piece, ...]:
    """The line where certainty changes; a line without doubtful characters in one piece."""
    if line is None:
        return ()
    runs = groupby(enumerate(line.text), key=lambda placed: placed[0] in line.doubtful)
    return tuple(Piece("".join(char for _, char in run), is_doubtful) for is_doubtful, run in runs)
