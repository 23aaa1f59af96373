"""Takes away from this process everything that reading a document does not need.

Threat: a document that takes over its parser, or makes it eat the machine. Two steps, because modules must be loaded in
between: `confine` runs first, while the process has one thread; `drop_rights` last, before the first foreign byte.
Guarantee: see `landlock` and `syscalls`; also no core dump, no file written, bounded data segment, no way to regain
rights, death with the parent. Each layer that the kernel refuses is reported, never assumed.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from render.jail import landlock, syscalls

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_NEWIPC = 0x10000000, 0x40000000, 0x08000000
_CAPABILITY_VERSION_3 = 0x20080522
_NOBODY = 65534
_OPEN_FILES = 64
_libc = ctypes.CDLL(None, use_errno=True)
# Code, fonts, and what the C library and the numeric libraries look at when they start. Nothing below may be written.
_SYSTEM_PATHS = (
    *("/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu"),
)


class _CapabilityHeader(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


def confine(*, data_bytes: int, folders: Sequence[Path]) -> dict[str, bool]:
    """Sets the limits that last, cuts the network and the file system off. Returns which of the two cuts hold."""
    for limit, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_DATA, data_bytes),
    ):
        resource.setrlimit(limit, (value, value))
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    has_no_network = _leave_network()
    paths = (*map(Path, _SYSTEM_PATHS), Path(sys.prefix), Path(sys.base_prefix), *folders)
    return {"network": has_no_network, "files": landlock.restrict(paths)}


def _leave_network() -> bool:
    """An empty network namespace; without root only inside a user namespace, whose powers are given up at once."""
    if os.geteuid() == 0:
        return bool(_libc.unshare(_CLONE_NEWNET | _CLONE_NEWIPC) == 0)
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET | _CLONE_NEWIPC) != 0:
        return False
    header = _CapabilityHeader(version=_CAPABILITY_VERSION_3, pid=0)
    _libc.capset(ctypes.byref(header), ctypes.byref((ctypes.c_uint32 * 6)()))
    return True


def drop_rights(*, parent: int) -> dict[str, bool]:
    """Leaves root, ties this process to `parent`'s life and filters system calls. To be called when all is loaded."""
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    # A change of user clears the death signal, so it comes after; the parent may have died before it was set.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        raise SystemExit(1)
    return {"unprivileged": os.geteuid() != 0, "calls": syscalls.restrict()}


def allow_cpu(seconds: int) -> None:
    """Lets this process use `seconds` of processor time from now on; then the kernel ends it (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
