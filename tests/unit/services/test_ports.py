"""Free ports are found, taken ones named with their holder."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from services.errors import PortError
from services.ports import OFFSETS, find_free_base, find_holder, is_free, require_free


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


def test_a_taken_port_names_its_holder(taken: int) -> None:
    assert not is_free(taken)
    with pytest.raises(PortError) as caught:
        require_free(taken, "search")
    assert f"Port {taken}, needed for search, is held by" in str(caught.value)
    assert f"(process {os.getpid()})" in str(caught.value)
    assert f"端口 {taken}" in str(caught.value)


def test_a_free_port_has_no_holder(taken: int) -> None:
    base = find_free_base(20000, 29999)
    assert find_holder(base) is None
    require_free(base, "web")


def test_a_block_is_free_as_a_whole(taken: int) -> None:
    step = max(OFFSETS.values()) + 1
    with pytest.raises(PortError, match="No 5 free ports"):
        find_free_base(taken, taken + step - 1)
    assert find_free_base(taken + 1 - step, taken + 4 * step) not in range(taken + 1 - step, taken + 1)
