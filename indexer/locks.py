"""One builder of indices at a time on this machine; the system frees the lock when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from config import Config


@contextmanager
def index_lock(config: Config) -> Iterator[None]:
    """Waits for its turn."""
    folder = config.data / "run"
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / "index.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
