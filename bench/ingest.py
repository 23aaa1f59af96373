"""Born-digital papers from a folder and through the REST interface until they are found; bare Tika beside them."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from bench.figures import Cost, Report, costing
from bench.installation import Installation, NotDoneError
from bench.papers import write_papers
from mappings.aliases import Kind, alias_name

WAITING, TIMED, UPLOADED = 200, 400, 100
CONNECTIONS = 2
"""Of bare Tika: as many as there are worker processes."""
TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
}
OFFICE = (".docx", ".xlsx")


def run(report: Report, place: Installation) -> None:
    """The first folder is registered while nobody reads; reading it warms the workers and Tika up for the second."""
    waiting, papers, uploads = (
        write_papers(place.folder / f"papers{seed}", number, seed=seed)
        for seed, number in enumerate((WAITING, TIMED, UPLOADED), 1)
    )
    with costing() as cost:
        place.take_in(waiting)
    _add(report, "registering the files of a folder", WAITING, cost, unit="files/s", goal=">= 500")
    with place.running("worker", "beat"):
        place.wait_until_done()
        with costing() as cost:
            taken = place.take_in(papers)
            place.wait_until_done()
        place.require_searchable(taken)
        _require_found(place, WAITING + TIMED)
        _add(report, "folder to searchable, Word Excel PDF text", TIMED, cost, goal=">= 40")
        _compare_with_tika(report, place, papers, cost)
        with place.running("web"), costing() as cost:
            _upload(place, uploads)
            place.wait_until_done()
        _require_found(place, WAITING + TIMED + UPLOADED)
        _add(report, "REST upload to searchable, one item a request", UPLOADED, cost)


def _add(report: Report, name: str, number: int, cost: Cost, *, unit: str = "docs/s", goal: str = "") -> None:
    report.add("ingest", name, cost.rate(number), unit, goal=goal, note=cost.describe(number))


def _require_found(place: Installation, number: int) -> None:
    found = place.client.count(index=alias_name(place.config.index_prefix, Kind.ITEMS))["count"]
    if found != number:
        raise NotDoneError(f"{found} of {number} items are found")


def _compare_with_tika(report: Report, place: Installation, papers: Path, ours: Cost) -> None:
    everything = sorted(papers.iterdir())
    office = [path for path in everything if path.suffix in OFFICE]
    for label, files in (("the same files", everything), ("the Word and Excel files", office)):
        with costing() as cost:
            _parse_all(place.config.tika_urls[0], files)
        _add(report, f"bare Tika, {label}, {CONNECTIONS} connections", len(files), cost)
        if files is everything:
            report.add("ingest", "folder to searchable / bare Tika", cost.seconds / ours.seconds, "x")
            ratio = ours.processor / cost.processor
            report.add("ingest", "processor time of a document / bare Tika", ratio, "x")


def _parse_all(url: str, files: list[Path]) -> None:
    def parse(path: Path) -> None:
        headers = {"Accept": "application/json", "Content-Type": TYPES[path.suffix], "X-Tika-Skip-Embedded": "true"}
        http.put(f"{url}/rmeta/xhtml", content=path.read_bytes(), headers=headers).raise_for_status()

    with httpx.Client(timeout=60, trust_env=False) as http:
        _in_threads(CONNECTIONS, parse, files)


def _upload(place: Installation, papers: Path) -> None:
    def send(path: Path) -> None:
        described = json.dumps({"title": path.stem, "class": "WS·HQ", "department": "HQB"})
        files = {"files": (path.name, path.read_bytes(), TYPES[path.suffix])}
        http.post("/api/v1/items", data={"metadata": described}, files=files).raise_for_status()

    with place.visit("archivist") as http:
        _in_threads(CONNECTIONS, send, sorted(papers.iterdir()))


def _in_threads(number: int, work: Callable[[Path], None], files: list[Path]) -> None:
    with ThreadPoolExecutor(number) as pool:
        list(pool.map(work, files))
