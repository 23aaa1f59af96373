"""System calls that a parser of documents never needs, refused with EPERM (seccomp filter, seccomp(2)).

Guarantee, where `restrict` returns True: no socket can be made, no program started, no process forked (threads can), no
other process traced, read or signalled, no namespace or mount changed – in every thread. Residual risk: bugs of the
kernel in the calls that remain.
"""

from __future__ import annotations

import ctypes
import os
import platform
from dataclasses import dataclass

_SET_MODE_FILTER, _TSYNC = 1, 1
_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_EPERM, _ENOSYS = 0x00050000 | 1, 0x00050000 | 38
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
_CLONE_THREAD = 0x10000
_X32_BIT = 0x40000000
# Signals by pidfd, io_uring, other processes' descriptors, and the newer calls for mounting.
_REFUSED_EVERYWHERE = (424, 425, 426, 427, 434, 438, 430, 431, 432, 429, 428)
_CLONE3 = 435


@dataclass(frozen=True, kw_only=True)
class _Machine:
    """Numbers of one architecture (asm/unistd.h)."""

    audit: int
    seccomp: int
    clone: int
    tgkill: int
    refused: tuple[int, ...]


_MACHINES = {
    "x86_64": _Machine(
        audit=0xC000003E,
        seccomp=317,
        clone=56,
        tgkill=234,
        # socket connect bind listen accept accept4 socketpair | execve execveat fork vfork | ptrace process_vm_*
        # kill tkill rt_sigqueueinfo rt_tgsigqueueinfo | unshare setns mount umount2 pivot_root chroot
        # keyctl add_key request_key bpf perf_event_open userfaultfd | init_module finit_module kexec_load
        # open_by_handle_at | shmget msgget semget mq_open | setuid setgid setreuid setresuid
        refused=(
            *(41, 42, 49, 50, 43, 288, 53, 59, 322, 57, 58, 101, 310, 311),
            *(62, 200, 129, 297, 272, 308, 165, 166, 155, 161),
            *(250, 248, 249, 321, 298, 323, 175, 313, 246, 304, 29, 68, 64, 240, 105, 106, 113, 117),
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7,
        seccomp=277,
        clone=220,
        tgkill=131,
        refused=(
            *(198, 203, 200, 201, 202, 242, 199, 221, 281, 117, 270, 271),
            *(129, 130, 138, 240, 97, 268, 40, 39, 41, 51),
            *(219, 217, 218, 280, 241, 282, 105, 273, 104, 265, 194, 186, 190, 180, 146, 144, 145, 147),
        ),
    ),
}


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def restrict() -> bool:
    """Puts the filter on all threads for ever. False when the machine is unknown or the kernel refuses."""
    machine = _MACHINES.get(platform.machine())
    if machine is None:
        return False
    steps = build_filter(machine, os.getpid())
    code = (_Instruction * len(steps))(*(_Instruction(*step) for step in steps))
    program = _Program(length=len(steps), filter=code)
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.syscall(machine.seccomp, _SET_MODE_FILTER, _TSYNC, ctypes.byref(program)) == 0)


def build_filter(machine: _Machine, pid: int) -> list[tuple[int, int, int, int]]:
    """Classic BPF as (code, jump if true, jump if false, constant); each test is followed by its own verdict."""
    steps = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, machine.audit), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    # The x32 variants of the same calls carry this bit; no library here uses them.
    steps += [(_AT_LEAST, 0, 1, _X32_BIT), (_RETURN, 0, 0, _EPERM)]
    # clone3 hides its flags behind a pointer; ENOSYS makes the C library fall back to clone, whose flags are visible.
    steps += [(_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ENOSYS)]
    for number in (*machine.refused, *_REFUSED_EVERYWHERE):
        steps += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    steps += [
        (_EQUAL, 0, 4, machine.clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_HAS_BITS, 1, 0, _CLONE_THREAD),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    # abort(3) signals its own thread; every other target is refused.
    steps += [
        (_EQUAL, 0, 3, machine.tgkill),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 1, 0, pid),
        (_RETURN, 0, 0, _EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return steps
