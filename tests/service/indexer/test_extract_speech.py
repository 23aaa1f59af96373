"""Speech to text through the real child, where this machine has the optional engine and a model."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from config import Config
from indexer.extract.registry import open_document
from indexer.extract.speech import SpeechExtractor
from indexer.extract.types import ExtractedPage
from render import programs
from render.errors import ToolError
from render.sandbox import SandboxPool
from tests.service.indexer.real_files import read_real


@pytest.fixture(scope="module")
def extractor() -> Iterator[SpeechExtractor]:
    model = Config.load().speech_model
    if model is None or find_spec("faster_whisper") is None:
        pytest.skip("no speech model is set up (GUIDANG_SPEECH_MODEL, requirements/speech.in)")
    with SandboxPool(1, programs.FORMATS) as formats, SandboxPool(1, programs.build_speech(model)) as speech:
        yield SpeechExtractor(formats, speech)


def read(extractor: SpeechExtractor, data: bytes, name: str) -> list[ExtractedPage]:
    document = open_document(data, name)
    with document.file:
        return list(extractor.extract(document).pages)


def test_real_speech_becomes_text_after_the_words_of_the_container(extractor: SpeechExtractor) -> None:
    (page,) = read(extractor, read_real("media/sample_10s_video-mp4.mp4"), "a.mp4")
    assert [line.confidence for line in page.lines[:3]] == [None] * 3
    said = " ".join(line.text for line in page.lines[3:])
    assert "Shakespeare" in said
    assert "public domain" in said
    assert all(line.confidence and 0 < line.confidence <= 1 for line in page.lines[3:])


def test_long_recording_is_read_in_stretches(extractor: SpeechExtractor) -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000 * 605))
    pages = read(extractor, buffer.getvalue(), "a.wav")
    assert [(page.number, page.reason) for page in pages] == [(1, ""), (2, "")]


def test_broken_recording_is_damaged(extractor: SpeechExtractor) -> None:
    with pytest.raises(ToolError, match="damaged"):
        read(extractor, b"RIFF\x24\0\0\0WAVEfmt ", "a.wav")
