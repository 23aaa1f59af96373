"""The picture by which a film is known: a frame from a little way in that is not all of one colour, drawn like a page.

Decoded by the FFmpeg that comes with OpenCV (LGPL 2.1), in one thread and from memory.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from typing import Any, Final, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from render.jail.errors import OpError
from render.jail.source import Source

Result = tuple[dict[str, Any], bytes]
MAX_PIXELS: Final = 40_000_000
"""Of a frame before it is drawn smaller; films of 8K have 33 million."""
_PLACES: Final = (0.1, 0.3, 0.6, 0.0)
"""Parts of the film that are tried in turn: many begin with darkness or a title."""
_LEAST_CONTRAST: Final = 12.0
"""Standard deviation of the grey levels below which a frame shows nothing."""
_OPENING: Final = [cv2.CAP_PROP_N_THREADS, 1]


class _Stream(io.BufferedIOBase):
    """The document as OpenCV reads it."""

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._file = source.open()

    def read(self, size: int | None = -1, /) -> bytes:
        return self._file.read(-1 if size is None else size)

    def seek(self, place: int, whence: int = 0, /) -> int:
        return self._file.seek(place, whence)

    def close(self) -> None:
        self._file.close()
        super().close()


def prepare() -> None:
    """Loads the decoder by failing to open nothing."""
    cv2.setNumThreads(1)
    cv2.VideoCapture(cast(Any, io.BytesIO(b"\0" * 64)), cv2.CAP_FFMPEG, _OPENING).release()


def _render(params: dict[str, Any], source: Source) -> Result:
    """The frame in bare RGB bytes, never enlarged, with its longest side `longest` pixels where that is given.

    Raises OpError `damaged`, `page_not_found`, `image_too_large` (quarantined).
    """
    if params["page"] != 1:
        raise OpError("page_not_found")
    frame = _find_frame(source)
    height, width = frame.shape[:2]
    scale = min(1.0, (params.get("longest") or max(width, height)) / max(width, height))
    scale = min(scale, math.sqrt(params.get("max_pixels", MAX_PIXELS) / (width * height)))
    size = max(1, int(width * scale)), max(1, int(height * scale))
    drawn = cv2.resize(frame, size, interpolation=cv2.INTER_AREA) if scale < 1 else frame
    return {"width": drawn.shape[1], "height": drawn.shape[0]}, cv2.cvtColor(drawn, cv2.COLOR_BGR2RGB).tobytes()


OPS = {"poster.render": _render}


def _find_frame(source: Source) -> NDArray[np.uint8]:
    best, contrast = None, -1.0
    with _Stream(source) as stream:
        film = cv2.VideoCapture(cast(Any, stream), cv2.CAP_FFMPEG, _OPENING)
        try:
            if film.get(cv2.CAP_PROP_FRAME_WIDTH) * film.get(cv2.CAP_PROP_FRAME_HEIGHT) > MAX_PIXELS:
                raise OpError("image_too_large", "quarantined")
            for frame in _iter_frames(film):
                found = float(np.std(frame[::8, ::8].mean(axis=2)))
                if found > contrast:
                    best, contrast = frame, found
                if contrast >= _LEAST_CONTRAST:
                    break
        except cv2.error as err:
            raise OpError("damaged") from err
        finally:
            film.release()
    if best is None:
        raise OpError("damaged")
    return best


def _iter_frames(film: cv2.VideoCapture) -> Iterator[NDArray[np.uint8]]:
    count = film.get(cv2.CAP_PROP_FRAME_COUNT)
    for place in _PLACES if math.isfinite(count) and count > 1 else (0.0,):
        if film.isOpened():
            film.set(cv2.CAP_PROP_POS_FRAMES, int(count * place))
            is_read, frame = film.read()
            if is_read and frame is not None and frame.ndim == 3:
                yield cast(NDArray[np.uint8], frame)
