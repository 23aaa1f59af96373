"""Life of a child: load the operations, give up every right, answer requests until the parent hangs up."""

from __future__ import annotations

import importlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from render.jail import frames
from render.jail.confine import allow_cpu, confine, drop_rights
from render.jail.errors import OpError
from render.jail.source import Source

Op = Callable[[dict[str, Any], Any], tuple[dict[str, Any], bytes]]
_REQUEST_LIMIT = 1024 * 1024


def serve(spec: dict[str, Any], code: Path) -> None:
    """`spec`: fd of the channel, operation modules, their folders, data_bytes, parent's process id."""
    channel = socket.socket(fileno=spec["fd"])
    isolation = confine(data_bytes=spec["data_bytes"], folders=[code, *map(Path, spec["folders"])])
    try:
        ops = _load_ops(spec["modules"])
        isolation |= drop_rights(parent=spec["parent"])
    except Exception as err:
        # No foreign byte was seen yet, so the message can only speak of the installation.
        frames.send(channel, {"error": f"{type(err).__name__}: {err}"})
        raise
    frames.send(channel, {"isolation": isolation})
    _Server(channel, ops).run()


def _load_ops(names: list[str]) -> dict[str, Op]:
    ops: dict[str, Op] = {}
    for name in names:
        module = importlib.import_module(name)
        # Once the rights are gone files may be out of reach, so a module loads all it will ever need here.
        getattr(module, "prepare", lambda: None)()
        ops |= module.OPS
    return ops


class _Server:
    def __init__(self, channel: socket.socket, ops: dict[str, Op]) -> None:
        self._channel = channel
        self._ops = ops
        self._source: Source | None = None

    def run(self) -> None:
        while True:
            try:
                request, _, fds = frames.receive(self._channel, limit=_REQUEST_LIMIT)
            except EOFError:
                return
            header, payload = self._answer(request, fds)
            frames.send(self._channel, header, payload)

    def _answer(self, request: dict[str, Any], fds: list[int]) -> tuple[dict[str, Any], bytes]:
        allow_cpu(request["cpu_seconds"])
        try:
            self._take(request, fds)
            result, payload = self._ops[request["op"]](request["params"], self._source)
        except OpError as err:
            return {"reason": err.reason, "outcome": err.outcome}, b""
        except MemoryError:
            return {"reason": "tool_memory", "outcome": "unreadable"}, b""
        except Exception as err:
            return {"reason": "tool_failed", "outcome": "unreadable", "error": type(err).__name__}, b""
        return {"result": result}, payload

    def _take(self, request: dict[str, Any], fds: list[int]) -> None:
        """Makes the document of this request current; what was parsed from the same one before is kept."""
        if self._source is not None and request.get("token") == self._source.token:
            for fd in fds:
                os.close(fd)
            return
        if self._source is not None:
            self._source.close()
            self._source = None
        if fds:
            self._source = Source(fds[0], request["size"], request["token"])
