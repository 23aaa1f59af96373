"""Parts a stack of scanned pages at its separator sheets: each stretch becomes a file of its own in the vault.

The stack stays as it came, as evidence. What a sheet's code means is decided when the stretches are recorded
(`indexer.findings`), by the rights of whoever handed the stack in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import PurePath
from typing import Final

from archive import intake
from archive.record import Archive
from archive.separators import Sheet, part_stack, read_codes
from archive.vault.errors import VaultError
from archive.vault.writer import StoredBlob
from indexer.extract.types import Document
from indexer.identify import Kind
from render.errors import ToolError
from render.sandbox import SandboxPool

_KINDS: Final = {Kind.PDF: "pdf", Kind.IMAGE: "image"}


@dataclass(frozen=True)
class Part:
    """Pages behind one separator sheet. `code` is empty where no sheet names a record; without `stored` the sheet had
    no pages behind it."""

    code: str = field(repr=False)
    name: str = field(repr=False)
    stored: StoredBlob | None


class Parter:
    """Reads separator sheets in sandboxed children."""

    def __init__(self, children: SandboxPool) -> None:
        self._children = children

    def part(self, archive: Archive, document: Document, name: str) -> tuple[Part, ...]:
        """The parts of a stack, their bytes in the vault; none without separator sheets. `name` is the stack's own.

        Raises ToolError, ToolUnavailableError, VaultFullError; nothing is left in the vault then.
        """
        kind = _KINDS.get(document.identified.kind)
        if kind is None:
            return ()
        stretches = part_stack(list(self._iter_sheets(document, kind)))
        parts: list[Part] = []
        try:
            for stretch in stretches:
                params = {"first": stretch.first, "last": stretch.last}
                stored = None
                if stretch.has_pages:
                    pages = BytesIO(self._children.call(f"{kind}.extract", params, document.file)[1])
                    stored = intake.store(archive, pages)
                parts.append(Part(stretch.code, name_part(name, stretch.first, stretch.last), stored))
        except BaseException:
            for part in parts:
                if part.stored is not None:
                    with suppress(VaultError, OSError):  # what stays is swept as an orphan
                        archive.vault.destroy(part.stored.address)
            raise
        return tuple(parts)

    def _iter_sheets(self, document: Document, kind: str) -> Iterator[Sheet]:
        count = self._children.call(f"{kind}.inspect", {}, document.file)[0].get("pages")
        if not isinstance(count, int) or not 0 < count < 1_000_000:
            raise ToolError("tool_output")
        for number in range(1, count + 1):
            try:
                found, _ = self._children.call("codes.read", {"kind": kind, "page": number}, document.file)
            except ToolError as err:
                if err.outcome != "unreadable":
                    raise
                yield Sheet()  # a page that cannot be drawn is a page like any other
                continue
            texts = found.get("texts")
            if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
                raise ToolError("tool_output")
            yield Sheet(read_codes(texts), is_blank=found.get("blank") is True)


def name_part(name: str, first: int, last: int) -> str:
    """The name of some pages of a file."""
    named = PurePath(name)
    return f"{named.stem} ({first}-{last}){named.suffix}"
