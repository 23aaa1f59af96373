"""A whole cabinet in one batch: rate, memory, an urgent letter meanwhile; the same folder again; the index anew."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx

from bench.figures import Report, Spread, costing
from bench.installation import Installation
from bench.papers import write_papers, write_slips
from bench.watching import largest_mb, watched
from indexer.rebuild import rebuild

PAPERS, SLIPS = 9_800, 200
"""Born-digital papers of 1 to 12 pages and small scans: ten thousand files."""
URGENT_EVERY_SECONDS, URGENT_PATIENCE_SECONDS, POLL_SECONDS = 10.0, 60.0, 0.1
WATCH_SECONDS = 2.0


def run(report: Report, place: Installation) -> None:
    """The batch is registered while the workers read, as in a hospital."""
    number = PAPERS + SLIPS
    papers = write_papers(place.folder / "papers", PAPERS, seed=1)
    slips = write_slips(place.folder / "slips", SLIPS, seed=1)
    for slip in slips.iterdir():
        slip.rename(papers / slip.name)
    with place.running("worker", "beat", "web") as running:
        worker = running["worker"]
        with (
            watched(lambda: largest_mb(worker.children(recursive=True)), every_seconds=WATCH_SECONDS) as peak,
            _urgent(place) as waits,
            costing() as cost,
        ):
            taken = place.take_in(papers)
            place.wait_until_done()
        place.require_searchable(taken)
    note = cost.describe(number)
    report.add("cabinet", f"{number} mixed files in one batch", cost.rate(number), "files/s", note=note)
    report.add("cabinet", "largest process of the workers meanwhile", peak[0], "MB")
    spread = Spread.of(waits)
    note = f"{spread.describe()}, {len(waits)} letters"
    report.add("cabinet", "an urgent letter until it is found, the slowest", max(waits), "s", goal="<= 5", note=note)
    with costing() as again:
        place.take_in(papers)
    report.add("cabinet", "the same folder again", again.rate(number), "files/s", goal=">= 2000")
    with costing() as anew:
        rebuild(place.archive, place.client)
    note = anew.describe(number)
    report.add("cabinet", "the index anew from the record", anew.rate(number), "items/s", goal=">= 1000", note=note)


@contextmanager
def _urgent(place: Installation) -> Iterator[list[float]]:
    """Hands a letter in every so often; seconds until a search finds each."""
    waits, is_over = list[float](), threading.Event()

    def hand_in() -> None:
        with place.visit("archivist") as http:
            while not (waits and is_over.wait(URGENT_EVERY_SECONDS)):
                waits.append(_send(http, f"加急来文{len(waits)}"))

    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(hand_in)
        try:
            yield waits
        finally:
            is_over.set()
        sending.result()


def _send(http: httpx.Client, words: str) -> float:
    started = time.monotonic()
    described = json.dumps({"title": "急件", "class": "WS·HQ", "department": "HQB"})
    files = {"files": ("urgent.txt", f"{words}，请立即办理。".encode(), "text/plain")}
    http.post("/api/v1/items", data={"metadata": described}, files=files).raise_for_status()
    while time.monotonic() - started < URGENT_PATIENCE_SECONDS:
        found = http.get("/api/v1/search", params={"q": f'"{words}"'}).raise_for_status().json()
        if found["total"]["value"]:
            break
        time.sleep(POLL_SECONDS)
    return time.monotonic() - started
