"""Children without keys that parse foreign bytes, and the pool that lends them out.

Threat: a document that exploits its parser, hangs it, or eats the machine. Guarantee: parsers run in programs started
by exec (a fork would inherit keys) with an empty environment, no descriptor but their channel, and no rights (see
`jail.confine`); whatever a child does – hang, grow, crash, lie – ends in ToolError for that document alone, and the
next request gets a fresh child. What a child answers is foreign too: callers check its shape. Residual risk: where the
kernel withholds a layer, `isolation` says so and `doctor` repeats it.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psutil

from render.errors import ToolError, ToolUnavailableError
from render.jail import frames
from render.memory_file import MemoryFile

_ENTRY = Path(__file__).resolve().parent / "jail" / "serve.py"
# One thread in every numeric library: parallelism is the number of children. Two arenas keep the heap from fraying.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}
_OUTCOMES = ("unreadable", "quarantined", "empty")
_START_SECONDS = 60.0
_TICK_MILLISECONDS = 50


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one request may use: seconds of wall clock and processor, bytes of own memory, bytes of answer."""

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    memory_bytes: int = 1024**3
    output_bytes: int = 64 * 1024**2


@dataclass(frozen=True, kw_only=True)
class Program:
    """What a child can do. `modules` hold OPS (name → function) and are found in `folders` or in this package.

    `data_bytes` bounds the data segment for life (RLIMIT_DATA; address space limits break runtimes that only reserve).
    A child that served `recycle_after` requests or keeps more than `retain_bytes` is replaced.
    """

    modules: tuple[str, ...]
    folders: tuple[Path, ...] = ()
    limits: Limits = Limits()
    data_bytes: int = 2 * 1024**3
    recycle_after: int = 1000
    retain_bytes: int = 768 * 1024**2


@dataclass(frozen=True, kw_only=True)
class Isolation:
    """Which layers hold around a child: own network namespace, file rules, call filter, not root."""

    network: bool
    files: bool
    calls: bool
    unprivileged: bool

    @property
    def network_isolated(self) -> bool:
        """No traffic can leave: either there is no network inside, or no socket can be made."""
        return self.network or self.calls


class _DeathError(Exception):
    """The child is of no more use; the message is the reason code."""


class _Child:
    """One process and its channel. Not thread-safe: the pool lends it to one thread at a time."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._channel, theirs = socket.socketpair()
        with theirs:
            spec = {
                "fd": theirs.fileno(),
                "modules": program.modules,
                "folders": [str(folder) for folder in program.folders],
                "data_bytes": program.data_bytes,
                "parent": os.getpid(),
            }
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-B", str(_ENTRY), json.dumps(spec)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=_ENVIRONMENT,
                cwd="/",
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        self.pid = self._process.pid
        self.token = ""
        self._watched = psutil.Process(self.pid)
        self._requests = 0
        self.isolation = self._greet()

    def _greet(self) -> Isolation:
        try:
            hello, _, _ = frames.receive(self._channel, 1024 * 1024, self._wait(Limits(wall_seconds=_START_SECONDS)))
            return Isolation(**hello["isolation"])
        except (OSError, EOFError, frames.FrameError, _DeathError, KeyError, TypeError) as err:
            self.kill()
            raise ToolUnavailableError("sandboxed child does not start") from err

    def request(
        self, op: str, params: Mapping[str, Any], source: MemoryFile | None, limits: Limits
    ) -> tuple[dict[str, Any], bytes]:
        """The child's answer, whatever it says. Raises _DeathError; the child must then be thrown away."""
        header: dict[str, Any] = {"op": op, "params": params, "cpu_seconds": limits.cpu_seconds}
        if source is not None:
            header |= {"token": source.token, "size": source.size}
            self.token = source.token
        self._requests += 1
        try:
            frames.send(self._channel, header, fd=None if source is None else source.fd)
            answer, payload, fds = frames.receive(self._channel, limits.output_bytes, self._wait(limits))
        except (OSError, EOFError) as err:
            raise _DeathError(self._cause_of_death()) from err
        except frames.FrameError as err:
            raise _DeathError("tool_output") from err
        for fd in fds:
            os.close(fd)
        return answer, payload

    def _wait(self, limits: Limits) -> Callable[[], None]:
        """Blocks until the channel has something to read; gives up on time or memory."""
        deadline = time.monotonic() + limits.wall_seconds
        poll = select.poll()
        poll.register(self._channel, select.POLLIN)

        def wait() -> None:
            while not poll.poll(_TICK_MILLISECONDS):
                if time.monotonic() > deadline:
                    raise _DeathError("tool_timeout")
                if self.memory() > limits.memory_bytes:
                    raise _DeathError("tool_memory")

        return wait

    def memory(self) -> int:
        """Bytes of its own, without files and documents that it maps; 0 when it is gone."""
        try:
            used = self._watched.memory_info()
        except psutil.Error:
            return 0
        return int(used.rss - used.shared)

    @property
    def is_worn(self) -> bool:
        return self._requests >= self._program.recycle_after or self.memory() > self._program.retain_bytes

    def _cause_of_death(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(timeout=5)
            if code == -signal.SIGXCPU:
                return "tool_timeout"
            if code == -signal.SIGKILL:
                return "tool_killed"
        return "tool_crashed"

    def kill(self) -> None:
        """Ends the process and waits for it."""
        self._channel.close()
        self._process.kill()
        self._process.wait()


class SandboxPool:
    """At most `size` children of one program, started when needed; safe for threads, and for a fork before first use.

    A process that was forked from one that already used the pool starts children of its own.
    """

    def __init__(self, size: int, program: Program, *, wait_seconds: float = 300.0) -> None:
        self.size = size
        self.program = program
        self._wait_seconds = wait_seconds
        self._reset()

    def _reset(self) -> None:
        self._owner = os.getpid()
        self._changed = threading.Condition()
        self._idle: list[_Child] = []
        self._lent = 0
        self._is_closed = False
        # The kernel sends the death signal when the *thread* that started a child ends, so one lasting thread does it.
        self._starter = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sandbox")

    def call(
        self, op: str, params: Mapping[str, Any], source: MemoryFile | None = None, *, limits: Limits | None = None
    ) -> tuple[dict[str, Any], bytes]:
        """Result and payload of operation `op` on `source`.

        Raises ToolError when the document or its child failed, ToolUnavailableError when no child can be had.
        """
        limits = limits or self.program.limits
        try:
            answer, payload = self._ask(op, params, source, limits)
        except _DeathError as first:
            # Killed from outside, by the system's memory killer or by hand: not proof against the document.
            if str(first) != "tool_killed":
                raise ToolError(str(first)) from first
            try:
                answer, payload = self._ask(op, params, source, limits)
            except _DeathError as second:
                raise ToolError(str(second)) from second
        return _result(answer), payload

    def _ask(
        self, op: str, params: Mapping[str, Any], source: MemoryFile | None, limits: Limits
    ) -> tuple[dict[str, Any], bytes]:
        child = self._borrow(source.token if source else "")
        is_usable = False
        try:
            reply = child.request(op, params, source, limits)
            is_usable = not child.is_worn
        finally:
            if not is_usable:
                child.kill()
            self._give_back(child if is_usable else None)
        return reply

    def _borrow(self, token: str) -> _Child:
        if self._owner != os.getpid():
            self._reset()
        with self._changed:
            if not self._changed.wait_for(lambda: self._idle or self._lent < self.size, self._wait_seconds):
                raise ToolUnavailableError("all sandboxed children are busy")
            if self._is_closed:
                raise ToolUnavailableError("the pool is closed")
            self._lent += 1
            child = next((c for c in self._idle if c.token == token), None) or (self._idle[-1] if self._idle else None)
            if child is not None:
                self._idle.remove(child)
        try:
            return child or self._starter.submit(_Child, self.program).result()
        except BaseException:
            self._give_back(None)
            raise

    def _give_back(self, child: _Child | None) -> None:
        with self._changed:
            self._lent -= 1
            if child is not None and self._is_closed:
                child.kill()
            elif child is not None:
                self._idle.append(child)
            self._changed.notify()

    def isolation(self) -> Isolation:
        """What protects the children on this machine; starts one when none waits."""
        child = self._borrow("")
        self._give_back(child)
        return child.isolation

    def pids(self) -> list[int]:
        """Process ids of the waiting children, for `doctor` and measurements."""
        with self._changed:
            return [child.pid for child in self._idle]

    def close(self) -> None:
        """Ends the waiting children now and the lent ones when they come back."""
        with self._changed:
            self._is_closed = True
            idle, self._idle = self._idle, []
        if self._owner == os.getpid():
            for child in idle:
                child.kill()
            self._starter.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _result(answer: dict[str, Any]) -> dict[str, Any]:
    """The result in an answer. Raises ToolError for a refusal and for an answer of the wrong shape."""
    result = answer.get("result")
    if isinstance(result, dict):
        return result
    reason, outcome = answer.get("reason"), answer.get("outcome")
    if isinstance(reason, str) and reason.isidentifier() and outcome in _OUTCOMES:
        raise ToolError(reason[:60], outcome)
    raise ToolError("tool_output")
