"""Recordings: how long they last, their picture, and the words that their container carries (MediaInfo).

What is said in a recording is not read here; see `indexer.extract.speech`.
"""

from __future__ import annotations

import io
import wave
from typing import Any

from pymediainfo import MediaInfo

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.letters import mend

Result = tuple[dict[str, Any], bytes]
_WORDS = (
    *(
        "title",
        "movie_name",
        "track_name",
        "collection",
        "part",
        "album",
        "performer",
        "composer",
        "director",
        "lyrics",
    ),
    *("description", "synopsis", "comment", "summary", "subject", "keywords", "recorded_location", "copyright"),
)
_MOST_WORDS = 20_000
_AMR_HEADS = {b"#!AMR\n": (12, 13, 15, 17, 19, 20, 26, 31, 5), b"#!AMR-WB\n": (17, 23, 32, 36, 40, 46, 50, 58, 60, 5)}
_AMR_SECONDS = 0.02
_LONGEST_AMR = 64 * 1024**2


def prepare() -> None:
    """Loads the library by reading a silent recording."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(16000))
    MediaInfo.parse(io.BytesIO(buffer.getvalue()))


def _inspect(_: dict[str, Any], source: Source) -> Result:
    """seconds (None when unknown), width and height of the picture (0 for sound), words. Raises OpError `damaged`."""
    with source.open() as file:
        tracks = [track.to_data() for track in MediaInfo.parse(file).tracks]
        whole = next((track for track in tracks if track["track_type"] == "General"), {})
        streams = [track for track in tracks if track["track_type"] in ("Audio", "Video")]
        if not streams:
            raise OpError("damaged")
        picture = next((track for track in streams if track["track_type"] == "Video"), {})
        times = [float(track["duration"]) / 1000 for track in (whole, *streams) if track.get("duration")]
        seconds = max(times) if times else _measure_amr(file)
    words = dict.fromkeys(str(whole[name]).strip() for name in _WORDS if whole.get(name))
    text = "\n".join(mend(list(words), "latin-1"))[:_MOST_WORDS]
    size = (int(picture.get("width") or 0), int(picture.get("height") or 0))
    return {"seconds": seconds, "width": size[0], "height": size[1], "words": text}, b""


OPS = {"media.inspect": _inspect}


def _measure_amr(file: io.BufferedIOBase | Any) -> float | None:
    """Seconds of a recording of a telephone (RFC 4867, clause 5), which states no length: frames of 20 ms each."""
    file.seek(0)
    data = file.read(_LONGEST_AMR)
    head, sizes = next(((head, sizes) for head, sizes in _AMR_HEADS.items() if data.startswith(head)), (b"", ()))
    if not sizes:
        return None
    at, frames = len(head), 0
    while at < len(data):
        kind = data[at] >> 3 & 0xF
        at += 1 + (sizes[kind] if kind < len(sizes) else 0)
        frames += 1
    return round(frames * _AMR_SECONDS, 2)
