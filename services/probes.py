"""Asks a server whether it can work, embedded or not."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

import httpx
import redis

from config import Config
from services.errors import StartError

TIMEOUT_SECONDS = 5.0
START_SECONDS = 300.0  # a cold Elasticsearch on a busy two-core machine takes minutes
SHORTEST_PAUSE, LONGEST_PAUSE = 0.1, 1.0


class Prober:
    """Asks the servers of one installation; a context manager.

    Its clients are made once: reading the machine's certificates costs more than any question.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._clients = ExitStack()

    @cached_property
    def _engine(self) -> httpx.Client:
        config = self._config
        trusted = ssl.create_default_context(cafile=config.elasticsearch_ca) if config.elasticsearch_ca else True
        account = (config.elasticsearch_user, config.elasticsearch_password)
        client = httpx.Client(auth=account, verify=trusted, timeout=TIMEOUT_SECONDS, trust_env=False)
        return self._clients.enter_context(client)

    @cached_property
    def _others(self) -> httpx.Client:
        return self._clients.enter_context(httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False))

    @cached_property
    def _queue(self) -> redis.Redis:
        client = redis.Redis.from_url(self._config.redis_url, socket_timeout=TIMEOUT_SECONDS)
        self._clients.callback(client.close)
        return client

    def probe_search(self) -> bool:
        """Whether Elasticsearch answers our account with a cluster that can take and give documents."""
        answer = self._engine.get(f"{self._config.elasticsearch_url.rstrip('/')}/_cluster/health")
        return answer.status_code == httpx.codes.OK and answer.json()["status"] in ("green", "yellow")

    def probe_parser(self) -> bool:
        """Whether every Tika server answers."""
        urls = [f"{url.rstrip('/')}/version" for url in self._config.tika_urls]
        return bool(urls) and all(self._others.get(url).status_code == httpx.codes.OK for url in urls)

    def probe_queue(self) -> bool:
        """Whether Valkey takes our password."""
        return bool(self._queue.ping())

    def probe_web(self) -> bool:
        """Whether the portal answers."""
        address = f"{portal_address(self._config)}/api/v1/health/live"
        return self._others.get(address).status_code == httpx.codes.OK

    def answers(self, name: str) -> bool:
        """Whether the named server answers as it should; False for every failure."""
        try:
            return PROBES[name](self)
        except (httpx.HTTPError, httpx.InvalidURL, redis.RedisError, OSError, ValueError, KeyError):
            return False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._clients.close()


PROBES: Mapping[str, Callable[[Prober], bool]] = {
    "search": Prober.probe_search,
    "parser": Prober.probe_parser,
    "queue": Prober.probe_queue,
    "web": Prober.probe_web,
}


def answers(config: Config, name: str) -> bool:
    """Whether the named server answers as it should; False for every failure."""
    with Prober(config) as prober:
        return prober.answers(name)


def wait_for(
    config: Config, names: Iterable[str], *, seconds: float, is_running: Callable[[], bool] = lambda: True
) -> None:
    """Waits until all named servers answer. Raises StartError when time is up or `is_running` turns false."""
    waiting, began = list(names), time.monotonic()
    with Prober(config) as prober:
        while True:
            waiting = [name for name in waiting if not prober.answers(name)]
            if not waiting:
                return
            waited = time.monotonic() - began
            if waited > seconds or not is_running():
                raise StartError(
                    f"No answer from {', '.join(waiting)}; see {config.data / 'log'}.",
                    f"{'、'.join(waiting)} 没有应答，请查看 {config.data / 'log'}。",
                )
            # Rarely enough to leave the processor to the servers, and never late by more than a part of the wait.
            time.sleep(min(LONGEST_PAUSE, max(SHORTEST_PAUSE, waited / 20)))


def portal_address(config: Config) -> str:
    """The portal's address as people on this machine type it."""
    host = "127.0.0.1" if config.host in ("0.0.0.0", "::", "") else config.host  # noqa: S104 - compared, not bound
    return f"http://{host}:{config.port}"
