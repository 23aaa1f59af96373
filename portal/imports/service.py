"""An uploaded table on its way into an import: from the vault into a child, and its rows back into the vault."""

from __future__ import annotations

from typing import BinaryIO, Final, cast

from archive.access.actor import Actor
from archive.catalogue_import import drafts
from archive.catalogue_import.tables import Table
from archive.errors import InvalidError
from archive.record import Archive
from config import Config
from portal.request import IncomingFile
from render.clamd import Scanner, ScannerUnavailableError, require_clean
from render.errors import ToolError, ToolUnavailableError
from render.memory_file import MemoryFile
from render.sheets import read_sheets

TABLE_BYTES: Final = 128 * 1024**2
SAID: Final = frozenset({"encrypted", "table_empty", "table_not_read", "table_too_large", "table_too_wide"})
OTHERWISE: Final = {
    "too_large": "table_too_large",
    "too_large_to_scan": "table_too_large_to_scan",
    "virus": "table_infected",
}
"""The other sentences say that the file is kept or quarantined; a table is neither."""


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
            tables = read_tables(archive.config, cast(BinaryIO, plain))
    finally:
        incoming.give_back()  # the request destroys it at its end: from here on the rows are what counts
    return drafts.begin(archive, actor, tables, name=name, source=source)


def read_tables(config: Config, source: BinaryIO) -> list[Table]:
    """The sheets of a table that the virus scanner lets pass. Raises InvalidError for what is none."""
    scanner = Scanner(config.scanner_address) if config.scanner != "off" else None
    try:
        with MemoryFile(source, limit=TABLE_BYTES) as document:
            require_clean(document, scanner, is_required=config.scanner == "required")
            return [Table(sheet.name, sheet.rows, sheet.broken) for sheet in read_sheets(document)]
    except ToolError as err:
        said = err.reason if err.reason in SAID else OTHERWISE.get(err.reason, "table_not_read")
        raise InvalidError(details={"file": said}) from err
    except ScannerUnavailableError as err:
        raise InvalidError(details={"file": "table_not_scanned"}) from err
    except ToolUnavailableError as err:
        raise InvalidError(details={"file": "tool_unavailable"}) from err
