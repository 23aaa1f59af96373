"""What `make demo` does: every process of the Procfile on a set-up archive, until Ctrl-C or a failing command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from config import ROOT, Config
from services.keeper import NAMES
from services.locks import find_holder
from services.probes import PROBES, answers, wait_for
from tests.ports import pick_port

pytestmark = pytest.mark.service


def call(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )


@pytest.fixture(scope="module")
def installation(environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Variables of a set-up installation of its own: the session's may be serving other tests."""
    folder = tmp_path_factory.mktemp("session")
    own = environment | {
        "GUIDANG_DATA": str(folder / "data"),
        "GUIDANG_KEYS": str(folder / "keys"),
        "GUIDANG_PORT": str(pick_port()),
        "GUIDANG_WEB_WORKERS": "1",
        "GUIDANG_WORKER_PROCESSES": "1",
    }
    for arguments in (("services", "setup"), ("flask", "--app", "manage", "database", "upgrade")):
        done = call(own, *arguments)
        assert done.returncode == 0, done.stderr
    yield own
    call(own, "services", "reset", "--yes")


def _ignore_interrupts() -> None:
    """As a shell does for what it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def test_a_session_serves_until_ctrl_c(installation: dict[str, str]) -> None:
    config = Config.load(installation)
    with subprocess.Popen(
        [sys.executable, "-m", "services", "session", "--", "echo", "the command ran"],
        cwd=ROOT,
        env=os.environ | installation,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=_ignore_interrupts,
    ) as session:
        assert session.stdout is not None
        try:
            said = [session.stdout.readline() for _ in range(3)]
            assert said == ["the command ran\n", "Ctrl-C ends it.\n", "按 Ctrl-C 停止。\n"]
            assert [name for name in PROBES if not answers(config, name)] == []
            holders = {name: find_holder(config, name) for name in NAMES}
            assert None not in holders.values()
            second = call(installation, "services", "session", "--", "false")
            assert second.returncode == 0
            assert f"running already at http://127.0.0.1:{config.port}" in second.stdout
            revive_web(config)
        finally:
            session.send_signal(signal.SIGINT)
        assert session.wait(120) == 0
    assert [name for name in NAMES if find_holder(config, name)] == []
    assert [name for name in PROBES if answers(config, name)] == []


def revive_web(config: Config) -> None:
    """Kills the web server and sees it come back."""
    holder = find_holder(config, "web")
    assert holder is not None
    (master,) = psutil.Process(holder.pid).children()
    for process in (*master.children(recursive=True), master):
        process.kill()
    psutil.wait_procs([master], timeout=10)
    wait_for(config, ["web"], seconds=120)


def test_a_failing_command_ends_the_session(
    installation: dict[str, str], elasticsearch_url: str, config: Config
) -> None:
    somebody_elses = {
        "ELASTICSEARCH_URL": elasticsearch_url,
        "ELASTICSEARCH_USER": config.elasticsearch_user,
        "ELASTICSEARCH_PASSWORD": config.elasticsearch_password,
    }
    here = Config.load(installation | somebody_elses)
    ended = call(installation | somebody_elses, "services", "session", "--detach", "--", "false")
    assert ended.returncode == 1
    assert "background" not in ended.stdout
    assert [name for name in NAMES if find_holder(here, name)] == []
    assert answers(here, "search")  # what is not embedded is not stopped
