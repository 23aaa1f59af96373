"""The unit tests' own guard."""

from __future__ import annotations

import socket

import pytest


def test_a_unit_test_reaches_nothing_beyond_this_machine() -> None:
    with socket.socket() as outward, pytest.raises(AssertionError, match=r"tried to reach 192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 9))  # RFC 5737: an address that belongs to nobody
