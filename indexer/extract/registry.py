"""All extractors in one tuple, and the choice between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from indexer.extract.closed import ClosedExtractor
from indexer.extract.drawing import DxfExtractor
from indexer.extract.image import ImageExtractor
from indexer.extract.media import MediaExtractor
from indexer.extract.office import OfficeExtractor
from indexer.extract.paged import OfdExtractor, PdfExtractor
from indexer.extract.speech import SpeechExtractor
from indexer.extract.text import TextExtractor
from indexer.extract.types import Document, Extractor
from indexer.identify import Identified, identify
from indexer.tools.tika import TikaClient
from render.memory_file import MemoryFile
from render.sandbox import SandboxPool


def build_extractors(
    *, render: SandboxPool, formats: SandboxPool, speech: SandboxPool | None, tika: TikaClient
) -> tuple[Extractor, ...]:
    """Every extractor there is; the order does not matter, bids decide. Without `speech` nothing is transcribed."""
    return (
        PdfExtractor(render),
        OfdExtractor(formats),
        DxfExtractor(formats),
        MediaExtractor(formats),
        *((SpeechExtractor(formats, speech),) if speech is not None else ()),
        ImageExtractor(render),
        OfficeExtractor(tika, render),
        TextExtractor(),
        ClosedExtractor(),
    )


def choose_extractor(extractors: Sequence[Extractor], identified: Identified) -> Extractor:
    """The highest bidder."""
    return max(extractors, key=lambda extractor: extractor.bid(identified))


def open_document(source: BinaryIO | bytes, name: str) -> Document:
    """`source` in memory, identified. Close `document.file` after use. Raises ToolError `too_large`."""
    file = MemoryFile(source)
    try:
        return Document(file=file, identified=identify(file, name))
    except BaseException:
        file.close()
        raise
