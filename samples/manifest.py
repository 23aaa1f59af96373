"""Writes manifest.csv for `flask ingest samples/files --manifest samples/manifest.csv`, and ids.csv for tests."""

from __future__ import annotations

import csv
from pathlib import Path

from samples.records import Record

FIRST = (
    "path", "title", "class", "department", "date", "archival_code", "doc_no", "creator", "sensitivity", "retention",
    "reading_scope", "state", "persons",
)  # fmt: skip
COMMON = (
    "year", "level", "reading_depts", "openness", "secrecy", "carrier", "origin", "pages", "location", "keywords",
    "abstract", "transcript", "relations",
)  # fmt: skip
JOIN = "；"


def write_manifest(records: list[Record], folder: Path) -> None:
    """Writes both tables into a folder. Template fields follow the common ones, in order of their first use."""
    template = list(dict.fromkeys(name for record in records for name in record.meta))
    columns = [*FIRST, *COMMON, *(name for name in template if name not in COMMON)]
    codes = {record.sample_id: record.data["archival_code"] for record in records}
    with (folder / "manifest.csv").open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(manifest_row(record, codes) for record in records)
    with (folder / "ids.csv").open("w", encoding="utf-8", newline="") as handle:
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(("sample_id", "archival_code"))
        rows.writerows(codes.items())


def manifest_row(record: Record, codes: dict[str, str]) -> dict[str, str]:
    """One line of the manifest; a relation is written `type:archival_code`."""
    data = record.data
    row = {name: _cell(data.get(name)) for name in (*FIRST, *COMMON)}
    row["path"] = record.file
    row["transcript"] = str(data.get("transcript", "")).strip()
    row["relations"] = JOIN.join(f"{link['type']}:{codes[link['target']]}" for link in data.get("relations", []))
    return row | {name: _cell(value) for name, value in record.meta.items()}


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return JOIN.join(map(str, value))
    return "" if value is None else str(value)
