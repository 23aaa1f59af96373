"""The three servers this installation can run itself, by the names they have in the Procfile."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from config import Config
from services import elasticsearch, tika, valkey
from services.commands import Command
from services.errors import ServiceError
from services.places import data_folder, require_room
from services.ports import OFFSETS, is_free, require_free
from services.settings import embedded_names

SERVERS: Mapping[str, Callable[[Config], Command]] = {
    "search": elasticsearch.build_command,
    "parser": tika.build_command,
    "queue": valkey.build_command,
}

PORT_SECONDS = 20.0


def list_ports(config: Config, name: str) -> dict[str, int]:
    """The ports of one server, each with what it is for."""
    ports = {name: config.port + OFFSETS[name]}
    if name == "search":
        ports["search (transport)"] = config.port + OFFSETS["transport"]
    return ports


def wait_for_ports(config: Config, name: str) -> None:
    """Waits until the ports of an ended server are free, or some seconds have passed.

    A killed process counts as ended when its first thread is; its sockets close with the last one.
    """
    deadline = time.monotonic() + PORT_SECONDS
    while not all(is_free(port) for port in list_ports(config, name).values()) and time.monotonic() < deadline:
        time.sleep(0.1)


def build_server(config: Config, name: str) -> Command:
    """How to start one of search, parser, queue, once its ports are free and there is room. Raises ServiceError."""
    if name not in embedded_names(config):
        raise ServiceError(
            f"{name} is not set up here: run `make setup`, or set no address for it.",
            f"本机尚未配置 {name}：请先运行 make setup，或去掉其外部地址的设置。",
        )
    require_room(data_folder(config))
    for purpose, port in list_ports(config, name).items():
        require_free(port, purpose)
    return SERVERS[name](config)
