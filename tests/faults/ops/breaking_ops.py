"""Operations that break their child on purpose, or look around in it. Loaded into sandboxed children by tests only."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

Result = tuple[dict[str, Any], bytes]


def _echo(params: dict[str, Any], source: Any) -> Result:
    return {"params": params, "pid": os.getpid()}, source.open().read() if source else b""


def _kept(params: dict[str, Any], source: Any) -> Result:
    kept = source.keep("list", lambda _: [])
    kept.append(1)
    return {"count": len(kept)}, b""


def _hang(params: dict[str, Any], source: Any) -> Result:
    time.sleep(3600)
    return {}, b""


def _spin(params: dict[str, Any], source: Any) -> Result:
    while True:
        pass


def _grow(params: dict[str, Any], source: Any) -> Result:
    hoard = []
    for _ in range(params["mebibytes"]):
        hoard.append(b"x" * 1024**2)
        time.sleep(params.get("pause", 0))
    return {"kept": len(hoard)}, b""


def _exit(params: dict[str, Any], source: Any) -> Result:
    os._exit(0)


def _die(params: dict[str, Any], source: Any) -> Result:
    ctypes.string_at(0)
    return {}, b""


def _abort(params: dict[str, Any], source: Any) -> Result:
    os.abort()


def _babble(params: dict[str, Any], source: Any) -> Result:
    """Writes bytes that are no frame straight onto the channel."""
    os.write(json.loads(sys.argv[1])["fd"], bytes.fromhex(params["bytes"]))
    time.sleep(3600)
    return {}, b""


def _lie(params: dict[str, Any], source: Any) -> Result:
    return params["answer"], b""


def _flood(params: dict[str, Any], source: Any) -> Result:
    return {}, b"x" * params["size"]


def _fail(params: dict[str, Any], source: Any) -> Result:
    raise RuntimeError("机密内容 must not travel")


def _try(params: dict[str, Any], source: Any) -> Result:
    """What happens to acts that a parser has no business with: act → "done" or the error's name."""
    acts = {
        "read": lambda: Path(params["path"]).read_bytes(),
        "list": lambda: list(Path(params["path"]).parent.iterdir()),
        "write": lambda: Path("/dev/shm/left-behind").write_bytes(b"x"),
        "write_tmp": lambda: Path("/tmp/left-behind").write_bytes(b"x"),
        "socket": lambda: socket.socket(socket.AF_INET),
        "local_socket": lambda: socket.socket(socket.AF_UNIX),
        "start": lambda: subprocess.run(["/bin/true"], check=True),
        "fork": os.fork,
        "signal": lambda: os.kill(os.getppid(), 0),
        "become_root": lambda: os.setuid(0),
        "environment_of_parent": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    }
    outcome = {}
    for name, act in acts.items():
        try:
            act()
            outcome[name] = "done"
        except BaseException as err:
            outcome[name] = type(err).__name__
    return outcome, b""


OPS = {
    name.removeprefix("_"): value
    for name, value in list(globals().items())
    if callable(value) and name.startswith("_") and not name.startswith("__")
}
