"""Children that parse foreign bytes: what they hold, what they can reach, and that they die with their parent."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from render import programs
from render.errors import ToolError
from render.memory_file import MemoryFile
from render.sandbox import Limits, Program, SandboxPool
from tests.conftest import missing

ROOT = Path(__file__).parents[2]
OPS = ROOT / "tests" / "faults" / "ops"
SECRET = "correct-horse-battery-staple"
PROGRAM = Program(modules=("breaking_ops",), folders=(OPS,), limits=Limits(wall_seconds=20, cpu_seconds=10))


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[SandboxPool]:
    monkeypatch.setenv("GUIDANG_SECRET_KEY", SECRET)
    with SandboxPool(1, PROGRAM) as pool:
        yield pool


def wait_for(condition: object, *, seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_environment_holds_nothing_of_the_parent(pool: SandboxPool) -> None:
    pid = pool.call("echo", {})[0]["pid"]
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    names = {entry.partition(b"=")[0] for entry in environment.split(b"\0") if entry}
    assert names == {b"LANG", b"OMP_NUM_THREADS", b"OPENBLAS_NUM_THREADS", b"MALLOC_ARENA_MAX"}
    assert SECRET.encode() not in environment
    assert SECRET not in " ".join(psutil.Process(pid).cmdline())


def test_open_descriptors_are_the_channel_and_the_document(pool: SandboxPool, tmp_path: Path) -> None:
    kept_open = (tmp_path / "key").open("w+b")
    os.set_inheritable(kept_open.fileno(), True)
    with kept_open, MemoryFile(b"letter") as document:
        pid = pool.call("echo", {}, document)[0]["pid"]
        targets = sorted(str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir())
    sockets = [target for target in targets if target.startswith("socket:")]
    rest = [target for target in targets if not target.startswith("socket:")]
    assert len(sockets) == 1
    assert set(rest) == {"/dev/null", "/memfd:document (deleted)"}


def test_nothing_outside_can_be_reached(pool: SandboxPool, tmp_path: Path) -> None:
    if not pool.isolation().files:
        missing("Landlock")
    tmp_path.chmod(0o755)
    readable = ROOT / "config.py"
    tried = pool.call("try", {"path": str(readable)})[0]
    assert {name: result for name, result in tried.items() if result != "PermissionError"} == {}
    assert not Path("/dev/shm/left-behind").exists()
    assert not Path("/tmp/left-behind").exists()


def test_network_is_cut_off(pool: SandboxPool) -> None:
    isolation = pool.isolation()
    assert isolation.network_isolated
    if isolation.network:
        pid = pool.pids()[0]
        assert Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def test_child_is_never_root_and_cannot_regain_rights(pool: SandboxPool) -> None:
    pid = pool.call("echo", {})[0]["pid"]
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    assert pool.isolation().unprivileged
    assert "0" not in status["Uid"].split()
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == ("2" if pool.isolation().calls else "0")


def test_limits_forbid_files_and_core_dumps(pool: SandboxPool) -> None:
    pid = pool.call("echo", {})[0]["pid"]
    limits = Path(f"/proc/{pid}/limits").read_text()
    rows = {line[:25].strip(): line[25:].split()[:2] for line in limits.splitlines()[1:]}
    assert rows["Max file size"] == ["0", "0"]
    assert rows["Max core file size"] == ["0", "0"]
    assert rows["Max data size"] == [str(PROGRAM.data_bytes)] * 2
    assert rows["Max open files"] == ["64", "64"]


@pytest.mark.parametrize("program", [programs.RENDER, programs.READER], ids=["render", "reader"])
def test_real_programs_hold_no_module_of_the_project_but_their_own(program: Program) -> None:
    spy = Program(modules=(*program.modules, "spying_ops"), folders=(OPS,), data_bytes=program.data_bytes)
    with SandboxPool(1, spy) as pool:
        names = pool.call("modules", {})[0]["names"]
        assert pool.isolation().network_isolated
    own = {name.partition(".")[0] for name in names}
    assert "render" in own
    assert own.isdisjoint({"config", "archive", "indexer", "portal", "services", "retrieval", "mappings"})


def test_document_lies_in_memory_and_cannot_be_changed() -> None:
    with MemoryFile(b"letter") as document:
        assert str(Path(f"/proc/self/fd/{document.fd}").readlink()) == "/memfd:document (deleted)"
        assert not os.get_inheritable(document.fd)
        with pytest.raises(PermissionError):
            os.pwrite(document.fd, b"L", 0)
        with pytest.raises(PermissionError):
            os.ftruncate(document.fd, 0)
        with pytest.raises(PermissionError):
            fcntl.fcntl(document.fd, 1033, 1)
        assert document.read(100) == b"letter"


def test_memory_file_refuses_what_is_too_large_and_keeps_nothing() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(ToolError, match="too_large"):
        MemoryFile(b"x" * 11, limit=10)
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_failure_tells_nothing_of_the_document(pool: SandboxPool) -> None:
    with pytest.raises(ToolError) as caught:
        pool.call("fail", {})
    assert str(caught.value) == "tool_failed"
    assert "机密" not in repr(caught.value.__context__) + repr(caught.value.__cause__)


PARENT = """
import sys, json, time, threading
from pathlib import Path
from render.sandbox import Program, SandboxPool
pool = SandboxPool(1, Program(modules=("breaking_ops",), folders=(Path(sys.argv[1]),)))
pids = []
for _ in range(2):
    # The thread that makes the pool start a child ends at once; the child must not go with it.
    thread = threading.Thread(target=lambda: pids.append(pool.call("echo", {})[0]["pid"]))
    thread.start()
    thread.join()
    time.sleep(0.3)
print(json.dumps(pids), flush=True)
pool.call("hang", {})
"""


def test_child_outlives_the_asking_thread_but_not_the_process() -> None:
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(OPS)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        first, second = json.loads(parent.stdout.readline())
        assert first == second
        assert psutil.pid_exists(first)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
    assert wait_for(lambda: not psutil.pid_exists(first))
