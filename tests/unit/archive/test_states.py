"""The table of states: what is not listed is refused."""

from __future__ import annotations

from itertools import product

import pytest

from archive.errors import ConflictError
from archive.states import State, require_transition

LIFE = {
    ("draft", "handed_over"),
    ("handed_over", "filed"),
    ("handed_over", "returned"),
    ("returned", "handed_over"),
    ("filed", "destroyed"),
}


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_only_the_listed_transitions_exist(before: State, after: State) -> None:
    if (before, after) in LIFE:
        require_transition(before, after)
    else:
        with pytest.raises(ConflictError):
            require_transition(before, after)
