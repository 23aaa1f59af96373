"""Durable writing: whole files appear at once or not at all, and a full disk is an error of its own."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from archive.vault.errors import VaultFullError

FOLDER_MODE = 0o700
FILE_MODE = 0o600
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def report_full() -> Iterator[None]:
    """Turns the system's ways of saying "no space" (disk, quota, size limit) into VaultFullError."""
    try:
        yield
    except OSError as err:
        if err.errno in _FULL:
            raise VaultFullError(reason=errno.errorcode[err.errno]) from err
        raise


def write_all(descriptor: int, data: bytes) -> None:
    """Writes every byte; the system may take fewer at a time. Raises VaultFullError."""
    rest = memoryview(data)
    with report_full():
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def open_folder(root: Path, name: str) -> int:
    """Descriptor of a folder directly below `root`. Raises OSError when a link stands in its place."""
    parent = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        return os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
    finally:
        os.close(parent)


def sync_folder(folder: Path) -> None:
    """Makes new and renamed entries of the folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes, *, replace: bool) -> None:
    """Writes a private file by temporary name, fsync and rename.

    Raises FileExistsError when the file exists and `replace` is false, VaultFullError when the disk is full.
    """
    partial = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        try:
            write_all(descriptor, data)
            with report_full():
                os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if replace:
            partial.replace(path)
        else:
            path.hardlink_to(partial)  # unlike a rename, a link never replaces what is there
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
    sync_folder(path.parent)
