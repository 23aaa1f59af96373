"""The processes of the Procfile as people start and stop them: `python -m services` on an installation of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from config import ROOT, Config
from services import keeper
from services.accounts import find_account
from services.commands import Command
from services.errors import StartError
from services.keeper import keep
from services.locks import find_holder, hold
from services.places import state_folder
from services.ports import is_free
from services.probes import answers, wait_for
from services.settings import queue_password, write_settings
from tests.ports import pick_port

pytestmark = pytest.mark.service


class Installation:
    """Its own folders and ports, and the command line on it."""

    def __init__(self, folder: Path, base: int) -> None:
        self.environment = {
            "GUIDANG_DATA": str(folder / "data"),
            "GUIDANG_KEYS": str(folder / "keys"),
            "GUIDANG_PORT": str(base),
            "GUIDANG_TIKA_HEAP_MB": "256",
        }

    @property
    def config(self) -> Config:
        return Config.load(self.environment)

    def call(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "services", *arguments],
            cwd=ROOT,
            env=os.environ | self.environment | more,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def run(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "services", "run", name],
            cwd=ROOT,
            env=os.environ | self.environment,
            stdout=subprocess.DEVNULL,
        )

    def server(self, name: str) -> psutil.Process:
        """The process that listens for the named server's keeper: the keeper's own child."""
        holder = find_holder(self.config, name)
        assert holder is not None
        (child,) = psutil.Process(holder.pid).children()
        return child


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    made = Installation(tmp_path, pick_port())
    yield made
    made.call("down")
    if made.config.data.exists():
        shutil.rmtree(state_folder(made.config))


def test_start_status_stop(installation: Installation) -> None:
    started = installation.call("up", "parser", "queue")
    assert (started.returncode, started.stderr) == (0, "")
    status = {line.split()[0]: line for line in installation.call("status").stdout.splitlines()}
    assert status["parser"].endswith("answers")
    assert status["queue"].endswith("answers")
    assert "not running" in status["search"]
    again = installation.call("up")
    assert again.returncode == 0
    assert f"running already at http://127.0.0.1:{installation.config.port}" in again.stdout
    pids = [process.pid for name in ("parser", "queue") for process in [installation.server(name)]]
    stopped = installation.call("down")
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped. 已停止。\n")
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert installation.call("down").stdout == "Nothing was running. 没有正在运行的进程。\n"


def test_servers_are_shut_off_from_the_machine(installation: Installation) -> None:
    assert installation.call("up", "parser", "queue", MARK="of the launcher").returncode == 0
    config, account = installation.config, find_account()
    password = queue_password(config.redis_url)
    for name in ("parser", "queue"):
        server = installation.server(name)
        for process in (server, *server.children(recursive=True)):
            assert account is None or process.uids().real == account.uid
            assert account is None or 0 not in os.getgrouplist(account.name, account.gid)
            assert "MARK" not in process.environ()
            assert not any(password in word for word in process.cmdline())
            for connection in process.net_connections(kind="inet"):
                assert connection.laddr.ip in ("127.0.0.1", "::ffff:127.0.0.1", "::1")
            if "java" in process.name():
                assert any(word.startswith("-Xmx") for word in process.cmdline())


def test_a_killed_server_comes_back(installation: Installation) -> None:
    assert installation.call("up", "queue").returncode == 0
    killed = installation.server("queue")
    killed.kill()
    killed.wait(10)
    wait_for(installation.config, ["queue"], seconds=30)
    assert installation.server("queue").pid != killed.pid


def test_a_killed_keeper_takes_its_server_along(installation: Installation) -> None:
    write_settings(installation.config)
    keeper_process = installation.run("queue")
    try:
        wait_for_queue(installation)
        server = installation.server("queue")
    finally:
        keeper_process.kill()
        keeper_process.wait()
    server.wait(10)
    assert is_free(installation.config.port + 3)


def wait_for_queue(installation: Installation) -> None:
    assert installation.call("wait", "queue", "--seconds", "60").returncode == 0


def test_what_a_killed_supervisor_left_is_stopped(installation: Installation) -> None:
    assert installation.call("up", "queue").returncode == 0
    holder = find_holder(installation.config, "supervisor")
    assert holder is not None
    os.kill(holder.pid, signal.SIGKILL)
    assert answers(installation.config, "queue")
    assert installation.call("down").returncode == 0
    assert is_free(installation.config.port + 3)
    assert installation.call("up", "queue").returncode == 0


def test_servers_stop_after_the_programs(installation: Installation) -> None:
    write_settings(installation.config)
    process = installation.run("queue")
    wait_for_queue(installation)
    with hold(installation.config, "web"):
        process.terminate()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1.5)
        assert answers(installation.config, "queue")
    assert process.wait(20) == 0
    assert not answers(installation.config, "queue")


def test_a_taken_port_is_named(installation: Installation) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", installation.config.port + 3))
        server.listen()
        refused = installation.call("up", "queue")
    assert refused.returncode == 1
    assert f"Port {installation.config.port + 3}, needed for queue, is held by" in refused.stderr
    assert f"(process {os.getpid()})" in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr


def test_a_server_that_cannot_start_says_where_to_look(installation: Installation) -> None:
    refused = installation.call("up", "parser", GUIDANG_TIKA_HEAP_MB="0")
    assert refused.returncode == 1
    assert "parser ended" in refused.stderr
    assert "parser.log" in refused.stderr
    assert "Traceback" not in refused.stdout + refused.stderr
    assert find_holder(installation.config, "supervisor") is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"GUIDANG_PROT": "1"}, "GUIDANG_PROT"),
        ({"GUIDANG_JAVA_HOME": "/nowhere"}, "No Java 21"),
        ({"GUIDANG_DATA": "/proc/none", "GUIDANG_KEYS": "/proc/keys"}, "/proc/none"),
    ],
)
def test_what_is_wrong_is_a_sentence(installation: Installation, given: dict[str, str], said: str) -> None:
    refused = installation.call("setup", **given)
    assert refused.returncode == 1
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr


def test_reset_asks(installation: Installation) -> None:
    assert installation.call("setup").returncode == 0
    config = installation.config
    refused = installation.call("reset")  # no answer: standard input is closed or empty
    assert refused.returncode == 1
    assert config.data.exists()
    assert installation.call("reset", "--yes").returncode == 0
    assert not config.data.exists()
    assert not config.keys.exists()


@pytest.fixture
def own_signals() -> Iterator[None]:
    """Gives the signals back to pytest."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_process_that_keeps_dying_is_given_up(
    tmp_path: Path, own_signals: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    config = Config.load({"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys")})
    dying: dict[str, Callable[[Config], Command]] = {"web": lambda _config: Command("web", ("false",), ROOT)}
    monkeypatch.setattr(keeper, "PROGRAMS", dying)
    monkeypatch.setattr(keeper.time, "sleep", lambda _seconds: None)
    with pytest.raises(StartError, match=r"web ended 5 times .* code 1"):
        keep(config, "web")
    assert capsys.readouterr().out.count("web ended with code 1; starting it again") == keeper.MAX_ENDS - 1
    assert find_holder(config, "web") is None
