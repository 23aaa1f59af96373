"""Arithmetic of deliveries: samples that can be drawn again, rates to the last record, the only ways between states."""

from __future__ import annotations

import itertools

import pytest

from archive.access import policy
from archive.access.actions import Action
from archive.access.actor import Actor, Role
from archive.deliveries.rules import (
    TRANSITIONS,
    Defect,
    DeliveryState,
    Tally,
    Verdict,
    draw,
    make_seed,
    require_transition,
    tally,
)
from archive.errors import ConflictError

RECORDS = [f"record-{number}" for number in range(237)]


def test_a_sample_is_the_same_for_the_same_seed_and_another_for_another() -> None:
    first = draw(RECORDS, percent=5, least=1, seed="a1b2")
    assert first == draw(RECORDS[::-1], percent=5, least=1, seed="a1b2")
    assert first[:3] == ["record-60", "record-115", "record-43"]
    assert first != draw(RECORDS, percent=5, least=1, seed="a1b3")
    assert len({make_seed() for _ in range(100)}) == 100


@pytest.mark.parametrize(
    ("count", "percent", "least", "drawn"),
    [(237, 5, 1, 12), (237, 5, 20, 20), (10, 5, 20, 10), (100, 5, 1, 5), (101, 5, 1, 6), (7, 100, 1, 7), (0, 5, 20, 0)],
)
def test_a_sample_is_never_smaller_than_asked_for(count: int, percent: int, least: int, drawn: int) -> None:
    found = draw(RECORDS[:count], percent=percent, least=least, seed="x")
    assert len(found) == len(set(found)) == drawn


def test_every_record_can_be_drawn() -> None:
    drawn = {one for seed in range(400) for one in draw(RECORDS, percent=5, least=1, seed=str(seed))}
    assert drawn == set(RECORDS)


def test_only_the_listed_ways_lead_from_state_to_state() -> None:
    for before, after in itertools.product(DeliveryState, repeat=2):
        if (before, after) in TRANSITIONS:
            require_transition(before, after)
        else:
            with pytest.raises(ConflictError):
                require_transition(before, after)
    ends = {DeliveryState.RETURNED, DeliveryState.ACCEPTED}
    assert not any(before in ends for before, _ in TRANSITIONS)


@pytest.mark.parametrize(
    ("passed", "failed", "waiting", "misplaced", "refusal"),
    [
        (19, 1, 0, 0, ""),
        (20, 0, 0, 0, ""),
        (18, 2, 0, 0, "delivery_below_rate"),
        (188, 10, 0, 0, "delivery_below_rate"),
        (190, 10, 0, 0, ""),
        (19, 0, 1, 0, "delivery_not_inspected"),
        (99, 1, 0, 1, "delivery_misplaced"),
        (0, 0, 0, 0, "delivery_not_inspected"),
    ],
)
def test_what_may_be_accepted(passed: int, failed: int, waiting: int, misplaced: int, refusal: str) -> None:
    defects = [Defect.WRONG_RECORD] * misplaced + [Defect.UNCLEAR] * (failed - misplaced)
    judged = [(Verdict.PASS.value, "")] * passed + [(Verdict.FAIL.value, defect.value) for defect in defects]
    found = tally([*judged, *[("", "")] * waiting])
    assert found == Tally(passed + failed + waiting, passed, failed, misplaced)
    assert found.refusal == refusal


def test_only_archivists_inspect_and_clerks_watch_their_own() -> None:
    def permitted(action: Action) -> set[Role]:
        return {role for role in Role if policy.permits(action, Actor("x", "x", frozenset({role})))}

    archivists = {Role.ARCHIVIST, Role.MR_ARCHIVIST}
    assert permitted(Action.DELIVERY_INSPECT) == archivists
    assert permitted(Action.DELIVERY_READ) == archivists | {Role.CLERK}
