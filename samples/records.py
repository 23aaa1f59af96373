"""Reads records.yaml into typed records. Knows nothing of how they are drawn."""

from __future__ import annotations

import random
import zlib
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
HAND_MARK = "（手写）"
"""Words after this mark are written by hand; the mark itself is not on the paper."""


@dataclass(frozen=True)
class Render:
    """How the file of a record looks. See the head of records.yaml."""

    kind: str
    layout: str = ""
    look: str = ""
    format: str = ""
    flags: tuple[str, ...] = ()
    seals: tuple[tuple[str, str], ...] = ()
    turn: str = ""


@dataclass(frozen=True)
class Record:
    """One catalogue record. `data` keeps the catalogue fields exactly as written."""

    sample_id: str
    title: str
    body: str
    file: str
    render: Render
    data: dict[str, Any] = field(hash=False)

    @property
    def lines(self) -> list[str]:
        """The body line by line."""
        return self.body.split("\n")

    @property
    def meta(self) -> dict[str, Any]:
        """Fields of the class's template."""
        return dict(self.data.get("meta", {}))

    def has(self, flag: str) -> bool:
        """Whether the paper carries this peculiarity."""
        return flag in self.render.flags

    def rng(self, purpose: str = "") -> random.Random:
        """Random numbers that are the same on every run for this record and purpose."""
        return random.Random(zlib.crc32(f"{self.sample_id}/{purpose}".encode()))


def load_records(path: Path = HERE / "records.yaml") -> list[Record]:
    """All records in catalogue order."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_record(entry) for entry in document["records"]]


def _record(entry: dict[str, Any]) -> Record:
    given = dict(entry["render"])
    given["flags"] = tuple(given.get("flags", ()))
    given["seals"] = tuple((around, below) for around, below in given.get("seals", ()))
    known = {f.name for f in fields(Render)}
    if unknown := set(given) - known:
        raise ValueError(f"{entry['sample_id']}: unknown render key {', '.join(sorted(unknown))}")
    return Record(
        sample_id=entry["sample_id"],
        title=entry["title"],
        body=entry.get("body", "").rstrip("\n"),
        file=entry.get("file", ""),
        render=Render(**given),
        data=entry,
    )
