"""Tika servers that are down, die over a document, hang, or answer nonsense."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from indexer.tools.tika import Parsed, ParserUnavailableError, TikaClient
from render.errors import ToolError
from render.memory_file import MemoryFile

GOOD = json.dumps([{"X-TIKA:content": "<p>正文</p>", "dc:title": "题"}])
Act = Callable[[socket.socket], None]


def answer(body: str, status: str = "200 OK") -> Act:
    def act(connection: socket.socket) -> None:
        data = body.encode()
        head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n"
        connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + data)

    return act


def hang_up(connection: socket.socket) -> None:
    """What is left when the parsing process dies: the connection breaks without an answer."""


def sleep(connection: socket.socket) -> None:
    time.sleep(3)


def break_off(connection: socket.socket) -> None:
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n[{"X-TIKA:con')


@contextmanager
def server(*acts: Act) -> Iterator[tuple[str, list[bytes]]]:
    """Serves one act a connection, then the last one for ever; gives its address and the requests it got."""
    requests: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            for number in range(1000):
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    requests.append(read_request(connection))
                    acts[min(number, len(acts) - 1)](connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(10)


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data or not data.endswith(b"letter"):
        block = connection.recv(65536)
        if not block:
            break
        data += block
    return data


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def parse(*urls: str, deadline: float = 5.0, limit: int = 1000) -> Parsed:
    client = TikaClient(urls, write_limit=limit, deadline_seconds=deadline, patience_seconds=1.5)
    try:
        with MemoryFile(b"letter") as document:
            return client.parse(document, "application/msword")
    finally:
        client.close()


def test_no_server_means_later_not_unreadable() -> None:
    with pytest.raises(ParserUnavailableError):
        parse(closed_port())


def test_next_server_takes_over() -> None:
    with server(answer(GOOD)) as (url, requests):
        for _ in range(2):
            assert parse(closed_port(), url).xhtml == "<p>正文</p>"
    assert len(requests) == 2


def test_servers_take_turns() -> None:
    with server(answer(GOOD)) as (one, first), server(answer(GOOD)) as (two, second):
        client = TikaClient([one, two], write_limit=1000)
        with MemoryFile(b"letter") as document:
            for _ in range(4):
                client.parse(document, "application/msword")
        client.close()
    assert (len(first), len(second)) == (2, 2)


@pytest.mark.parametrize("failure", [hang_up, break_off, answer("", "503 Service Unavailable")])
def test_document_is_sent_again_after_a_restart(failure: Act) -> None:
    with server(failure, answer(GOOD)) as (url, requests):
        assert parse(url).find("dc:title") == "题"
    assert len(requests) == 2


def test_document_that_kills_three_servers_is_unreadable() -> None:
    with server(hang_up) as (url, requests), pytest.raises(ToolError, match="tool_crashed"):
        parse(url)
    assert len(requests) == 3


def test_server_that_stays_busy_means_later() -> None:
    with server(answer("", "503 Service Unavailable")) as (url, _), pytest.raises(ParserUnavailableError):
        parse(url)


def test_document_that_takes_too_long() -> None:
    with server(sleep) as (url, _), pytest.raises(ToolError, match="tool_timeout"):
        parse(url, deadline=0.3)


@pytest.mark.parametrize("body", ["", "[]", "{}", "null", "[1]", "<html>", "[" * 5000])
def test_nonsense_is_refused(body: str) -> None:
    with server(answer(body)) as (url, _), pytest.raises(ToolError, match="tool_output"):
        parse(url)


def test_flood_is_refused() -> None:
    flood = answer(json.dumps([{"X-TIKA:content": "x" * 2_000_000}]))
    with server(flood) as (url, _), pytest.raises(ToolError, match="tool_output"):
        parse(url, limit=100)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"X-TIKA:encrypted": "true"}, "encrypted"),
        (
            {"X-TIKA:EXCEPTION:container_exception": "org.apache.tika.exception.EncryptedDocumentException: x"},
            "encrypted",
        ),
    ],
)
def test_locked_document(metadata: dict[str, str], reason: str) -> None:
    with server(answer(json.dumps([metadata]))) as (url, _), pytest.raises(ToolError, match=reason):
        parse(url)


def test_cut_is_not_damage_and_damage_is_said() -> None:
    cut = {"X-TIKA:EXCEPTION:write_limit_reached": "true", "X-TIKA:EXCEPTION:container_exception": "WriteLimitReached"}
    with server(answer(json.dumps([cut | {"X-TIKA:content": "x"}]))) as (url, _):
        parsed = parse(url)
    assert (parsed.is_cut, parsed.is_damaged) == (True, False)
    with server(answer(json.dumps([{"X-TIKA:EXCEPTION:container_exception": "x", "X-TIKA:content": "x"}]))) as (url, _):
        parsed = parse(url)
    assert (parsed.is_cut, parsed.is_damaged) == (False, True)


def test_request_names_no_file_and_asks_for_no_attachments() -> None:
    with server(answer(GOOD)) as (url, requests):
        parse(url, limit=777)
    head = requests[0].partition(b"\r\n\r\n")[0].decode().lower()
    assert "put /rmeta/xhtml" in head
    assert "writelimit: 777" in head
    assert "x-tika-skip-embedded: true" in head
    assert "content-type: application/msword" in head
    assert "disposition" not in head
    assert "filename" not in head
