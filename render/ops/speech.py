"""What is said in a recording, by a Whisper model (faster-whisper, CTranslate2), one thread.

The parent names the folder of the model among the places of modules. Sound is decoded once for each recording and read
in stretches of ten minutes, which are its pages.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from faster_whisper import WhisperModel, decode_audio

from render.jail.errors import OpError
from render.jail.source import Source

Result = tuple[dict[str, Any], bytes]
STRETCH_SECONDS = 600
_RATE = 16_000
_LONGEST_SECONDS = 6 * 3600
_model: WhisperModel | None = None


def prepare() -> None:
    """Loads the model by listening to half a second of nothing."""
    global _model
    folder = next(place for place in map(Path, sys.path) if (place / "model.bin").is_file())
    _model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)
    _listen(np.zeros(_RATE // 2, np.float32))


@dataclass
class _Sound:
    samples: npt.NDArray[np.float32]

    def close(self) -> None:
        self.samples = np.zeros(0, np.float32)


def _inspect(_: dict[str, Any], source: Source) -> Result:
    """pages: stretches of ten minutes. Raises OpError `damaged`, `too_large` above six hours."""
    return {"pages": max(1, math.ceil(len(_sound(source)) / (STRETCH_SECONDS * _RATE)))}, b""


def _text(params: dict[str, Any], source: Source) -> Result:
    """What is said in stretch `page` (from 1): texts with confidence, 0 to 1, in order."""
    length = STRETCH_SECONDS * _RATE
    start = (params["page"] - 1) * length
    return {"said": _listen(_sound(source)[start : start + length])}, b""


OPS = {"speech.inspect": _inspect, "speech.text": _text}


def _sound(source: Source) -> npt.NDArray[np.float32]:
    kept: _Sound = source.keep("speech", _decode)
    return kept.samples


def _decode(source: Source) -> _Sound:
    try:
        with source.open() as file:
            samples = decode_audio(file, sampling_rate=_RATE)
    except (OSError, ValueError, IndexError, EOFError) as err:
        raise OpError("damaged") from err
    if len(samples) > _LONGEST_SECONDS * _RATE:
        raise OpError("too_large")
    return _Sound(samples)


def _listen(samples: npt.NDArray[np.float32]) -> list[dict[str, Any]]:
    if _model is None or not len(samples):
        return []
    segments, _ = _model.transcribe(samples, beam_size=1, condition_on_previous_text=False)
    return [
        {"text": segment.text.strip(), "confidence": round(math.exp(min(0.0, segment.avg_logprob)), 4)}
        for segment in segments
    ]
