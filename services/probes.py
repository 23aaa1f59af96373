"""Asks a server whether it can work, embedded or not."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Mapping

import httpx
import redis

from config import Config
from services.errors import StartError

TIMEOUT_SECONDS = 5.0
START_SECONDS = 300.0  # a cold Elasticsearch on a busy two-core machine takes minutes


def probe_search(config: Config) -> bool:
    """Whether Elasticsearch answers our account with a cluster that can take and give documents."""
    verify: ssl.SSLContext | bool = True
    if config.elasticsearch_ca:
        verify = ssl.create_default_context(cafile=config.elasticsearch_ca)
    answer = httpx.get(
        f"{config.elasticsearch_url.rstrip('/')}/_cluster/health",
        auth=(config.elasticsearch_user, config.elasticsearch_password),
        timeout=TIMEOUT_SECONDS,
        verify=verify,
        trust_env=False,
    )
    return answer.status_code == httpx.codes.OK and answer.json()["status"] in ("green", "yellow")


def probe_parser(config: Config) -> bool:
    """Whether every Tika server answers."""
    urls = [f"{url.rstrip('/')}/version" for url in config.tika_urls]
    return bool(urls) and all(
        httpx.get(url, timeout=TIMEOUT_SECONDS, trust_env=False).status_code == httpx.codes.OK for url in urls
    )


def probe_queue(config: Config) -> bool:
    """Whether Valkey takes our password."""
    with redis.Redis.from_url(config.redis_url, socket_timeout=TIMEOUT_SECONDS) as client:
        return bool(client.ping())


def probe_web(config: Config) -> bool:
    """Whether the portal answers."""
    answer = httpx.get(f"{portal_address(config)}/api/v1/health/live", timeout=TIMEOUT_SECONDS, trust_env=False)
    return answer.status_code == httpx.codes.OK


PROBES: Mapping[str, Callable[[Config], bool]] = {
    "search": probe_search,
    "parser": probe_parser,
    "queue": probe_queue,
    "web": probe_web,
}


def answers(config: Config, name: str) -> bool:
    """Whether the named server answers as it should; False for every failure."""
    try:
        return PROBES[name](config)
    except (httpx.HTTPError, httpx.InvalidURL, redis.RedisError, OSError, ValueError, KeyError):
        return False


def wait_for(
    config: Config, names: Iterable[str], *, seconds: float, is_running: Callable[[], bool] = lambda: True
) -> None:
    """Waits until all named servers answer. Raises StartError when time is up or `is_running` turns false."""
    waiting, deadline = list(names), time.monotonic() + seconds
    while True:
        waiting = [name for name in waiting if not answers(config, name)]
        if not waiting:
            return
        if time.monotonic() > deadline or not is_running():
            raise StartError(
                f"No answer from {', '.join(waiting)}; see {config.data / 'log'}.",
                f"{'、'.join(waiting)} 没有应答，请查看 {config.data / 'log'}。",
            )
        time.sleep(0.2)


def portal_address(config: Config) -> str:
    """The portal's address as people on this machine type it."""
    host = "127.0.0.1" if config.host in ("0.0.0.0", "::", "") else config.host  # noqa: S104 - compared, not bound
    return f"http://{host}:{config.port}"
