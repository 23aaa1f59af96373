"""The order of files that lie in each other: a container, then what is inside it, then its next neighbour."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from archive.models import File


def iter_tree(files: Iterable[File], inside: str | None = None) -> Iterator[File]:
    """The files among these that lie in the file `inside`, however deep; without one all, from those handed in."""
    below: dict[str | None, list[File]] = defaultdict(list)
    for file in sorted(files, key=lambda one: one.position, reverse=True):
        below[file.parent_id].append(file)
    waiting = list(below[inside])
    while waiting:
        file = waiting.pop()
        yield file
        waiting += below[file.id]
