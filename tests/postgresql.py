"""A private PostgreSQL cluster for tests."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import psycopg

from services import commands
from services.accounts import Account, write_private
from services.commands import PLAIN_ENVIRONMENT, Command, Running
from services.ports import LOOPBACK

START_SECONDS = 60


def find_programs() -> Path | None:
    """The folder with initdb and postgres: Debian's newest, else the one on PATH."""
    for folder in sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True
    ):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


class PostgresqlServer:
    """A cluster in `folder`, reachable on loopback with a generated password; a context manager that stops it."""

    def __init__(self, programs: Path, folder: Path, account: Account | None, port: int) -> None:
        self._programs, self._folder, self._account, self._port = programs, folder, account, port
        self._password = secrets.token_urlsafe(16)
        self._process: Running | None = None

    def url(self, database: str) -> str:
        """SQLAlchemy URL of a database of this cluster."""
        return f"postgresql+psycopg://guidang:{self._password}@{LOOPBACK}:{self._port}/{database}"

    def create_database(self, name: str) -> str:
        """Makes an empty database and returns its SQLAlchemy URL."""
        with self._connect() as connection:
            connection.execute(f"CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8'")  # type: ignore[arg-type]
        return self.url(name)

    def _connect(self) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=LOOPBACK, port=self._port, user="guidang", password=self._password, dbname="postgres", autocommit=True
        )

    def __enter__(self) -> Self:
        write_private(self._folder / "password", self._password, self._account)
        self._run_initdb()
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self._port),
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            "shared_buffers": "32MB",
            "max_connections": "50",
        }
        options = tuple(part for name, value in settings.items() for part in ("-c", f"{name}={value}"))
        arguments = (str(self._programs / "postgres"), "-D", str(self._folder / "cluster"), *options)
        with (self._folder / "log").open("wb") as log:
            self._process = commands.start(self._command(arguments), log)
        self._wait()
        return self

    def _run_initdb(self) -> None:
        arguments = (
            str(self._programs / "initdb"),
            *("-D", str(self._folder / "cluster"), "-U", "guidang", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            *("-A", "scram-sha-256", f"--pwfile={self._folder / 'password'}"),
        )
        with (self._folder / "initdb.log").open("wb") as log:
            code = commands.start(self._command(arguments), log).wait()
        if code != 0:
            raise RuntimeError((self._folder / "initdb.log").read_text())

    def _command(self, arguments: tuple[str, ...]) -> Command:
        return Command("postgresql", arguments, self._folder, PLAIN_ENVIRONMENT, self._account)

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError:
                assert self._process is not None
                if not self._process.is_alive() or time.monotonic() > deadline:
                    raise RuntimeError((self._folder / "log").read_text()) from None
                time.sleep(0.1)
            else:
                return

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._process is not None:
            os.kill(self._process.pid, signal.SIGINT)  # the fast way: does not wait for clients that tests left
            self._process.stop()
