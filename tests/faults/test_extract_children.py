"""Broken, hanging, greedy and lying children: one document fails in words, the next one is served."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from render.errors import ToolError, ToolUnavailableError
from render.memory_file import MemoryFile
from render.sandbox import Limits, Program, SandboxPool

OPS = Path(__file__).parent / "ops"
LIMITS = Limits(wall_seconds=5, cpu_seconds=1, memory_bytes=200 * 1024**2, output_bytes=1024**2)
PROGRAM = Program(modules=("breaking_ops",), folders=(OPS,), limits=LIMITS, data_bytes=1024**3)


@pytest.fixture
def pool() -> Iterator[SandboxPool]:
    with SandboxPool(1, PROGRAM) as pool:
        yield pool


@pytest.mark.parametrize(
    ("op", "params", "reason"),
    [
        ("hang", {}, "tool_timeout"),
        ("spin", {}, "tool_timeout"),
        ("grow", {"mebibytes": 5000}, "tool_memory"),
        ("grow", {"mebibytes": 600, "pause": 0.005}, "tool_memory"),
        ("exit", {}, "tool_crashed"),
        ("die", {}, "tool_crashed"),
        ("abort", {}, "tool_crashed"),
        ("babble", {"bytes": "00" * 64}, "tool_output"),
        ("babble", {"bytes": "ff" * 64}, "tool_output"),
        ("babble", {"bytes": "00000004" + "0000000000000000" + b"null".hex()}, "tool_output"),
        ("babble", {"bytes": "000003e8" + "0000000000000000" + b"[".hex() * 1000}, "tool_output"),
        ("lie", {"answer": [1, 2]}, "tool_output"),
        ("lie", {"answer": "text"}, "tool_output"),
        ("flood", {"size": 2 * 1024**2}, "tool_output"),
        ("fail", {}, "tool_failed"),
        ("no such operation", {}, "tool_failed"),
    ],
)
def test_broken_child_is_an_outcome_and_the_next_document_is_read(
    pool: SandboxPool, op: str, params: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ToolError) as caught:
        pool.call(op, params)
    assert (caught.value.reason, caught.value.outcome) == (reason, "unreadable")
    with MemoryFile("下一份文件".encode()) as document:
        assert pool.call("echo", {}, document)[1].decode() == "下一份文件"


def test_dead_children_are_buried(pool: SandboxPool) -> None:
    pid = pool.call("echo", {})[0]["pid"]
    with pytest.raises(ToolError):
        pool.call("die", {})
    assert not psutil.pid_exists(pid)


def test_document_is_tried_again_after_a_kill_from_outside(pool: SandboxPool) -> None:
    first = pool.call("echo", {})[0]["pid"]
    os.kill(first, signal.SIGKILL)
    with MemoryFile(b"letter") as document:
        answer, payload = pool.call("echo", {}, document)
    assert payload == b"letter"
    assert answer["pid"] != first


def test_killed_twice_is_given_up(pool: SandboxPool) -> None:
    stop = threading.Event()

    def kill_all() -> None:
        me = psutil.Process()
        while not stop.wait(0.2):
            for child in me.children():
                if child.status() != psutil.STATUS_ZOMBIE and "serve.py" in " ".join(child.cmdline()):
                    child.kill()

    pool.call("echo", {})
    killer = threading.Thread(target=kill_all)
    killer.start()
    try:
        with pytest.raises((ToolError, ToolUnavailableError)) as caught:
            pool.call("hang", {})
    finally:
        stop.set()
        killer.join()
    assert str(caught.value) in ("tool_killed", "sandboxed child does not start")


def test_parsed_document_is_kept_for_the_next_request_and_dropped_for_another(pool: SandboxPool) -> None:
    with MemoryFile(b"one") as one, MemoryFile(b"two") as two:
        counts = [pool.call("kept", {}, document)[0]["count"] for document in (one, one, two, one)]
    assert counts == [1, 2, 1, 1]


def test_worn_children_are_replaced() -> None:
    program = Program(modules=("breaking_ops",), folders=(OPS,), recycle_after=2)
    with SandboxPool(1, program) as pool:
        pids = [pool.call("echo", {})[0]["pid"] for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


def test_fat_children_are_replaced() -> None:
    program = Program(modules=("breaking_ops",), folders=(OPS,), retain_bytes=1)
    with SandboxPool(1, program) as pool:
        pids = {pool.call("echo", {})[0]["pid"] for _ in range(3)}
    assert len(pids) == 3


def test_threads_share_the_pool_without_mixing_answers() -> None:
    results: dict[int, bytes] = {}

    def ask(number: int) -> None:
        with MemoryFile(str(number).encode()) as document:
            for _ in range(10):
                answer, payload = pool.call("echo", {"number": number}, document)
                assert answer["params"]["number"] == number
                results[number] = payload

    with SandboxPool(2, PROGRAM) as pool:
        threads = [threading.Thread(target=ask, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(pool.pids()) == 2
    assert results == {number: str(number).encode() for number in range(6)}


def test_busy_pool_says_so() -> None:
    def hang() -> None:
        with pytest.raises(ToolError):
            pool.call("hang", {})

    with SandboxPool(1, PROGRAM, wait_seconds=0.2) as pool:
        pool.call("echo", {})
        holder = threading.Thread(target=hang)
        holder.start()
        time.sleep(0.3)
        with pytest.raises(ToolUnavailableError):
            pool.call("echo", {})
        holder.join()


def test_program_that_does_not_start_is_not_the_documents_fault() -> None:
    with SandboxPool(1, Program(modules=("no_such_module",))) as pool:
        for _ in range(2):
            with pytest.raises(ToolUnavailableError):
                pool.call("echo", {})


def test_closed_pool_takes_no_work(pool: SandboxPool) -> None:
    pid = pool.call("echo", {})[0]["pid"]
    pool.close()
    assert not psutil.pid_exists(pid)
    with pytest.raises(ToolUnavailableError):
        pool.call("echo", {})


def test_forked_process_starts_children_of_its_own(pool: SandboxPool) -> None:
    mine = pool.call("echo", {})[0]["pid"]
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            os.write(writing, str(pool.call("echo", {})[0]["pid"]).encode())
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
    os.close(writing)
    theirs = int(os.read(reading, 20))
    os.close(reading)
    assert theirs != mine
    assert pool.call("echo", {})[0]["pid"] == mine
