"""One lock file a process: held for as long as the process lives, so a crash never leaves a stale mark behind."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from config import Config
from services.errors import RunningError
from services.places import data_folder, run_folder


@dataclass(frozen=True)
class Holder:
    """Who holds a lock: process id, and the portal's address at the time."""

    pid: int
    address: str


@contextmanager
def hold(config: Config, name: str, address: str = "") -> Iterator[None]:
    """Holds the lock of the process `name`. Raises RunningError when another process does."""
    data_folder(config)
    run_folder(config).mkdir(mode=0o700, exist_ok=True)
    with _path(config, name).open("a+", encoding="utf-8") as handle:
        if not _acquire(handle.fileno()):
            holder = find_holder(config, name)
            pid = holder.pid if holder else 0
            raise RunningError(f"{name} is running already (process {pid}).", f"{name} 已在运行（进程 {pid}）。")
        handle.truncate(0)
        json.dump({"pid": os.getpid(), "address": address}, handle)
        handle.flush()
        yield


def _acquire(descriptor: int) -> bool:
    # find_holder takes the lock for an instant: one refusal is not yet an answer.
    for _ in range(10):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(0.05)
        else:
            return True
    return False


def find_holder(config: Config, name: str) -> Holder | None:
    """Who runs `name` now, or None."""
    path = _path(config, name)
    if not path.exists():
        return None
    with path.open(encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(handle.read())
    return None


def _read(text: str) -> Holder:
    try:
        return Holder(**json.loads(text))
    except (ValueError, TypeError):
        return Holder(0, "")  # locked a moment ago, not yet written


def wait_until_free(config: Config, name: str, *, seconds: float) -> bool:
    """Whether nobody runs `name` any more, having waited for that at most `seconds`."""
    deadline = time.monotonic() + seconds
    while find_holder(config, name) is not None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _path(config: Config, name: str) -> Path:
    return run_folder(config) / f"{name}.lock"
