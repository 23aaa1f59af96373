"""Memory of web processes: after a day's mix of requests, and while a file of 2 GB arrives."""

from __future__ import annotations

import io
import json
import random
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

import psutil

from bench.browsing import sign_in, spend_a_while
from bench.figures import Report, costing
from bench.installation import Installation, NotDoneError
from bench.memory import FLAT_MB
from bench.papers import list_words, write_papers
from bench.watching import largest_mb, memory_mb, watched
from services import probes

PAPERS = 40
PEOPLE = ("archivist", "clerk", "logistics", "publicity")
VISITS = 60
LARGE_BYTES = 2 << 30
WATCH_SECONDS = 0.05


def run(report: Report, place: Installation) -> None:
    """People look at papers taken in before; the large file comes to fresh processes."""
    with place.running("worker", "beat"):
        place.take_in(write_papers(place.folder / "papers", PAPERS, seed=1))
        place.wait_until_done()
    with place.running("web") as running:
        _browse(report, place, running["web"])
    with place.running("web") as running:
        _upload(report, place, running["web"])


def _browse(report: Report, place: Installation, web: psutil.Process) -> None:
    address = probes.portal_address(place.config)
    browsers = [sign_in(address, name) for name in PEOPLE]
    files = [file for file in place.list_files() if file.media_type == "application/pdf"]
    papers = cycle(sorted((place.folder / "papers").iterdir()))
    visits = [(number, next(papers)) for number in range(VISITS)]
    with ThreadPoolExecutor(len(PEOPLE)) as pool:
        requests = sum(
            pool.map(
                lambda visit: spend_a_while(browsers[visit[0] % len(PEOPLE)], files, list_words(), visit[1], visit[0]),
                visits,
            )
        )
    size = largest_mb(web.children())
    report.add("web", f"web process after {requests} requests", size, "MB", goal="<= 200")
    for browser in browsers:
        browser.close()


def _upload(report: Report, place: Installation, web: psutil.Process) -> None:
    described = json.dumps({"title": "large", "class": "WS·HQ", "department": "HQB"})
    with place.visit("archivist") as http:
        small = {"files": ("small.bin", b"x" * 1000)}
        for _ in range(8):  # so that every process has loaded what an upload needs
            http.post("/api/v1/items", data={"metadata": described}, files=small).raise_for_status()
        before = sum(map(memory_mb, web.children()))
        with (
            watched(lambda: sum(map(memory_mb, web.children())), every_seconds=WATCH_SECONDS) as peak,
            costing() as cost,
        ):
            large = {"files": ("large.bin", _Noise(LARGE_BYTES))}
            http.post("/api/v1/items", data={"metadata": described}, files=large).raise_for_status()
    if place.list_files()[-1].size != LARGE_BYTES:
        raise NotDoneError("the large file is not whole")
    report.add("web", "web processes while 2 GB arrive, growth", peak[0] - before, "MB", goal=f"<= {FLAT_MB}")
    report.add("web", "2 GB upload, rate", cost.rate(LARGE_BYTES) / 1e6, "MB/s")


class _Noise(io.RawIOBase):
    """So many bytes that no compression makes smaller, without a file or memory for them."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self._block = random.Random(1).randbytes(1 << 20)
        self._size, self._at = size, 0

    def read(self, size: int = -1) -> bytes:
        wanted = min(size if size >= 0 else self._size, self._size - self._at, len(self._block))
        self._at += wanted
        return self._block[:wanted]

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at
