"""Memory of workers and of their children over a thousand documents."""

from __future__ import annotations

import statistics

import psutil

from bench.figures import Report
from bench.installation import Installation
from bench.papers import write_papers, write_slips
from bench.watching import READER_MARK, RENDER_MARK, largest_mb, list_children

ROUNDS, PAPERS, SLIPS = 10, 95, 5
"""A round reads so many papers and small scans: a thousand documents in all."""
FLAT_MB = 20
"""What a process may grow by and still be called flat."""


def run(report: Report, place: Installation) -> None:
    """Compares what processes hold after each hundred documents."""
    seen: dict[str, list[float]] = {}
    with place.running("worker", "beat") as running:
        for number in range(1, ROUNDS + 1):
            place.take_in(write_papers(place.folder / f"papers{number}", PAPERS, seed=number))
            place.take_in(write_slips(place.folder / f"slips{number}", SLIPS, seed=number))
            place.wait_until_done()
            for name, processes in _find_family(running["worker"]).items():
                seen.setdefault(name, []).append(largest_mb(processes))
    each = PAPERS + SLIPS
    for name, sizes in seen.items():
        note = f"{sizes[0]:.0f} MB after {each} documents, {sizes[-1]:.0f} MB after {ROUNDS * each}"
        # The first rounds load what is loaded on demand; growth is what goes on after that.
        late = sizes[ROUNDS // 2 :]
        slope = statistics.linear_regression(range(len(late)), late).slope * 1000 / each
        report.add("memory", f"{name}, growth by 1000 documents", slope, "MB", goal=f"<= {FLAT_MB}", note=note)


def _find_family(worker: psutil.Process) -> dict[str, list[psutil.Process]]:
    readers = list_children(worker, READER_MARK)
    renderers = [child for child in list_children(worker, RENDER_MARK) if child not in readers]
    return {"worker process": worker.children(), "extracting child": renderers, "recognising child": readers}
