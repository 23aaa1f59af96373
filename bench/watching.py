"""Memory of other processes, now and while something goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import psutil

READER_MARK, RENDER_MARK = "render.ops.ocr", "render.ops.pdf"
"""Words in the command lines of the children that recognise, and of all children that open foreign bytes."""


def memory_mb(process: psutil.Process) -> float:
    """Resident memory in MB; 0 for a process that has ended."""
    try:
        return float(process.memory_info().rss / 1e6)
    except psutil.NoSuchProcess:
        return 0.0


def largest_mb(processes: Iterable[psutil.Process]) -> float:
    """Resident memory of the largest, 0 when there is none."""
    return max(map(memory_mb, processes), default=0.0)


def list_children(root: psutil.Process, mark: str) -> list[psutil.Process]:
    """Descendants whose command line holds the mark."""
    found = []
    for child in root.children(recursive=True):
        try:
            if any(mark in word for word in child.cmdline()):
                found.append(child)
        except psutil.NoSuchProcess:
            continue  # ended meanwhile
    return found


@contextmanager
def watched(measure: Callable[[], float], *, every_seconds: float) -> Iterator[list[float]]:
    """A list whose only element is the highest value seen so far."""
    peak, is_over = [measure()], threading.Event()

    def watch() -> None:
        while not is_over.wait(every_seconds):
            peak[0] = max(peak[0], measure())

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        is_over.set()
        thread.join()
