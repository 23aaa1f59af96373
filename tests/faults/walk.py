"""A worker that dies at one point of its work: `python -m tests.faults.walk POINT` on the archive of the environment.

POINT is `<step>:before` or `<step>:after`, the step one of `STEPS`. The process kills itself as the system's memory
killer or a power cut would; it ends by itself only when the point is never reached.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any

from archive.record import Archive
from config import Config
from indexer import indexing, pipeline, stages
from indexer.bulk import BulkWriter
from indexer.pipeline import Pipeline
from indexer.worker import Worker
from tests.indexer_world import drain

_PLACES: dict[str, tuple[Any, str]] = {
    "recognise": (stages, "recognise"),
    "record": (Pipeline, "_record"),
    "join": (Pipeline, "_join"),
    "describe": (indexing, "iter_operations"),
    "bulk": (BulkWriter, "write"),
}
"""Steps that are no stage: where the function stands that is replaced."""
STEPS = (*(stage.__name__ for stage in pipeline.STAGES), *_PLACES)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _dying(function: Callable[..., Any], moment: str) -> Callable[..., Any]:
    @wraps(function)
    def run(*arguments: Any, **options: Any) -> Any:
        if moment == "before":
            _die()
        result = function(*arguments, **options)
        _die()
        return result

    return run


def main(point: str) -> None:
    """Works until the point is reached."""
    step, _, moment = point.partition(":")
    if step in _PLACES:
        place, name = _PLACES[step]
        setattr(place, name, _dying(getattr(place, name), moment))
    else:
        pipeline.STAGES = tuple(_dying(one, moment) if one.__name__ == step else one for one in pipeline.STAGES)
    drain(Worker(Archive.open(Config.load())))


if __name__ == "__main__":
    main(sys.argv[1])
