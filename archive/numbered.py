"""Images whose names run in number (001.jpg, 合同_2.tif): which are pages of one paper, and in what order. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

IMAGE_ENDINGS: Final = frozenset((".jpg", ".jpeg", ".png", ".tif", ".tiff", ".bmp", ".webp", ".gif", ".jp2"))
ENDING: Final = ".zip"
"""Of the name of a file of pages (`archive.bundle`)."""
_NUMBERED: Final = re.compile(r"(?P<stem>.*?)[\s_.\-]*[(（\[第]?(?P<number>\d{1,9})[页)）\]]?")


@dataclass(frozen=True)
class Run:
    """Images that are pages of one paper: their paths in order, and the path of the file that they become."""

    path: str
    pages: tuple[str, ...]


def find_runs(paths: Iterable[str], root_name: str) -> list[Run]:
    """The runs of two or more images in one folder with one stem. A stem that has a number twice is no run: nobody
    knows which image is the page. Images that are named by numbers alone are named after their folder, at the top after
    `root_name`."""
    known = list(paths)
    groups: dict[tuple[PurePosixPath, str], list[tuple[int, str]]] = {}
    for path in known:
        named = PurePosixPath(path)
        found = _NUMBERED.fullmatch(named.stem)
        if found and named.suffix.lower() in IMAGE_ENDINGS:
            groups.setdefault((named.parent, found["stem"]), []).append((int(found["number"]), path))
    taken, runs = set(known), []
    for (folder, stem), members in groups.items():
        if len({number for number, _ in members}) == len(members) > 1:
            path = _free_path(folder, stem or folder.name or root_name, taken)
            taken.add(path)
            runs.append(Run(path, tuple(member for _, member in sorted(members))))
    return runs


def sort_pages(paths: Collection[str]) -> list[str]:
    """Paths as a person counts them: 2 before 10."""
    return sorted(paths, key=lambda path: [(not part.isdecimal(), int(part) if part.isdecimal() else 0, part)
                                           for part in re.split(r"(\d+)", path)])  # fmt: skip


def is_broken(names: Sequence[str]) -> bool:
    """Whether numbers are lacking between the first and the last of these pages."""
    numbers = set(_iter_numbers(names))
    return bool(numbers) and max(numbers) - min(numbers) + 1 > len(numbers)


def _iter_numbers(names: Sequence[str]) -> Iterator[int]:
    for name in names:
        found = _NUMBERED.fullmatch(PurePosixPath(name).stem)
        if found:
            yield int(found["number"])


def _free_path(folder: PurePosixPath, stem: str, taken: Collection[str]) -> str:
    number, path = 1, str(folder / f"{stem}{ENDING}")
    while path in taken:
        number += 1
        path = str(folder / f"{stem} ({number}){ENDING}")
    return path
