"""Ports of the embedded servers, and who holds one."""

from __future__ import annotations

import socket

import psutil

from services.errors import PortError

LOOPBACK = "127.0.0.1"
OFFSETS = {"web": 0, "search": 1, "parser": 2, "queue": 3, "transport": 4}
"""Distance of each port from GUIDANG_PORT; `transport` is Elasticsearch's second port."""


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether a server could listen on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free(port: int, purpose: str, host: str = LOOPBACK) -> None:
    """Raises PortError, naming the holder, when the port is taken."""
    if is_free(port, host):
        return
    holder = find_holder(port)
    raise PortError(
        f"Port {port}, needed for {purpose}, is held by {holder or 'a process of another user'}. "
        "End that process or set GUIDANG_PORT to another port.",
        f"端口 {port}（{purpose}）已被{holder or '其他用户的进程'}占用；请结束该进程，或用 GUIDANG_PORT 换一个端口。",
    )


def find_holder(port: int) -> str | None:
    """The process listening on the port in words, or None when it belongs to another user or nobody listens."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return None
    for connection in connections:
        if (
            connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr.port == port
            and connection.pid
        ):
            try:
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
            except psutil.NoSuchProcess:
                return None
    return None


def find_free_base(start: int, stop: int) -> int:
    """A port in `start`…`stop` from which all ports in OFFSETS are free. Raises PortError."""
    step = max(OFFSETS.values()) + 1
    for base in range(start, stop - step + 2, step):
        if all(is_free(base + offset) for offset in OFFSETS.values()):
            return base
    raise PortError(
        f"No {step} free ports in a row between {start} and {stop}.",
        f"{start} 至 {stop} 之间没有连续 {step} 个空闲端口。",
    )
