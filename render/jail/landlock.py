"""File access of this process, cut down to reading a few folders (Landlock, Linux 5.13+, landlock(7)).

Guarantee: whatever is not under a granted path can be neither read, written, listed nor executed, by any thread started
later; sockets cannot be bound or connected, and no signal reaches a process outside (as far as the kernel knows these).
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from pathlib import Path

# Uniform over all architectures (asm-generic numbering since Linux 5.x).
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_ABI_NETWORK, _ABI_SCOPE = 4, 6
_libc = ctypes.CDLL(None, use_errno=True)


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("access", ctypes.c_uint64), ("fd", ctypes.c_int32))


def restrict(readable: Iterable[Path]) -> bool:
    """Leaves only reading (and mapping code) below `readable`. False when this kernel cannot do it.

    Needs PR_SET_NO_NEW_PRIVS, and must run before any other thread exists: rules bind the calling thread and its heirs.
    """
    abi = _libc.syscall(_CREATE_RULESET, None, 0, _VERSION_FLAG)
    if abi < 1:
        return False
    rules = _Ruleset(
        fs=_file_rights(abi), net=0b11 if abi >= _ABI_NETWORK else 0, scoped=0b11 if abi >= _ABI_SCOPE else 0
    )
    size = 24 if abi >= _ABI_SCOPE else 16 if abi >= _ABI_NETWORK else 8
    ruleset = _libc.syscall(_CREATE_RULESET, ctypes.byref(rules), size, 0)
    if ruleset < 0:
        return False
    try:
        for path in readable:
            _grant(ruleset, path)
        return bool(_libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _file_rights(abi: int) -> int:
    """Every file right this kernel can withhold: 13 at first, then REFER (2), TRUNCATE (3) and IOCTL_DEV (5)."""
    return (1 << (13 + (abi >= 2) + (abi >= 3) + (abi >= 5))) - 1


def _grant(ruleset: int, path: Path) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # A path that this system does not have needs no grant.
    try:
        rights = _EXECUTE | _READ_FILE | (_READ_DIR if path.is_dir() else 0)
        rule = _PathBeneath(access=rights, fd=fd)
        _libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(fd)
