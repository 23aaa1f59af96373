"""Verdicts and spreads of measured figures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench import figures
from bench.figures import Figure, Report, Spread, costing


@pytest.mark.parametrize(
    ("value", "goal", "verdict"),
    [
        (1.5, "<= 1.5", "met"),
        (1.501, "<= 1.5", "missed"),
        (40.0, ">= 40", "met"),
        (39.9, ">= 40", "missed"),
        (0.0, "", ""),
    ],
)
def test_a_goal_is_met_up_to_its_limit(value: float, goal: str, verdict: str) -> None:
    assert Figure("part", "name", value, "x", goal).verdict == verdict


def test_verdict_follows_the_value_that_is_shown() -> None:
    report = Report()
    report.add("part", "rounded", 0.9996, "x", goal=">= 1")
    assert (report.figures[0].value, report.figures[0].verdict) == (1.0, "met")


def test_spread_is_in_milliseconds_whatever_the_order() -> None:
    spread = Spread.of([n / 1000 for n in range(100, 0, -1)])
    assert (spread.low, spread.median, spread.high) == (pytest.approx(11), pytest.approx(50.5), pytest.approx(100))


def test_cost_counts_descendants_that_have_ended() -> None:
    burn = "import time; end = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
    with costing() as cost:
        subprocess.run([sys.executable, "-c", burn], check=True)
    assert cost.processor >= 0.3
    assert cost.seconds >= 0.3
    assert cost.rate(2) == 2 / cost.seconds


def test_kept_run_says_what_was_met(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "RESULTS", tmp_path / "results")
    report = Report()
    report.add("part", "rate", 30, "docs/s", goal=">= 40", note="slow")
    kept = json.loads(report.save().read_text(encoding="utf-8"))
    [figure] = kept["figures"]
    assert figure == {
        "part": "part",
        "name": "rate",
        "value": 30,
        "unit": "docs/s",
        "goal": ">= 40",
        "note": "slow",
        "verdict": "missed",
    }
    assert kept["machine"]["cores"] >= 1
