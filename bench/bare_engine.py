"""The bare recognition engine in processes of its own, one thread each: what the pipeline is measured beside."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.queues import Queue
from pathlib import Path

Task = Path | None
Answer = tuple[Path, str] | None


class BareEngines:
    """Loaded engines that wait for files. `read` may be called again."""

    def __init__(self, tasks: Queue[Task], answers: Queue[Answer]) -> None:
        self._tasks = tasks
        self._answers = answers

    def read(self, files: Sequence[Path]) -> dict[Path, str]:
        """The text of each file, read by whichever engine is free."""
        for file in files:
            self._tasks.put(file)
        found = (self._answers.get() for _ in files)
        return dict(answer for answer in found if answer)


@contextmanager
def started(number: int) -> Iterator[BareEngines]:
    """So many engines, started by exec, their models loaded."""
    context = multiprocessing.get_context("spawn")
    tasks: Queue[Task] = context.Queue()
    answers: Queue[Answer] = context.Queue()
    processes = [context.Process(target=_serve, args=(tasks, answers)) for _ in range(number)]
    for process in processes:
        process.start()
    for _ in processes:
        answers.get()
    try:
        yield BareEngines(tasks, answers)
    finally:
        for _ in processes:
            tasks.put(None)
        for process in processes:
            process.join()


def _serve(tasks: Queue[Task], answers: Queue[Answer]) -> None:
    import cv2
    import numpy as np
    from rapidocr import RapidOCR

    from samples import recall

    cv2.setNumThreads(1)
    engine = RapidOCR(params=recall.PARAMS | {"Global.log_level": "critical"})
    engine(np.full((640, 480, 3), 255, np.uint8))
    answers.put(None)
    while (file := tasks.get()) is not None:
        answers.put((file, recall.read(engine, file)))
