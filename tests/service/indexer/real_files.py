"""Real files that are not ours to carry: a folder beside the project, where somebody has put it."""

from __future__ import annotations

from pathlib import Path

import pytest

_FOLDER = Path(__file__).resolve().parents[4] / "shared" / "documents"


def read_real(path: str) -> bytes:
    """A file by its path in that folder; skips the test where it is not there."""
    if not (_FOLDER / path).exists():
        pytest.skip("the collection of real documents is not here")
    return (_FOLDER / path).read_bytes()
