"""A process to run, as plain data: what to execute, as whom, where."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psutil

from services.accounts import Account
from services.places import make_scratch, remove_scratch

PLAIN_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
"""Environment of the servers: nothing of the launcher's, so that no secret of its reaches foreign programs."""

_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
KILL_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class Command:
    """One process. `environment` None means the launcher's own; `account` None means the launcher's user.

    `scratch` is a folder for temporary files that exists, empty at first, only while the process runs.
    """

    name: str
    arguments: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] | None = None
    account: Account | None = None
    scratch: Path | None = None


class Running:
    """A started process with its descendants. It ends when the thread that started it does, where the system allows."""

    def __init__(self, command: Command, process: subprocess.Popen[bytes]) -> None:
        self._command, self._process = command, process

    @property
    def pid(self) -> int:
        """Process id of the root of the tree."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    def wait(self) -> int:
        """Waits for the end and returns the exit code."""
        code = self._process.wait()
        self._finish([])
        return code

    def stop(self, *, seconds: float = 20) -> None:
        """Ends it: politely, then with all descendants by force when it takes longer than `seconds`."""
        tree = list_tree(self.pid)
        if self.is_alive():
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(seconds)
        self._finish(tree)

    def kill(self) -> None:
        """Ends it and all descendants at once, as a crash would."""
        self._finish(list_tree(self.pid))

    def _finish(self, tree: list[psutil.Process]) -> None:
        for victim in tree:
            with suppress(psutil.NoSuchProcess):
                victim.kill()
        self._process.wait()
        deadline = time.monotonic() + KILL_SECONDS
        while any(is_alive(victim) for victim in tree) and time.monotonic() < deadline:
            time.sleep(0.02)  # until then they hold their ports
        if self._command.scratch is not None:
            remove_scratch(self._command.scratch, self._command.account)


def start(command: Command, log: IO[bytes]) -> Running:
    """Starts the process in a session of its own, its output going to `log`. Raises AccountError."""
    identity: dict[str, Any] = {}
    if command.account is not None:
        identity = {"user": command.account.uid, "group": command.account.gid, "extra_groups": []}
    if command.scratch is not None:
        make_scratch(command.scratch, command.account)
    process = subprocess.Popen(
        command.arguments,
        cwd=command.folder,
        env=command.environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        preexec_fn=_end_with_parent,
        umask=0o077,
        **identity,
    )
    return Running(command, process)


def _end_with_parent() -> None:
    # A launcher that is killed must not leave servers behind that hold their ports (Linux; set after the change of
    # user, which would clear it).
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def list_tree(pid: int) -> list[psutil.Process]:
    """The process and its descendants; empty when it is gone."""
    try:
        root = psutil.Process(pid)
        return [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def is_alive(process: psutil.Process) -> bool:
    """Whether it still runs: an ended process that nobody has collected yet does not."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
