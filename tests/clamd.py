"""A private clamd for tests, with signatures of our own: Debian's package brings none."""

from __future__ import annotations

import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from services import commands
from services.accounts import Account, find_account, make_private
from services.commands import PLAIN_ENVIRONMENT, Command, Running
from tests.needs import missing
from tests.ports import pick_port

PROGRAM = Path("/usr/sbin/clamd")
START_SECONDS = 60
LARGEST_MB = 2
"""What clamd takes of one stream."""
VIRUS = "恶意代码样本".encode()
"""Words that the private clamd calls a virus."""


class ClamdServer:
    """clamd in `folder` on a local socket and a port; a context manager that stops it."""

    def __init__(self, folder: Path, account: Account | None, port: int) -> None:
        self._folder, self._account, self._port = folder, account, port
        self._running: Running | None = None
        self._signatures = folder / "signatures"
        self._signatures.mkdir(mode=0o755)
        self.local, self.remote = f"unix:{folder / 'clamd.ctl'}", f"tcp://127.0.0.1:{port}"

    def teach(self, name: str, words: bytes) -> None:
        """A signature for files that hold the words; clamd knows it from its next start on."""
        path = self._signatures / f"{name}.ndb"
        path.write_text(f"{name}:0:*:{words.hex()}\n", encoding="ascii")
        path.chmod(0o644)

    def start(self) -> None:
        """Starts it and waits until it answers."""
        (self._folder / "clamd.ctl").unlink(missing_ok=True)
        settings = {
            "Foreground": "yes",
            "DatabaseDirectory": str(self._signatures),
            "LocalSocket": str(self._folder / "clamd.ctl"),
            "LocalSocketMode": "666",
            "TCPSocket": str(self._port),
            "TCPAddr": "127.0.0.1",
            "StreamMaxLength": f"{LARGEST_MB}M",
            "TemporaryDirectory": str(self._folder),
            "LogFile": str(self._folder / "clamd.log"),
            "ConcurrentDatabaseReload": "no",
        }
        file = self._folder / "clamd.conf"
        file.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
        file.chmod(0o644)
        arguments = (str(PROGRAM), f"--config-file={file}")
        with (self._folder / "output").open("ab") as log:
            self._running = commands.start(
                Command("clamd", arguments, self._folder, PLAIN_ENVIRONMENT, self._account), log
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            if not self._running.is_alive() or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "output").read_text())
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends it; it can be started again."""
        if self._running is not None:
            self._running.stop()
            self._running = None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._port), timeout=1) as connection:
                connection.sendall(b"zPING\0")
                return connection.recv(16) == b"PONG\0"
        except OSError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


@pytest.fixture
def clamd() -> Iterator[ClamdServer]:
    """A clamd that runs; for folders whose tests import it."""
    if not PROGRAM.exists():
        missing("clamd")
    account = find_account()
    # Not under pytest's own folder: its parents are closed to the unprivileged user.
    folder = make_private(Path("/var/tmp") / f"guidang-clamd-{secrets.token_hex(8)}", account)
    folder.chmod(0o755)
    server = ClamdServer(folder, account, pick_port())
    server.teach("Guidang.Test", VIRUS)
    try:
        with server:
            yield server
    finally:
        shutil.rmtree(folder)
