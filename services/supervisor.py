"""All processes of the Procfile together, under honcho, in the background; and the session that people see."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import honcho.manager
import psutil
from honcho.environ import parse_procfile
from honcho.printer import Printer

from config import ROOT, Config
from services.commands import is_alive
from services.errors import ServiceError, StartError
from services.keeper import NAMES, rotate_log
from services.locks import Holder, find_holder, hold, wait_until_free
from services.places import data_folder, log_file, require_room
from services.ports import require_free
from services.probes import PROBES, START_SECONDS, Prober, portal_address, wait_for
from services.servers import SERVERS, list_ports
from services.settings import embedded_names, write_settings

NAME = "supervisor"
PROCFILE = ROOT / "Procfile"
# A keeper of a server waits for the programs, then for its server: honcho's own five seconds would cut that short.
STOP_SECONDS = 60


def supervise(config: Config, names: Iterable[str] = NAMES) -> int:
    """Runs the named processes under honcho until SIGTERM, or until one gives up; the exit code of the first to end."""
    honcho.manager.KILL_WAIT = STOP_SECONDS
    lines = parse_procfile(PROCFILE.read_text(encoding="utf-8")).processes
    wanted = set(names) - (set(SERVERS) - set(embedded_names(config)))
    with hold(config, NAME, portal_address(config)):
        manager = honcho.manager.Manager(Printer(sys.stdout, time_format="%Y-%m-%d %H:%M:%S", colour=False))
        for name, line in lines.items():
            if name in wanted:
                manager.add_process(name, line, cwd=str(ROOT))
        manager.loop()
    return int(manager.returncode or 0)


def find_running(config: Config) -> Holder | None:
    """The running supervisor, or None."""
    return find_holder(config, NAME)


@dataclass(frozen=True)
class State:
    """What can be said about one process: its id when it runs, and whether it answers (None: it cannot be asked)."""

    name: str
    embedded: bool
    pid: int | None
    answers: bool | None

    def describe(self) -> str:
        """One line for people."""
        words = [f"process {self.pid}" if self.pid else "not running" if self.embedded else "not embedded"]
        if self.answers is not None:
            words.append("answers" if self.answers else "does not answer")
        return f"{self.name:8} {', '.join(words)}"


def list_states(config: Config) -> tuple[State, ...]:
    """The state of every process, in the order of the Procfile."""
    embedded = embedded_names(config)
    states = []
    with Prober(config) as prober:
        for name in NAMES:
            holder = find_holder(config, name)
            states.append(
                State(
                    name=name,
                    embedded=name not in SERVERS or name in embedded,
                    pid=holder.pid if holder else None,
                    answers=prober.answers(name) if name in PROBES else None,
                )
            )
    return tuple(states)


def say_running(config: Config) -> bool:
    """Whether it runs already; if so, says where."""
    running = find_running(config)
    if running is not None:
        print(f"Guidang is running already at {running.address} (process {running.pid}); `make stop` ends it.")
        print(f"归档系统已在运行：{running.address}（进程 {running.pid}），可用 make stop 停止。")
    return running is not None


def prepare(config: Config) -> Config:
    """Generates settings, fetches, unpacks and configures the embedded servers. Raises ServiceError."""
    require_room(data_folder(config))
    config = write_settings(config)
    for name in embedded_names(config):
        SERVERS[name](config)
    return config


def start_all(config: Config, names: Iterable[str] = NAMES) -> None:
    """Starts the processes in the background and returns when all that can be asked answer. Raises ServiceError."""
    names = tuple(names)
    config = prepare(config)
    _require_ports(config, names)
    log = rotate_log(log_file(config, NAME))
    offset = log.stat().st_size if log.exists() else 0
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "services", "supervise", *names],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(
            config,
            [name for name in names if name in PROBES],
            seconds=START_SECONDS,
            is_running=lambda: process.poll() is None,
        )
    except (StartError, KeyboardInterrupt) as err:
        process.terminate()  # it may not have taken its lock yet, by which stop_all finds it
        process.wait(STOP_SECONDS + 10)
        stop_all(config)
        if isinstance(err, StartError):
            raise _with_reason(err, log, offset) from err
        raise


def _require_ports(config: Config, names: Iterable[str]) -> None:
    for name in names:
        if name == "web":
            require_free(config.port, "web", config.host)
        elif name in embedded_names(config):
            for purpose, port in list_ports(config, name).items():
                require_free(port, purpose)


def _with_reason(error: StartError, log: Path, offset: int) -> ServiceError:
    with log.open("rb") as handle:
        handle.seek(offset)
        text = handle.read().decode("utf-8", "replace")
    # honcho's lines read "time name | words"; its own, named "system", say only that processes start and stop.
    said = [words for name, words in re.findall(r"^\S+ \S+ (\S+) +\| (.*)$", text, re.MULTILINE) if name != "system"]
    english, _, chinese = str(error).partition("\n")
    return StartError("\n".join([*said[-10:], english]), chinese)


def stop_all(config: Config) -> bool:
    """Ends everything that runs on this data folder and returns whether anything ran."""
    running = {name: holder for name in (NAME, *NAMES) if (holder := find_holder(config, name))}
    if NAME in running and _terminate(running[NAME].pid):
        wait_until_free(config, NAME, seconds=STOP_SECONDS + 10)
    for name in reversed(NAMES):  # what a killed supervisor left behind
        holder = find_holder(config, name)
        if holder is not None:
            _terminate(holder.pid)
    for name in NAMES:
        if not wait_until_free(config, name, seconds=STOP_SECONDS):
            raise StartError(f"{name} does not end.", f"{name} 无法停止。")
    return bool(running)


def _terminate(pid: int) -> bool:
    """Whether the process was alive; a dead one that nobody has collected yet is not."""
    try:
        process = psutil.Process(pid)
        alive = is_alive(process)
        process.terminate()
    except psutil.NoSuchProcess:
        return False
    return alive


def run_session(config: Config, command: tuple[str, ...], *, detach: bool) -> int:
    """Starts everything, runs `command`, and stays until Ctrl-C unless `detach`; stops everything at the end.

    Returns the exit code of `command`, or 1 when a process gave up later. Says so and returns 0 when all runs already.
    """
    if say_running(config):
        return 0
    # SIGINT too: what a shell starts in the background begins with it ignored, and Python then leaves it so.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        start_all(config)
        code = subprocess.call(command, cwd=ROOT) if command else 0
        if code == 0 and detach:
            print("It runs in the background; `make stop` ends it.\n已在后台运行，可用 make stop 停止。")
            return 0
        if code == 0:
            print("Ctrl-C ends it.\n按 Ctrl-C 停止。", flush=True)
            code = _stay(config)
    except KeyboardInterrupt:
        code = 0
    print("stopping …", flush=True)
    stop_all(config)
    return code


def _interrupt(number: int, frame: FrameType | None) -> None:
    del number, frame
    raise KeyboardInterrupt


def _stay(config: Config) -> int:
    while find_running(config) is not None:
        time.sleep(1)
    print(f"Everything has stopped; see {log_file(config, NAME)}.\n全部进程已停止，请查看 {log_file(config, NAME)}。")
    return 1
