"""Draws pages of stored files in the keyless children of `render`.

Threat: a document that attacks its parser. Guarantee: this process never parses it; the child gets the bytes as a
sealed memory file and answers with bare pixels, so nothing of the document's making reaches a decoder here or in a
browser. Residual risk: swap, see `render.memory_file`.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, cast

from archive.kinds import FileKind, kind_of
from archive.vault.store import Vault
from portal.images import AT_ONCE, Drawing, DrawingFailedError, Size
from render.errors import ToolError, ToolUnavailableError
from render.memory_file import MemoryFile
from render.programs import POSTERS, RENDER
from render.sandbox import Limits, SandboxPool

MAX_PIXELS: Final = 12_000_000
"""A wall-sized plan is drawn smaller than asked for: 36 MB of pixels is what one view may take."""
DOCUMENT_BYTES: Final = 512 * 1024**2
_KEPT_BYTES: Final = 128 * 1024**2
_KEPT_SECONDS: Final = 120.0
_LIMITS: Final = Limits(wall_seconds=20, cpu_seconds=20, output_bytes=3 * MAX_PIXELS + 65536)


@dataclass
class _Opened:
    """A document in memory, the threads that draw from it now, and when it was last wanted."""

    document: MemoryFile
    users: int = 0
    wanted: float = 0.0


class SandboxRenderer:
    """A `portal.images.PageRenderer` over pools of children that are started when first needed; keeps the last
    documents open for their next page."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._pages = SandboxPool(AT_ONCE, RENDER)
        self._posters = SandboxPool(1, POSTERS)
        self._opened: OrderedDict[str, _Opened] = OrderedDict()
        self._lock = threading.Lock()

    def draw(self, address: str, media_type: str, page: int, size: Size) -> Drawing:
        """Pixels of a page. Raises DrawingFailedError, VaultError."""
        pool, op = self._pages, "pdf.render" if media_type == "application/pdf" else "image.render"
        if kind_of(media_type) is FileKind.VIDEO:
            pool, op = self._posters, "poster.render"
        params: dict[str, Any] = {"page": page, "format": "raw", "max_pixels": MAX_PIXELS}
        params |= {"longest": size.longest} if size.longest else {"dpi": size.dpi}
        try:
            with self._open(address) as document:
                answer, pixels = pool.call(op, params, document, limits=_LIMITS)
        except ToolError as err:
            raise DrawingFailedError(reason=err.reason) from err
        except ToolUnavailableError as err:
            raise DrawingFailedError(reason="render_busy") from err
        return _checked(answer, pixels)

    def close(self) -> None:
        """Ends the children and gives the memory back."""
        self._pages.close()
        self._posters.close()
        with self._lock:
            self._drop_unused(keep_bytes=0)

    @contextmanager
    def _open(self, address: str) -> Iterator[MemoryFile]:
        with self._lock:
            opened = self._opened.get(address)
            if opened is not None:
                opened.users += 1
        if opened is None:
            opened = self._load(address)
        try:
            yield opened.document
        finally:
            with self._lock:
                opened.users -= 1
                opened.wanted = time.monotonic()
                self._drop_unused(keep_bytes=_KEPT_BYTES)

    def _load(self, address: str) -> _Opened:
        with self._vault.reader(address) as source:
            document = MemoryFile(cast(BinaryIO, source), limit=DOCUMENT_BYTES)
        with self._lock:
            opened = self._opened.setdefault(address, _Opened(document))
            if opened.document is not document:  # another thread was faster
                document.close()
            opened.users += 1
            self._opened.move_to_end(address)
        return opened

    def _drop_unused(self, *, keep_bytes: int) -> None:
        held = sum(opened.document.size for opened in self._opened.values())
        oldest = time.monotonic() - _KEPT_SECONDS
        for address, opened in list(self._opened.items()):
            if not opened.users and (held > keep_bytes or opened.wanted < oldest):
                held -= opened.document.size
                del self._opened[address]
                opened.document.close()


def _checked(answer: dict[str, Any], pixels: bytes) -> Drawing:
    width, height = answer.get("width"), answer.get("height")
    if not (isinstance(width, int) and isinstance(height, int) and min(width, height) > 0):
        raise DrawingFailedError(reason="tool_output")
    if len(pixels) != 3 * width * height:
        raise DrawingFailedError(reason="tool_output")
    return Drawing(width, height, pixels)
