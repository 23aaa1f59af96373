"""Files of pages: an ordinary ZIP file to everybody else, whole images to us, the same bytes for the same images."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from zipfile import ZipFile

from archive.bundle import MEDIA_TYPE, Bundle, Leaf
from indexer.identify import Kind, identify
from render.memory_file import MemoryFile

IMAGES = {"合同_1.jpg": b"\xff\xd8\xff" + bytes(3_000_000), "合同_2.jpg": b"second"}


def read() -> bytes:
    @contextmanager
    def opened(data: bytes) -> Iterator[io.BytesIO]:
        yield io.BytesIO(data)

    bundle = Bundle([Leaf(name, lambda data=data: opened(data)) for name, data in IMAGES.items()])  # type: ignore[misc]
    return b"".join(iter(lambda: bundle.read(1000), b""))


def test_the_images_are_in_it_as_they_came() -> None:
    with ZipFile(io.BytesIO(read())) as bundle:
        assert bundle.testzip() is None
        assert {name: bundle.read(name) for name in bundle.namelist()[1:]} == IMAGES


def test_the_same_images_make_the_same_bytes() -> None:
    assert read() == read()


def test_it_is_a_document_of_pages_and_no_container() -> None:
    with MemoryFile(read()) as file:
        found = identify(file, "合同.zip")
    assert (found.media_type, found.kind, found.extension_mismatch) == (MEDIA_TYPE, Kind.IMAGE, False)
