"""Recordings through the real children."""

from __future__ import annotations

from typing import Any

import pytest

from indexer.extract.media import MediaExtractor
from indexer.extract.registry import open_document
from render.errors import ToolError
from render.memory_file import MemoryFile
from render.sandbox import SandboxPool
from tests.service.indexer.full_papers import build_wave
from tests.service.indexer.real_files import read_real


def inspect(formats: SandboxPool, data: bytes) -> dict[str, Any]:
    with MemoryFile(data) as file:
        return formats.call("media.inspect", {}, file)[0]


def read(formats: SandboxPool, data: bytes, name: str) -> tuple[tuple[str, ...], str]:
    document = open_document(data, name)
    with document.file:
        extraction = MediaExtractor(formats).extract(document)
        (page,) = extraction.pages
    return extraction.warnings, page.text


def test_length_of_sound(formats: SandboxPool) -> None:
    found = inspect(formats, build_wave(2.5))
    assert (found["seconds"], found["width"], found["words"]) == (2.5, 0, "")


def test_telephone_recording_states_no_length_but_has_one(formats: SandboxPool) -> None:
    narrow = b"#!AMR\n" + (b"\x3c" + bytes(31)) * 150
    assert inspect(formats, narrow)["seconds"] == 3.0


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_words_of_the_container_are_text(formats: SandboxPool, encoding: str) -> None:
    data = build_wave(1, INAM="院长办公会录音".encode(encoding), IART="总务处".encode(encoding))
    warnings, text = read(formats, data, "会议.wav")
    assert text.split("\n") == ["院长办公会录音", "总务处"]
    assert warnings == ("media_without_transcript",)


def test_sound_without_words_is_an_empty_page_with_its_length(formats: SandboxPool) -> None:
    document = open_document(build_wave(61.4), "会议.wav")
    with document.file:
        extraction = MediaExtractor(formats).extract(document)
        (page,) = extraction.pages
    assert (extraction.seconds, page.lines, extraction.warnings) == (61, (), ("media_without_transcript",))


@pytest.mark.parametrize(
    "data", [b"RIFF\x24\0\0\0WAVEfmt ", b"\0\0\0\x18ftypisom" + bytes(200), b"\x1aE\xdf\xa3" + b"\xff" * 300]
)
def test_broken_recording_is_damaged(formats: SandboxPool, data: bytes) -> None:
    with pytest.raises(ToolError, match="damaged"):
        read(formats, data, "")


@pytest.mark.parametrize(
    ("name", "seconds", "width", "word"),
    [
        ("sample_10s_video-mp4.mp4", 10, 320, "Shakespeare on Scenery"),
        ("testAMR-WB.amr", 4, 0, ""),
        ("zero_shot_prompt.wav", 3.5, 0, ""),
    ],
)
def test_real_files(formats: SandboxPool, name: str, seconds: float, width: int, word: str) -> None:
    found = inspect(formats, read_real(f"media/{name}"))
    assert found["seconds"] == pytest.approx(seconds, abs=0.1)
    assert found["width"] == width
    assert word in found["words"]
