"""Waiting for a server: over one connection, until it answers as it should."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from config import Config
from services.errors import StartError
from services.probes import Prober, wait_for


class _Starting(BaseHTTPRequestHandler):
    """A portal that is ready from the fifth question on."""

    protocol_version = "HTTP/1.1"
    callers: ClassVar[list[object]]

    def do_GET(self) -> None:
        self.callers.append(self.client_address)
        self.send_response(503 if len(self.callers) < 5 else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def config(tmp_path: Path) -> Iterator[Config]:
    _Starting.callers = []
    with ThreadingHTTPServer(("127.0.0.1", 0), _Starting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        folders = {"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys")}
        yield Config.load(folders | {"GUIDANG_PORT": str(server.server_address[1])})
        server.shutdown()


def test_a_starting_server_is_asked_over_one_connection_until_it_is_ready(config: Config) -> None:
    wait_for(config, ["web"], seconds=60)
    assert len(_Starting.callers) == 5
    assert len(set(_Starting.callers)) == 1


def test_a_server_that_will_not_come_is_not_waited_for(config: Config) -> None:
    with pytest.raises(StartError, match="web"):
        wait_for(config, ["web"], seconds=60, is_running=lambda: False)
    assert len(_Starting.callers) == 1


def test_a_bad_certificate_file_speaks_for_one_server_only(config: Config, tmp_path: Path) -> None:
    given = {"ELASTICSEARCH_URL": "https://127.0.0.1:9", "ELASTICSEARCH_CA": str(tmp_path / "none.pem")}
    wait_for(config, ["web"], seconds=60)
    folders = {"GUIDANG_DATA": str(config.data), "GUIDANG_KEYS": str(config.keys), "GUIDANG_PORT": str(config.port)}
    with Prober(Config.load(folders | given)) as prober:
        assert (prober.answers("search"), prober.answers("web")) == (False, True)
