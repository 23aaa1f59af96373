"""The embedded servers as one object, for tests and for whoever needs them for a while."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from config import Config
from services import commands
from services.commands import Running
from services.errors import StartError
from services.places import log_file
from services.probes import START_SECONDS, wait_for
from services.servers import build_server, wait_for_ports


class EmbeddedServices:
    """Starts servers, waits for them, stops them; a context manager that stops all it started.

    `config` must carry the addresses that `services.settings.write_settings` gave it.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._running: dict[str, Running] = {}

    def start(self, *names: str) -> None:
        """Starts the named servers (search, parser, queue) that are not running and waits until they answer."""
        missing = [name for name in names if name not in self._running]
        for name in missing:
            command = build_server(self._config, name)
            with log_file(self._config, name).open("ab") as log:
                self._running[name] = commands.start(command, log)
        try:
            wait_for(self._config, missing, seconds=START_SECONDS, is_running=lambda: self._all_alive(missing))
        except StartError:
            self.stop(*missing)
            raise

    def _all_alive(self, names: list[str]) -> bool:
        return all(self._running[name].is_alive() for name in names)

    def stop(self, *names: str) -> None:
        """Ends the named servers in order; without names, all."""
        for name in names or tuple(self._running):
            process = self._running.pop(name, None)
            if process is not None:
                process.stop()

    def kill(self, name: str) -> None:
        """Ends a server at once, as a crash would; `start` brings it back with what it had stored."""
        self._running.pop(name).kill()
        wait_for_ports(self._config, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
