"""Recognition of the sample scans whose text is known: rate and characters, the bare engine beside it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archive import texts
from archive.models import File
from archive.record import Archive
from bench import bare_engine
from bench.bare_engine import BareEngines
from bench.figures import Cost, Report, costing
from bench.installation import Installation
from bench.papers import write_slips
from bench.watching import READER_MARK, largest_mb, list_children, watched
from samples.recall import fold
from samples.records import Record, load_records
from samples.render import FILES, TRUTH

WATCH_SECONDS = 0.25
SLIPS = 12
"""Small scans that make every worker process load its models before the clock starts."""
GROUPS = {"scan": "letters and forms", "drawing": "drawings"}
"""Kinds of sample papers; the pipeline reads drawings in tiles, where the bare engine shrinks them."""


@dataclass(frozen=True)
class Reading:
    """How many pages, what they took, and the text of each sample."""

    pages: int
    cost: Cost
    texts: Mapping[str, str]


def run(report: Report, place: Installation) -> None:
    """The pipeline first, then as many bare engines as it has processes."""
    number = place.config.worker_processes
    known = [record for record in load_records() if _truth(record.sample_id).exists()]
    papers = {kind: [record for record in known if record.render.kind == kind] for kind in GROUPS}
    with place.running("worker", "beat") as running:
        place.take_in(write_slips(place.folder / "slips", SLIPS, seed=1))
        place.wait_until_done()
        readers = list_children(running["worker"], READER_MARK)
        with watched(lambda: largest_mb(readers), every_seconds=WATCH_SECONDS) as peak:
            ours = {kind: _read(place, kind, records) for kind, records in papers.items()}
    with bare_engine.started(number) as engines:
        bare = {kind: _read_bare(engines, records, ours[kind].pages) for kind, records in papers.items()}
    for kind, label in GROUPS.items():
        for name, reading in ((label, ours[kind]), (f"{label}, bare engine", bare[kind])):
            rate, note = reading.cost.rate(reading.pages), reading.cost.describe(reading.pages)
            report.add("ocr", f"{name}, {number} processes, {reading.pages} pages", rate, "pages/s", note=note)
        goal = ">= 0.9" if kind == "scan" else ""
        ratio = bare[kind].cost.seconds / ours[kind].cost.seconds
        report.add("ocr", f"{label} / bare engine", ratio, "x", goal=goal)
        ratio = bare[kind].cost.processor / ours[kind].cost.processor
        report.add("ocr", f"{label} / bare engine, by processor time", ratio, "x", goal=goal)
        _compare(report, label, ours[kind], bare[kind])
    report.add("ocr", "recognising child, highest memory", peak[0], "MB", goal="<= 1300")


def _read(place: Installation, kind: str, records: list[Record]) -> Reading:
    folder = place.folder / kind
    folder.mkdir()
    names = {}
    for record in records:
        name = f"{record.sample_id}{Path(record.file).suffix}"
        shutil.copy(FILES / record.file, folder / name)
        names[name] = record.sample_id
    with costing() as cost:
        taken = place.take_in(folder)
        place.wait_until_done()
    place.require_searchable(taken)
    lines = list(taken.report())
    pages = sum(line.pages or 0 for line in lines)
    found = {names[line.path]: _text(place.archive, line.file_id or "") for line in lines}
    return Reading(pages, cost, found)


def _text(archive: Archive, file_id: str) -> str:
    with archive.database.reading() as session:
        address = session.get_one(File, file_id).text_address
    if address is None:
        return ""
    with archive.vault.reader(address) as blob:
        return "\n".join(page.text for page in texts.iter_pages(blob))


def _read_bare(engines: BareEngines, records: list[Record], pages: int) -> Reading:
    samples = {FILES / record.file: record.sample_id for record in records}
    with costing() as cost:
        found = engines.read(list(samples))
    return Reading(pages, cost, {samples[path]: text for path, text in found.items()})


def _compare(report: Report, label: str, ours: Reading, bare: Reading) -> None:
    """Characters as a bag, because forms have no single reading order: those of the truth that were read, others."""
    shares = {}
    for name, reading in (("", ours), (", bare engine", bare)):
        pairs = [
            (Counter(fold(_truth(sample).read_text(encoding="utf-8"))), Counter(fold(text)))
            for sample, text in reading.texts.items()
        ]
        total = sum(want.total() for want, _ in pairs)
        shares[name] = sum((want & got).total() for want, got in pairs) / total
        surplus = sum((got - want).total() for want, got in pairs) / total
        report.add("ocr", f"{label}, characters read{name}", 100 * shares[name], "%", note=f"of {total}")
        report.add("ocr", f"{label}, characters read that are not there{name}", 100 * surplus, "%")
    report.add("ocr", f"{label}, characters read / bare engine", shares[""] / shares[", bare engine"], "x", goal=">= 1")


def _truth(sample_id: str) -> Path:
    return TRUTH / f"{sample_id}.txt"
