"""How the project's own processes are started: web, worker and beat."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from config import ROOT, Config
from services.commands import Command
from services.places import run_folder
from services.ports import require_free

QUEUES = "ingest,ocr,index,import,upkeep"


def build_web(config: Config) -> Command:
    """Gunicorn with the portal. Raises PortError."""
    require_free(config.port, "web", config.host)
    arguments = (
        *("env", "MALLOC_ARENA_MAX=2"),  # threads share two heaps: with one each, memory frays
        *(sys.executable, "-m", "gunicorn", "--bind", f"{config.host}:{config.port}"),
        *("--workers", str(config.web_workers), "--threads", str(config.web_threads)),
        *("--timeout", "120", "--graceful-timeout", "15", "--limit-request-line", "8190"),
        *("--log-level", "warning", "--no-control-socket"),
        "manage:create_app()",
    )
    return Command("web", arguments, ROOT)


def build_worker(config: Config) -> Command:
    """Celery's worker processes."""
    arguments = (
        *(sys.executable, "-m", "celery", "--app", "indexer.app", "worker", "--queues", QUEUES),
        *("--concurrency", str(config.worker_processes), "--loglevel", config.log_level),
        *("--without-gossip", "--without-mingle"),  # one machine: nobody to talk to
    )
    return Command("worker", arguments, ROOT)


def build_beat(config: Config) -> Command:
    """Celery's clock."""
    arguments = (
        *(sys.executable, "-m", "celery", "--app", "indexer.app", "beat", "--loglevel", config.log_level),
        *("--schedule", str(run_folder(config) / "beat-schedule"), "--pidfile="),
    )
    return Command("beat", arguments, ROOT)


PROGRAMS: Mapping[str, Callable[[Config], Command]] = {"web": build_web, "worker": build_worker, "beat": build_beat}
