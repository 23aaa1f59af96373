"""Collecting, printing and keeping figures."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

import psutil

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Figure:
    """One measured value. `goal` reads like "<= 1.5"; empty when there is none."""

    part: str
    name: str
    value: float
    unit: str
    goal: str = ""
    note: str = ""

    @property
    def verdict(self) -> str:
        """met, missed, or nothing without a goal."""
        if not self.goal:
            return ""
        sign, _, limit = self.goal.partition(" ")
        met = self.value <= float(limit) if sign == "<=" else self.value >= float(limit)
        return "met" if met else "missed"


@dataclass
class Report:
    """Figures of one run."""

    figures: list[Figure] = field(default_factory=list)

    def add(self, part: str, name: str, value: float, unit: str, *, goal: str = "", note: str = "") -> None:
        """Keeps a figure and prints it at once, so that a long run shows what it has."""
        figure = Figure(part, name, round(value, 3), unit, goal, note)
        self.figures.append(figure)
        goal_text = f"  goal {goal}: {figure.verdict}" if goal else ""
        print(f"{part:<8} {name:<52} {figure.value:>10g} {unit:<8}{goal_text}{'  ' + note if note else ''}", flush=True)

    def save(self) -> Path:
        """Writes the run as JSON; returns the file."""
        RESULTS.mkdir(exist_ok=True)
        target = RESULTS / f"{time.strftime('%Y%m%d-%H%M%S')}.json"
        machine = {"cores": psutil.cpu_count(), "memory_gib": round(psutil.virtual_memory().total / 2**30, 1)}
        rows = [asdict(figure) | {"verdict": figure.verdict} for figure in self.figures]
        document = {"machine": machine | {"python": platform.python_version()}, "figures": rows}
        target.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
        return target


@dataclass(frozen=True)
class Spread:
    """Milliseconds of repeated runs."""

    low: float
    """The 10th percentile: what it takes when nobody else is at work."""
    median: float
    high: float
    """The 99th percentile."""

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """The spread of measured seconds."""
        ordered = sorted(seconds)
        last = len(ordered) - 1
        low, high = ordered[min(last, int(0.1 * len(ordered)))], ordered[min(last, int(0.99 * len(ordered)))]
        return cls(1000 * low, 1000 * statistics.median(ordered), 1000 * high)

    def describe(self) -> str:
        """The ends, in words."""
        return f"p10 {self.low:.0f} ms, p99 {self.high:.0f} ms"


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@dataclass
class Cost:
    """What a block took, known at its end."""

    seconds: float = 0.0
    """Of wall clock."""
    processor: float = 0.0
    """Seconds of processors, of this process and all its descendants."""
    others: float = 0.0
    """Share of the machine's processors that was busy for anybody else meanwhile."""

    def rate(self, number: int) -> float:
        """So many a second."""
        return number / self.seconds

    def describe(self, number: int) -> str:
        """Processor time of each, which holds whoever else is at work, and how much that was."""
        return f"{1000 * self.processor / number:.0f} ms of processor each, others held {100 * self.others:.0f} %"


@contextmanager
def costing() -> Iterator[Cost]:
    """Measures the block."""
    cost, own, busy, started = Cost(), _own_seconds(), _busy_seconds(), time.perf_counter()
    yield cost
    cost.seconds = time.perf_counter() - started
    cost.processor = _own_seconds() - own
    possible = cost.seconds * (psutil.cpu_count() or 1)
    cost.others = max(0.0, _busy_seconds() - busy - cost.processor) / possible


def _own_seconds() -> float:
    """Of this process and its descendants; those that ended are counted by the parents that collected them."""
    this = psutil.Process()
    total = 0.0
    for process in (this, *this.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += sum(process.cpu_times()[:4])
    return total


def _busy_seconds() -> float:
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))
