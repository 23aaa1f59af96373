"""Drawn page images, kept encrypted on disk so that a page is drawn once.

Threat: somebody copies or changes the data directory. Guarantee: names are keyed hashes and contents are sealed for
their name, so the folder tells neither which page was looked at nor what is on it, and no image can be put in the place
of another; a damaged or foreign entry is a miss. Entries may vanish at any time; when they outgrow `limit_bytes`, those
longest unused go.
"""

from __future__ import annotations

import logging
import os
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from archive.record import Archive
from archive.vault.errors import VaultError

log = logging.getLogger(__name__)
LIMIT_BYTES: Final = 512 * 1024**2
_LABEL: Final = "page image"
_USED_SECONDS: Final = 600.0
"""An entry's last use is written down this coarsely, so that reading stays reading."""
_ROOM: Final = 0.8
"""Share of the limit that a sweep leaves."""


class PageCache:
    """Sealed images under `<data>/cache/pages`. Safe to share between threads and between processes."""

    def __init__(self, archive: Archive, *, limit_bytes: int = LIMIT_BYTES) -> None:
        self._archive = archive
        self._root = archive.config.data / "cache" / "pages"
        self._limit = limit_bytes
        self._written = limit_bytes  # the first image sweeps: the folder may be left from a larger limit
        self._sweeping = threading.Lock()

    def name(self, *parts: object) -> str:
        """Name of the image that these parts determine: keyed, 64 hexadecimal digits."""
        return self._archive.keys.keyed_hash(_LABEL, "\x1f".join(map(str, parts)).encode()).hex()

    def find(self, name: str) -> bytes | None:
        """The image of that name."""
        path = self._path(name)
        try:
            sealed = path.read_bytes()
            image = self._archive.sealer.unseal(_LABEL, sealed, name.encode())
        except FileNotFoundError:
            return None
        except (OSError, VaultError):
            log.warning("unusable entry in the page cache")
            self._drop(path)
            return None
        self._mark_used(path)
        return image

    def put(self, name: str, image: bytes) -> None:
        """Keeps an image; a cache that cannot write (disk full) is only slower."""
        path = self._path(name)
        partial = path.with_name(f".{name}.{secrets.token_hex(4)}")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._archive.sealer.seal(_LABEL, image, name.encode()))
            partial.replace(path)
        except OSError as err:
            log.warning("page cache cannot write: %s", type(err).__name__)
            self._drop(partial)
            return
        self._written += len(image)
        # Every process counts for itself; a sixteenth keeps even many of them near the limit.
        if self._written > self._limit / 16:
            self._sweep()

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name

    def _mark_used(self, path: Path) -> None:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _USED_SECONDS:
                os.utime(path)

    def _sweep(self) -> None:
        if not self._sweeping.acquire(blocking=False):
            return
        try:
            self._written = 0
            entries = sorted(self._iter_entries())
            surplus = sum(size for _, size, _ in entries) - self._limit
            if surplus <= 0:
                return
            surplus += int(self._limit * (1 - _ROOM))
            for _, size, path in entries:
                if surplus <= 0:
                    return
                self._drop(Path(path))
                surplus -= size
        finally:
            self._sweeping.release()

    def _iter_entries(self) -> Iterator[tuple[float, int, str]]:
        """Last use, size and path of every entry, unfinished ones included."""
        with suppress(FileNotFoundError):
            for folder in os.scandir(self._root):
                for entry in os.scandir(folder):
                    with suppress(FileNotFoundError):  # another process sweeps too
                        found = entry.stat(follow_symlinks=False)
                        yield found.st_mtime, found.st_size, entry.path

    @staticmethod
    def _drop(path: Path) -> None:
        with suppress(OSError):
            path.unlink()
