"""The Celery application: four queues, rings that carry a topic, and the clock. `celery -A indexer.app worker`.

Tasks carry no data and no results. What is to be done stands in the outbox; a lost, doubled or late ring changes
nothing but the time. Importing this module reads the settings and connects to nothing.
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import after_setup_logger, worker_process_shutdown
from kombu.entity import Exchange, Queue

from archive.bell import WORK_TASK, broker_options
from archive.outbox import Topic
from config import ZONE, Config
from indexer import rescan as again
from indexer import upkeep, watch, worker

UPKEEP = "upkeep"
QUEUES = (*(topic.value for topic in Topic), UPKEEP)
SWEEP_SECONDS = 5.0
WATCH_SECONDS = 5.0
HARD_LIMIT_SECONDS = 900
"""A task that does not come back is killed; above any sum of the tools' own limits in one task."""


def create_app(config: Config) -> Celery:
    """The application for these settings."""
    app = Celery("guidang", broker=config.redis_url or "redis://127.0.0.1:1", set_as_current=False)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_time_limit=HARD_LIMIT_SECONDS,
        worker_prefetch_multiplier=1,
        worker_max_tasks_per_child=2000,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_enable_remote_control=False,
        task_queues=[Queue(name, Exchange(name), routing_key=name) for name in QUEUES],  # type: ignore[no-untyped-call]
        task_default_queue=UPKEEP,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        broker_transport_options=broker_options(),
        timezone=ZONE.key,
        beat_schedule=_schedule(),
    )
    return app


def _schedule() -> dict[str, dict[str, Any]]:
    # A ring of the clock that nobody heard in time is thrown away: the next one says the same.
    return {
        "sweep": {
            "task": "guidang.sweep",
            "schedule": SWEEP_SECONDS,
            "options": {"queue": UPKEEP, "expires": SWEEP_SECONDS},
        },
        "rescan": {
            "task": "guidang.rescan",
            "schedule": crontab(hour="20-23,0,1", minute=10),
            "options": {"queue": UPKEEP, "expires": 1800},
        },
        "watch": {
            "task": "guidang.watch",
            "schedule": WATCH_SECONDS,
            "options": {"queue": UPKEEP, "expires": WATCH_SECONDS},
        },
        "reconcile": {
            "task": "guidang.reconcile",
            "schedule": crontab(hour=2, minute=30),
            "options": {"queue": UPKEEP, "expires": 3600},
        },
        "tidy": {
            "task": "guidang.tidy",
            "schedule": crontab(hour=3, minute=30),
            "options": {"queue": UPKEEP, "expires": 3600},
        },
    }


app = create_app(Config.load())


@app.task(name=WORK_TASK)
def work(topic: str) -> None:
    """Works the outbox. Idempotent: rows are leased, and what is done is gone from it."""
    worker.current().work(Topic(topic))


@app.task(name="guidang.sweep")
def sweep() -> None:
    """Rings for what is due. Idempotent: ringing twice is ringing once."""
    upkeep.sweep(worker.current())


@app.task(name="guidang.rescan")
def rescan() -> None:
    """Asks the virus scanner about old files. Idempotent: a verdict on the newest signatures is not asked for again."""
    again.rescan(worker.current())


@app.task(name="guidang.watch")
def look_into_folders() -> None:
    """Takes in what lies in watched folders. Idempotent: a folder is looked into by one worker at a time."""
    watch.look_everywhere(worker.current().archive)


@app.task(name="guidang.reconcile")
def reconcile() -> None:
    """Compares index and record and repairs. Idempotent: a second run finds nothing."""
    upkeep.reconcile(worker.current())


@app.task(name="guidang.tidy")
def tidy() -> None:
    """Removes what crashes left in the vault. Idempotent."""
    upkeep.tidy(worker.current())


@after_setup_logger.connect
def quieten(**_: object) -> None:
    """One line for every ring and request would bury what matters."""
    for name in ("celery.app.trace", "celery.beat", "celery.worker.strategy", "elastic_transport", "httpx"):
        logging.getLogger(name).setLevel(logging.WARNING)


@worker_process_shutdown.connect
def close(**_: object) -> None:
    """Ends the children of this worker process."""
    worker.close()
