"""Keeps one process of the Procfile running: starts it, starts it again when it dies, stops it in order."""

from __future__ import annotations

import signal
import time
from collections import deque
from pathlib import Path
from types import FrameType
from typing import NoReturn

from config import Config
from services import commands
from services.commands import Command, Running
from services.errors import StartError
from services.locks import hold, wait_until_free
from services.places import log_file
from services.programs import PROGRAMS
from services.servers import SERVERS, build_server, wait_for_ports

NAMES = (*SERVERS, *PROGRAMS)
MAX_ENDS = 5
WITHIN_SECONDS = 120.0
PROGRAM_STOP_SECONDS = 25.0
SERVER_STOP_SECONDS = 20.0
MAX_LOG_BYTES = 20 << 20


class _StopRequestedError(Exception):
    """SIGTERM or SIGINT came."""


def keep(config: Config, name: str) -> None:
    """Runs `name` until SIGTERM or SIGINT. Raises ServiceError; StartError when it keeps dying."""
    with hold(config, name):
        command = build_server(config, name) if name in SERVERS else PROGRAMS[name](config)
        ends: deque[float] = deque(maxlen=MAX_ENDS)
        signal.signal(signal.SIGTERM, _request_stop)
        signal.signal(signal.SIGINT, _request_stop)
        try:
            while True:
                code = _run_once(config, command)
                _count_end(config, name, code, ends)
                if name in SERVERS:
                    wait_for_ports(config, name)
        except _StopRequestedError:
            return


def _request_stop(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise _StopRequestedError


def _run_once(config: Config, command: Command) -> int:
    with rotate_log(log_file(config, command.name)).open("ab") as log:
        process = commands.start(command, log)
    try:
        return process.wait()
    except _StopRequestedError:
        _stop(config, command.name, process)
        raise


def _stop(config: Config, name: str, process: Running) -> None:
    if name in PROGRAMS:
        process.stop(seconds=PROGRAM_STOP_SECONDS)
        return
    # Servers outlive their clients, or the last jobs would fail for nothing.
    for program in PROGRAMS:
        wait_until_free(config, program, seconds=PROGRAM_STOP_SECONDS)
    process.stop(seconds=SERVER_STOP_SECONDS)


def _count_end(config: Config, name: str, code: int, ends: deque[float]) -> None:
    ends.append(time.monotonic())
    log = log_file(config, name)
    if len(ends) == MAX_ENDS and ends[-1] - ends[0] < WITHIN_SECONDS:
        raise StartError(
            f"{name} ended {MAX_ENDS} times in a short while, the last time with code {code}; see {log}.",
            f"{name} 在短时间内 {MAX_ENDS} 次退出（最后退出码 {code}），请查看 {log}。",
        )
    print(f"{name} ended with code {code}; starting it again. Its output is in {log}.", flush=True)
    time.sleep(len(ends) / 2)


def rotate_log(path: Path) -> Path:
    """The log itself, its former content moved aside to `.1` when it has grown large."""
    if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path
