"""States, defects and arithmetic of deliveries. Pure.

DA/T 31-2017, acceptance of results: what a machine can check is checked in full and has to be right; of the rest at
least 5 % of the pieces or volumes are inspected by people. 95 % of these have to be right, and all of them where the
question is whether the image belongs to its catalogue entry. Scanning: at least 200 dpi.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil
from typing import Final

from archive.errors import ConflictError

LEAST_PERCENT: Final = 5
LEAST_RATE: Final = 95
"""Percent of the inspected records that have to be right."""
LEAST_DPI: Final = 200
USUAL_RECORDS: Final = 20
"""Fewer records than these are all inspected, unless somebody says otherwise."""


class DeliveryState(StrEnum):
    """已接收 (the self-check runs by itself), 抽检中, 已退回, 已验收."""

    RECEIVED = "received"
    INSPECTING = "inspecting"
    RETURNED = "returned"
    ACCEPTED = "accepted"


TRANSITIONS: Final[frozenset[tuple[DeliveryState, DeliveryState]]] = frozenset(
    {
        (DeliveryState.RECEIVED, DeliveryState.INSPECTING),
        (DeliveryState.RECEIVED, DeliveryState.RETURNED),
        (DeliveryState.INSPECTING, DeliveryState.RETURNED),
        (DeliveryState.INSPECTING, DeliveryState.ACCEPTED),
    }
)


def require_transition(before: DeliveryState, after: DeliveryState) -> None:
    """Raises ConflictError unless a delivery may go from `before` to `after`."""
    if (before, after) not in TRANSITIONS:
        raise ConflictError(reason="delivery_state", details={"state": before.value})


class Verdict(StrEnum):
    """What an inspector says of a record."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"


class Defect(StrEnum):
    """What is wrong with a record that failed."""

    WRONG_RECORD = "wrong_record"  # the image belongs to another entry
    PAGES = "pages"  # missing, doubled, in the wrong order
    UNCLEAR = "unclear"
    SKEWED = "skewed"
    CROPPED = "cropped"
    TURNED = "turned"
    OTHER = "other"


@dataclass(frozen=True)
class Tally:
    """How an inspection stands. Counts are records."""

    drawn: int
    passed: int
    failed: int
    misplaced: int
    """Failed because the image belongs to another entry."""

    @property
    def waiting(self) -> int:
        """Records that nobody has inspected yet."""
        return self.drawn - self.passed - self.failed

    @property
    def rate(self) -> float:
        """Percent of the inspected records that are right; 0 while none is inspected."""
        return 100 * self.passed / (self.passed + self.failed) if self.passed + self.failed else 0.0

    @property
    def refusal(self) -> str:
        """Why such an inspection accepts nothing, a code of `archive.reasons`; empty when it may."""
        if not self.drawn or self.waiting:
            return "delivery_not_inspected"
        if self.misplaced:
            return "delivery_misplaced"
        # In whole numbers: 19 of 20 are exactly 95 %.
        return "delivery_below_rate" if 100 * self.passed < LEAST_RATE * self.drawn else ""


def tally(judged: Sequence[tuple[str, str]]) -> Tally:
    """Sums up pairs of verdict and defect."""
    verdicts = [verdict for verdict, _ in judged]
    return Tally(
        drawn=len(judged),
        passed=verdicts.count(Verdict.PASS),
        failed=verdicts.count(Verdict.FAIL),
        misplaced=sum(verdict == Verdict.FAIL and defect == Defect.WRONG_RECORD for verdict, defect in judged),
    )


def make_seed() -> str:
    """What nobody could foresee."""
    return secrets.token_hex(8)


def draw(record_ids: Collection[str], *, percent: int, least: int, seed: str) -> list[str]:
    """A random sample of `percent` of the records, rounded up, and of `least` at least; the same for the same seed.

    The order is that of SHA-256 over seed and id, so anybody can draw the same sample again with any tool.
    """
    wanted = min(len(record_ids), max(least, ceil(len(record_ids) * percent / 100)))
    return sorted(record_ids, key=lambda one: hashlib.sha256(f"{seed}:{one}".encode()).digest())[:wanted]
