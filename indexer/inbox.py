"""The files of a watched folder: listed, opened and moved without ever following a link.

Threat: somebody who may write to the folder puts a link there, before or while it is looked at, so that a file of the
server is taken in or overwritten. Guarantee: every step below the folder is opened by descriptor without following
links, only plain files with one name are read, and nothing is replaced. Residual risk: who may write to the folder may
still change a file while it is read; the digest in the record is that of the bytes that were taken.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

DONE, FAILED = "done", "failed"
REASON_ENDING: Final = ".reason.txt"
SIDECARS: Final = (".csv", ".json")
"""Endings that a description beside a file adds to its whole name."""
DEEPEST: Final = 12
PATH_LENGTH: Final = 500
_UNFINISHED: Final = (".part", ".partial", ".tmp", ".crdownload", "~")
_FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Arrival:
    """A file as it lies there: path below the folder, size in bytes, time of change (of its description, if that is
    later) in nanoseconds."""

    path: str
    size: int
    modified: int


class Inbox:
    """One watched folder, to be used as a context manager. Raises OSError when it cannot be opened."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._root = -1

    def __enter__(self) -> Inbox:
        self._root = os.open(self._path, _FOLDER_FLAGS)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._root)

    def iter_arrivals(self) -> Iterator[Arrival]:
        """Plain files in order of path; hidden and unfinished ones, links and what was dealt with are left out."""
        found = {arrival.path: arrival for arrival in self._walk(self._root, PurePosixPath())}
        for path, arrival in sorted(found.items()):
            beside = [found[path + ending].modified for ending in SIDECARS if path + ending in found]
            is_sidecar = any(path.endswith(ending) and path.removesuffix(ending) in found for ending in SIDECARS)
            if not is_sidecar:
                yield replace(arrival, modified=max([arrival.modified, *beside]))

    def find_sidecar(self, path: str) -> str | None:
        """Path of the description beside a file."""
        for ending in SIDECARS:
            try:
                with self._open(path + ending):
                    return path + ending
            except OSError:
                continue
        return None

    @contextmanager
    def opened(self, path: str) -> Iterator[BinaryIO]:
        """The bytes of a plain file. Raises OSError, also for a link or a file with a second name."""
        with self._open(path) as descriptor, os.fdopen(os.dup(descriptor), "rb") as file:
            yield file

    def put_away(self, path: str, where: str, reason: str = "") -> None:
        """Moves the file with its description to DONE or FAILED, beside the reason in words. Replaces nothing."""
        named = PurePosixPath(path)
        sidecar = self.find_sidecar(path)
        with self._folder(named.parent) as source, self._folder(where / named.parent, is_making=True) as target:
            name = _free_name(named.name, target)
            os.rename(named.name, name, src_dir_fd=source, dst_dir_fd=target)
            if sidecar is not None:
                ending = sidecar.removeprefix(path)
                os.rename(named.name + ending, _free_name(name + ending, target), src_dir_fd=source, dst_dir_fd=target)
            if reason:
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                told = os.open(_free_name(name + REASON_ENDING, target), flags, 0o640, dir_fd=target)
                with os.fdopen(told, "w", encoding="utf-8") as file:
                    file.write(reason)
            os.fsync(target)

    def _walk(self, folder: int, below: PurePosixPath) -> Iterator[Arrival]:
        with os.scandir(folder) as entries:
            found = list(entries)
        for entry in found:
            path = below / entry.name
            if _is_left_out(entry.name) or len(str(path)) > PATH_LENGTH:
                continue
            if entry.is_file(follow_symlinks=False):
                seen = entry.stat(follow_symlinks=False)
                yield Arrival(str(path), seen.st_size, seen.st_mtime_ns)
            elif entry.is_dir(follow_symlinks=False) and len(path.parts) < DEEPEST and str(path) not in (DONE, FAILED):
                inner = os.open(entry.name, _FOLDER_FLAGS, dir_fd=folder)
                try:
                    yield from self._walk(inner, path)
                finally:
                    os.close(inner)

    @contextmanager
    def _open(self, path: str) -> Iterator[int]:
        named = PurePosixPath(path)
        with self._folder(named.parent) as folder:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            descriptor = os.open(named.name, flags, dir_fd=folder)
            try:
                seen = os.fstat(descriptor)
                if not stat.S_ISREG(seen.st_mode) or seen.st_nlink != 1:
                    raise OSError("not a plain file")
                yield descriptor
            finally:
                os.close(descriptor)

    @contextmanager
    def _folder(self, path: PurePosixPath, *, is_making: bool = False) -> Iterator[int]:
        """The folder below this one, opened step by step."""
        descriptor = os.dup(self._root)
        try:
            for name in path.parts:
                if is_making:
                    _make_folder(name, descriptor)
                inner = os.open(name, _FOLDER_FLAGS, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = inner
            yield descriptor
        finally:
            os.close(descriptor)


def _make_folder(name: str, parent: int) -> None:
    try:
        os.mkdir(name, 0o770, dir_fd=parent)
    except FileExistsError:
        return


def _is_left_out(name: str) -> bool:
    return name.startswith((".", "~$")) or name.lower().endswith(_UNFINISHED) or not name.isprintable()


def _free_name(name: str, folder: int) -> str:
    """The name, with a number before its ending where something of that name is there."""
    named = PurePosixPath(name)
    for number in range(1, 10_000):
        tried = name if number == 1 else f"{named.stem}-{number}{named.suffix}"
        try:
            os.stat(tried, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return tried
    raise OSError("no free name")
