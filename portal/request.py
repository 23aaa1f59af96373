"""The request class: file parts of a form are encrypted into the vault while they arrive. And ids in paths.

Threat: an upload resting in the clear in a temporary folder, or filling memory. Guarantee: a part is nowhere but in the
vault writer (one chunk of 64 KiB at a time); what no view kept is destroyed when the request ends. A part for somebody
who may not upload is refused before its first byte. Residual risk: the socket buffers of the machine.
"""

from __future__ import annotations

import io
from contextlib import suppress
from typing import IO, Any, Final

from flask import Flask, Request
from werkzeug.routing import BaseConverter

from archive.access import gate
from archive.access.actions import Action
from archive.record import Archive
from archive.vault.errors import VaultError, VaultFullError
from archive.vault.writer import StoredBlob
from portal import context

ENVELOPE_BYTES: Final = 2 * 1024 * 1024
"""What boundaries, headers and fields of an upload may take beside its files."""
BODY_BYTES: Final = 1024 * 1024
"""What any other request may have."""
PIECE_BYTES: Final = 32 * 1024 * 1024
"""What one piece of a resumable upload may have."""
PIECE_ENDPOINT: Final = "resumable.append"
UPLOAD_ENDPOINTS: Final = frozenset({"api.create_item", "attach.receive", "imports.receive", "upload.send"})


class IncomingFile(io.RawIOBase):
    """One file part on its way into the vault.

    The form parser writes it and then calls `seek(0)`; from then on `stored` or `refusal` (a code of `archive.reasons`)
    is set. A refused part is still swallowed to its end, so that the other files of the form get through.
    """

    def __init__(self, archive: Archive) -> None:
        super().__init__()
        self._archive = archive
        self._limit = archive.config.max_upload_bytes
        self._writer = archive.vault.writer()
        self._blob: StoredBlob | None = None
        self._is_kept = False
        self.size = 0
        self.refusal = ""

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, data: Any, /) -> int:
        """Encrypts and stores a piece."""
        self.size += len(data)
        if not self.refusal and self.size > self._limit:
            self._refuse("over_limit")
        if not self.refusal:
            try:
                self._writer.write(data)
            except VaultFullError:
                self._refuse("disk_full")
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:  # noqa: ARG002 - only ever (0)
        """The parser's sign that the part is complete."""
        if not self.refusal and self._blob is None:
            if self.size == 0:
                self._refuse("empty_file")
            else:
                self._finish()
        return 0

    def keep(self) -> StoredBlob:
        """The stored bytes; the caller now answers for them. Raises ValueError when the part was refused."""
        if self._blob is None:
            raise ValueError(self.refusal or "the part is not complete")
        self._is_kept = True
        return self._blob

    def give_back(self) -> None:
        """Undoes `keep`, when the record that should have named the bytes was not written."""
        self._is_kept = False

    def close(self) -> None:
        """Drops an unfinished part and destroys a finished one that nobody kept."""
        if not self.closed:
            self._writer.abort()
            if self._blob is not None and not self._is_kept:
                with suppress(VaultError):  # swept later
                    self._archive.vault.destroy(self._blob.address)
        super().close()

    def _finish(self) -> None:
        try:
            self._blob = self._writer.finish()
        except VaultFullError:
            self._refuse("disk_full")

    def _refuse(self, reason: str) -> None:
        self.refusal = reason
        self._writer.abort()


class PortalRequest(Request):
    """Flask's request with streaming encryption of file parts. UPLOAD_ENDPOINTS alone may carry large bodies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._incoming: list[IncomingFile] = []

    @property
    def max_content_length(self) -> int | None:
        """Large only where files are taken in."""
        if self.endpoint == PIECE_ENDPOINT:
            return PIECE_BYTES
        if self.endpoint not in UPLOAD_ENDPOINTS:
            return BODY_BYTES
        return context.get_archive().config.max_upload_bytes + ENVELOPE_BYTES

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:  # noqa: ARG002
        raise AttributeError("the limit follows from the endpoint")

    def _get_file_stream(
        self,
        total_content_length: int | None,  # noqa: ARG002
        content_type: str | None,  # noqa: ARG002
        filename: str | None = None,  # noqa: ARG002
        content_length: int | None = None,  # noqa: ARG002
    ) -> IO[bytes]:
        gate.require(context.get_actor(), Action.UPLOAD_USE)
        incoming = IncomingFile(context.get_archive())
        self._incoming.append(incoming)
        return incoming  # type: ignore[return-value] # what the form parser needs of a file: write, seek, close

    def close(self) -> None:
        """Ends every part, also those of a form that broke off before its end."""
        for incoming in self._incoming:
            incoming.close()
        super().close()


class IdConverter(BaseConverter):
    """`<id:name>` in a path: an identifier as `archive.models.new_id` makes them, nothing else."""

    regex = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def init_paths(app: Flask) -> None:
    """Registers the converter; before any blueprint that uses it."""
    app.url_map.converters["id"] = IdConverter
