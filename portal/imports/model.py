"""Imports as pages show them: columns with samples, faults with their places, counts, the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from archive.catalogue_import.check import Line, Outcome
from archive.catalogue_import.columns import FIELDS, template_fields
from archive.catalogue_import.drafts import Draft, Stage
from archive.catalogue_import.tables import column_letter
from archive.models import CatalogueImport, ImportLine
from archive.scheme import Scheme
from portal.choices import Choice
from portal.i18n import code_words
from portal.words import Badge, in_language

SAMPLES, FIRST_ROWS, FAULTS = 3, 8, 200
_OUTCOMES: Final = {
    Outcome.CREATED: ("新建", "Created", "plus-circle", "ok"),
    Outcome.UPDATED: ("更新", "Updated", "pencil", "info"),
    Outcome.UNCHANGED: ("未变", "Unchanged", "check-circle", "plain"),
    Outcome.REFUSED: ("未导入", "Not imported", "x-circle", "bad"),
}
_STAGES: Final = {
    Stage.COLUMNS: ("待确认各列", "Columns to be settled", "layout-three-columns", "plain"),
    Stage.READY: ("待导入", "Ready", "eye", "info"),
    Stage.WORKING: ("正在导入", "Importing", "hourglass-split", "info"),
    Stage.DONE: ("已完成", "Done", "check-circle", "ok"),
    Stage.STOPPED: ("已停止", "Stopped", "exclamation-triangle", "warn"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table: letter, heading, first values, and the field that it is."""

    letter: str
    heading: str
    samples: tuple[str, ...]
    field: str


@dataclass(frozen=True)
class Wrong:
    """A row that is not imported: where, what stands there, and why in words."""

    row: int
    place: str
    text: str
    code: str
    words: str


@dataclass(frozen=True)
class Summary:
    """Rows by outcome, and the first of those that are not imported."""

    counts: tuple[tuple[Badge, int], ...]
    writes: int
    refused: int
    wrong: tuple[Wrong, ...]


def outcome_badge(outcome: str) -> Badge:
    """Badge of what became of a row."""
    chinese, english, icon, tone = _OUTCOMES[Outcome(outcome)]
    return Badge(in_language(chinese, english), icon, tone)


def stage_badge(row: CatalogueImport) -> Badge:
    """Badge of how far an import is."""
    chinese, english, icon, tone = _STAGES[Stage(row.stage)]
    return Badge(in_language(chinese, english), icon, tone)


def list_columns(draft: Draft) -> list[Column]:
    """The columns of the chosen sheet."""
    table, mapping = draft.table, draft.mapping
    below = range(mapping.heading_row + 1, len(table.rows))
    return [
        Column(
            column_letter(number),
            table.cell(mapping.heading_row, number),
            tuple(text for text in (table.cell(row, number) for row in below[:SAMPLES]) if text),
            mapping.fields[number],
        )
        for number in range(table.width)
    ]


def list_fields(scheme: Scheme) -> tuple[list[Choice], list[Choice]]:
    """What a column may be: general fields, and fields of the description templates."""
    general = [Choice(name, in_language(zh, en)) for name, (zh, en, _) in FIELDS.items()]
    special = [
        Choice(name, in_language(zh, name.replace("_", " ").capitalize()))
        for name, zh in template_fields(scheme).items()
    ]
    return general, special


def field_name(scheme: Scheme, field: str) -> str:
    """Words for a field."""
    general, special = list_fields(scheme)
    return next((choice.label for choice in (*general, *special) if choice.value == field), field)


def list_first(draft: Draft) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Fields in use, and the first rows with their numbers as spreadsheets count."""
    used = [(number, field) for number, field in enumerate(draft.mapping.fields) if field]
    begin = draft.mapping.heading_row + 1
    numbers = [n for n in range(begin, len(draft.table.rows)) if draft.table.rows[n]][:FIRST_ROWS]
    rows = [(n + 1, [draft.table.cell(n, column) for column, _ in used]) for n in numbers]
    return [field for _, field in used], rows


def summarise(draft: Draft, counts: Mapping[str, int], refused: Sequence[Line | ImportLine]) -> Summary:
    """Rows by outcome, and the first of those refused."""
    return Summary(
        counts=tuple((outcome_badge(outcome), counts[outcome]) for outcome in Outcome if counts.get(outcome)),
        writes=counts.get(Outcome.CREATED, 0) + counts.get(Outcome.UPDATED, 0),
        refused=counts.get(Outcome.REFUSED, 0),
        wrong=tuple(describe_wrong(draft, line) for line in refused[:FAULTS]),
    )


def describe_wrong(draft: Draft, line: Line | ImportLine) -> Wrong:
    """A refused row with its place in words."""
    place = text = ""
    if line.column is not None:
        heading = draft.table.cell(draft.mapping.heading_row, line.column)
        place = f"{column_letter(line.column)} {heading}".strip()
        text = draft.table.cell(line.row, line.column)
    code, title = _named(draft, line.row)
    return Wrong(line.row + 1, place, text, code or title, code_words(line.reason))


def iter_report(draft: Draft, lines: Sequence[ImportLine], headings: Sequence[str]) -> Iterator[Sequence[object]]:
    """The report as a table: row, archival code, title, outcome, column, reason."""
    yield headings
    for line in lines:
        code, title = _named(draft, line.row)
        letter = column_letter(line.column) if line.column is not None else ""
        words = code_words(line.reason) if line.reason else ""
        yield line.row + 1, code, title, outcome_badge(line.outcome).label, letter, words


def _named(draft: Draft, row: int) -> tuple[str, str]:
    """What the table itself says in its columns of code and title."""
    places = (draft.mapping.find("archival_code"), draft.mapping.find("title"))
    code, title = ("" if place is None else draft.table.cell(row, place) for place in places)
    return code, title
