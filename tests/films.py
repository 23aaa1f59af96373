"""Films made for tests."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

WIDTH, HEIGHT, FRAMES = 320, 180, 40
DARK = 8
"""So many frames at the beginning show nothing."""


def write_film(path: Path, *, codec: str = "mp4v") -> bytes:
    """Four seconds: dark, then a blue field with a white square; the ending of `path` chooses the container."""
    film = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), FRAMES / 4, (WIDTH, HEIGHT))
    for number in range(FRAMES):
        frame = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
        if number >= DARK:
            frame[:] = (200, 40, 20)
            frame[40:140, 100:200] = 255
        film.write(frame)
    film.release()
    return path.read_bytes()
