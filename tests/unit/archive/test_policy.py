"""The policy table against an independent reading of the rules, pair by pair."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import ANONYMOUS, SYSTEM, Actor, Role
from archive.access.policy import POLICIES, Policy
from archive.access.predicate import EVERYTHING, NOTHING, all_of, any_of
from archive.errors import NotGrantedError
from archive.models import Item
from tests.policy_world import actors, items, may

WORLD = settings(
    max_examples=3000, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Actor, Item]]:
    """A fixed population of pairs, drawn once."""
    drawn: list[tuple[Actor, Item]] = []

    @WORLD
    @given(actors(), items())
    def draw(actor: Actor, item: Item) -> None:
        drawn.append((actor, item))

    draw()
    return drawn


def test_policy_agrees_with_the_architecture_on_every_pair(pairs: list[tuple[Actor, Item]]) -> None:
    assert len(pairs) >= 2000
    for actor, item in pairs:
        for action in policy.ITEM_ACTIONS:
            assert policy.decide(action, actor, item).allowed == may(action, actor, item), (action, actor, vars(item))


def test_population_holds_enough_of_each_kind(pairs: list[tuple[Actor, Item]]) -> None:
    kinds = [(may(Action.ITEM_READ, actor, item), may(Action.ITEM_DISCOVER, actor, item)) for actor, item in pairs]
    readable, discover_only = sum(read for read, _ in kinds), sum(seen and not read for read, seen in kinds)
    denied = len(kinds) - readable - discover_only
    assert min(readable, discover_only, denied) >= len(kinds) / 4, (readable, discover_only, denied)


@pytest.mark.parametrize(
    ("action", "kind", "position"),
    [
        (action, kind, position)
        for action in policy.ITEM_ACTIONS
        for kind in ("allow", "restrict")
        for position in range(len(getattr(POLICIES[action], kind)))
    ],
)
def test_deleting_any_one_rule_is_noticed(
    pairs: list[tuple[Actor, Item]], action: Action, kind: str, position: int
) -> None:
    rules = getattr(POLICIES[action], kind)
    maimed = replace(POLICIES[action], **{kind: rules[:position] + rules[position + 1 :]})
    assert any(maimed.predicate(actor).holds(item) != may(action, actor, item) for actor, item in pairs), rules[
        position
    ]


def test_reading_implies_discovering(pairs: list[tuple[Actor, Item]]) -> None:
    for actor, item in pairs:
        if policy.decide(Action.ITEM_READ, actor, item).allowed:
            assert policy.decide(Action.ITEM_DISCOVER, actor, item).allowed, (actor, vars(item))


def test_every_right_on_content_implies_reading(pairs: list[tuple[Actor, Item]]) -> None:
    for actor, item in pairs:
        rights = gate.rights_on(actor, item)
        if rights & {Action.ITEM_PRINT, Action.ITEM_DOWNLOAD, Action.ITEM_UNMASK}:
            assert Action.ITEM_READ in rights


def test_every_action_has_a_policy_and_no_policy_is_empty() -> None:
    assert set(POLICIES) == set(Action)
    assert all(policy_.allow for policy_ in POLICIES.values())


def test_no_rule_means_nobody() -> None:
    everybody = Actor(id="x", name="x", roles=frozenset(Role), functions=frozenset({"staff"}), clearance=5)
    assert Policy(allow=()).predicate(everybody) is NOTHING
    assert any_of() is NOTHING
    with pytest.raises(ValueError, match="needs a part"):
        all_of()


@given(items())
@settings(max_examples=100)
def test_anonymous_may_nothing_and_system_is_unfiltered(item: Item) -> None:
    for action in policy.ITEM_ACTIONS:
        assert not policy.decide(action, ANONYMOUS, item).allowed
        assert policy.decide(action, SYSTEM, item).allowed
    assert policy.build_filters(ANONYMOUS).discover == {"match_none": {}}


def test_none_is_not_an_actor() -> None:
    for action in Action:
        with pytest.raises(AttributeError):
            POLICIES[action].predicate(None)  # type: ignore[arg-type]


@given(st.sampled_from(sorted(Role)))
def test_administrators_read_nothing_of_the_archive(role: Role) -> None:
    administrators = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR}
    actor = Actor(id="x", name="x", roles=frozenset({role}), clearance=5)
    if role in administrators:
        assert policy.build_filters(actor).discover == {"match_none": {}}
        assert not policy.permits(Action.SEARCH_USE, actor)


def test_actions_without_object_are_refused_with_a_reason() -> None:
    with pytest.raises(NotGrantedError) as refusal:
        gate.require(ANONYMOUS, Action.SEARCH_USE)
    assert refusal.value.reason == "not_role"
    with pytest.raises(ValueError, match="needs an item"):
        policy.permits(
            Action.ITEM_READ, Actor(id="x", name="x", roles=frozenset({Role.ARCHIVIST}), functions=frozenset({"staff"}))
        )


def test_system_is_recognised_by_identity_only() -> None:
    assert POLICIES[Action.ITEM_READ].predicate(SYSTEM) is EVERYTHING
    assert not replace(SYSTEM).is_system
