"""Wire form between parent and child: lengths (header u32, payload u64, network order), JSON header, raw payload.

A request is a header alone with at most one file descriptor beside it (SCM_RIGHTS); an answer is a header and a
payload.
"""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable
from typing import Any

LENGTHS = struct.Struct("!IQ")
_CHUNK = 256 * 1024


class FrameError(Exception):
    """The other side sent something that is no frame, or more than was agreed."""


def send(channel: socket.socket, header: dict[str, Any], payload: bytes = b"", fd: int | None = None) -> None:
    """Writes one frame. Raises OSError when the other side is gone."""
    text = json.dumps(header, ensure_ascii=False).encode("utf-8", "surrogatepass")
    start = LENGTHS.pack(len(text), len(payload))
    if fd is None:
        channel.sendall(start)
    else:
        socket.send_fds(channel, [start], [fd])
    channel.sendall(text)
    channel.sendall(payload)


def receive(
    channel: socket.socket, limit: int, wait: Callable[[], None] = lambda: None
) -> tuple[dict[str, Any], bytes, list[int]]:
    """Reads one frame: header, payload, descriptors. `wait` is called before each read and may raise to give up.

    Raises FrameError above `limit` bytes or for what is not a JSON object, EOFError when the other side is gone.
    """
    wait()
    start, fds, _, _ = socket.recv_fds(channel, LENGTHS.size, 1)
    start += _read(channel, LENGTHS.size - len(start), wait) if start else b""
    if not start:
        raise EOFError
    header_size, payload_size = LENGTHS.unpack(start)
    if header_size + payload_size > limit:
        raise FrameError("frame above the limit")
    try:
        header = json.loads(_read(channel, header_size, wait))
    except (ValueError, RecursionError) as err:
        raise FrameError("header is not JSON") from err
    if not isinstance(header, dict):
        raise FrameError("header is not an object")
    return header, bytes(_read(channel, payload_size, wait)), fds


def _read(channel: socket.socket, size: int, wait: Callable[[], None]) -> bytearray:
    data = bytearray()
    while len(data) < size:
        wait()
        block = channel.recv(min(_CHUNK, size - len(data)))
        if not block:
            raise EOFError
        data += block
    return data
