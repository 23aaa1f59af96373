"""Free ports for the installations that tests make."""

from __future__ import annotations

import secrets

from services.ports import find_free_base

FIRST, LAST = 18000, 31999  # below the range that systems hand out to outgoing connections


def pick_port() -> int:
    """A port from which a whole block is free; picked at random, as several test runs may share the machine."""
    return find_free_base(FIRST + secrets.randbelow(LAST - FIRST - 1000), LAST)
