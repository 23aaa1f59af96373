"""Collecting, printing and keeping figures."""

from __future__ import annotations

import json
import platform
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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

    median: float
    high: float
    """The 99th percentile."""

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """The spread of measured seconds."""
        ordered = sorted(seconds)
        return cls(1000 * statistics.median(ordered), 1000 * ordered[min(len(ordered) - 1, int(0.99 * len(ordered)))])


def timed(work: Callable[[], object]) -> float:
    """Seconds that one call takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


@contextmanager
def stopwatch() -> Iterator[list[float]]:
    """A list whose only element is, at the end, the seconds that passed."""
    passed: list[float] = []
    started = time.perf_counter()
    yield passed
    passed.append(time.perf_counter() - started)


def memory_mb(process: psutil.Process, *, with_children: bool = False) -> float:
    """Resident memory in MB."""
    family = [process, *process.children(recursive=True)] if with_children else [process]
    return sum(one.memory_info().rss for one in family if one.is_running()) / 1e6
