"""An uploaded table on its way into an import: from the vault into a child, and its rows back into the vault."""

from __future__ import annotations

from typing import BinaryIO, Final, cast

from archive.access.actor import Actor
from archive.catalogue_import import drafts
from archive.catalogue_import.tables import Table
from archive.errors import InvalidError
from archive.record import Archive
from portal.request import IncomingFile
from render.errors import ToolError, ToolUnavailableError
from render.memory_file import MemoryFile
from render.sheets import read_sheets

TABLE_BYTES: Final = 128 * 1024**2
SAID: Final = frozenset({"encrypted", "table_empty", "table_not_read", "table_too_large", "table_too_wide"})


def receive(archive: Archive, actor: Actor, incoming: IncomingFile | None, *, name: str, source: str) -> str:
    """The id of the import that the uploaded table begins. The file itself is not kept. Raises InvalidError."""
    if incoming is None:
        raise InvalidError(details={"file": "no_files"})
    if incoming.refusal:
        raise InvalidError(details={"file": incoming.refusal})
    if not source.strip():
        raise InvalidError(details={"source": "required"})
    stored = incoming.keep()
    try:
        with archive.vault.reader(stored.address) as plain:
            tables = read_tables(cast(BinaryIO, plain))
    finally:
        incoming.give_back()  # the request destroys it at its end: from here on the rows are what counts
    return drafts.begin(archive, actor, tables, name=name, source=source)


def read_tables(source: BinaryIO) -> list[Table]:
    """The sheets of a table. Raises InvalidError for what is none."""
    try:
        with MemoryFile(source, limit=TABLE_BYTES) as document:
            return [Table(sheet.name, sheet.rows, sheet.broken) for sheet in read_sheets(document)]
    except ToolError as err:
        # Other sentences say that the file is kept or quarantined; a table is neither.
        said = err.reason if err.reason in SAID else "table_not_read"
        raise InvalidError(details={"file": "table_too_large" if err.reason == "too_large" else said}) from err
    except ToolUnavailableError as err:
        raise InvalidError(details={"file": "tool_unavailable"}) from err
