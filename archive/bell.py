"""The bell: tells workers through the queue broker that the outbox holds work.

A ring carries nothing but the topic and may be lost: the sweeper rings again for whatever is due. So a broker that is
down or was wiped costs seconds, and ringing never fails the change that was just committed.

No more rings wait than there are workers to hear them. Leaving out further ones is safe: a worker takes a waiting ring
after this commit, and then finds the row.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any, Final

import redis
from celery import Celery
from kombu.exceptions import KombuError

from archive.outbox import Topic

WORK_TASK: Final = "guidang.work"
TIMEOUT_SECONDS = 2.0
PAUSE_SECONDS = 10.0
"""After a failed ring, how long none is tried: requests must not wait for a dead broker one after another."""

log = logging.getLogger(__name__)


def broker_options() -> dict[str, Any]:
    """Transport options shared by those who ring and those who listen."""
    return {
        "visibility_timeout": 3600,  # an unanswered ring comes back; far above any task's time limit
        "socket_connect_timeout": TIMEOUT_SECONDS,
        "socket_timeout": 30.0,
        "socket_keepalive": True,
        "health_check_interval": 25,
    }


class Bell:
    """Rings at one broker. Opens its connections at the first ring, so it may be made before a fork."""

    def __init__(self, redis_url: str, *, listeners: int) -> None:
        self._url = redis_url
        self._listeners = listeners
        self._silent_until = 0.0
        self._app: Celery | None = None
        self._queues: redis.Redis | None = None

    def ring(self, topics: Iterable[Topic]) -> None:
        """Rings once for each topic. Harmless when the broker does not answer."""
        if not self._url or time.monotonic() < self._silent_until:
            return
        try:
            for topic in topics:
                self._ring(topic)
        except (redis.RedisError, KombuError, OSError) as err:
            self._silent_until = time.monotonic() + PAUSE_SECONDS
            log.warning("bell not heard: %s", type(err).__name__)

    def _ring(self, topic: Topic) -> None:
        if self._app is None or self._queues is None:
            self._queues = redis.Redis.from_url(
                self._url, socket_timeout=TIMEOUT_SECONDS, socket_connect_timeout=TIMEOUT_SECONDS
            )
            self._app = Celery("bell", broker=self._url, set_as_current=False)
            self._app.conf.broker_transport_options = broker_options() | {"socket_timeout": TIMEOUT_SECONDS}
        if int(self._queues.llen(topic)) < self._listeners:
            # Celery sends what names a queue by the default exchange, which needs no routing table in the broker: that
            # table could be wiped.
            self._app.send_task(WORK_TASK, args=(topic.value,), queue=topic.value, retry=False, ignore_result=True)
