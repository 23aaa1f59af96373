"""Client of clamd: the bytes of one file in, one verdict out.

Protocol: clamd(8), commands VERSION and INSTREAM with the `z` prefix (answers end with NUL); chunks carry their length
as four bytes in network order, length 0 ends the stream. Bytes go out, never a name or a path, so that clamd needs no
right to any folder and its log learns nothing. What comes back is a foreign program's word: anything unknown counts as
no verdict.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final
from urllib.parse import urlsplit

from render import eicar
from render.errors import ToolError, ToolUnavailableError
from render.memory_file import MemoryFile

_ANSWER_BYTES: Final = 4096
_VERSION_BYTES: Final = 100
_CONNECT_SECONDS: Final = 5.0
_VERSION_SECONDS: Final = 60.0
"""How long a version of the signatures is believed; one too old only means a second look at the file later."""


class ScannerUnavailableError(ToolUnavailableError):
    """No verdict can be had now; the file can be scanned later."""

    code: ClassVar[str] = "scanner_unavailable"


class Finding(StrEnum):
    """What the scanner says of a file."""

    CLEAN = "clean"
    INFECTED = "infected"
    TOO_LARGE = "too_large"  # above clamd's StreamMaxLength: it saw only a part


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A finding, the signature that fits (empty when clean) and the version of engine and signatures that judged."""

    finding: Finding
    signature: str
    version: str

    def find_refusal(self, *, is_required: bool) -> str:
        """Why nobody may open the file, as a code; empty when it may be. `is_required`: unknown counts as refused."""
        if self.finding is Finding.INFECTED:
            return "virus"
        return "too_large_to_scan" if self.finding is Finding.TOO_LARGE and is_required else ""


class Scanner:
    """One clamd by its address, `unix:/run/clamav/clamd.ctl` or `tcp://host:3310`; safe for a fork at any time.

    Raises ValueError for an address of another form.
    """

    def __init__(self, address: str, *, deadline_seconds: float = 300.0) -> None:
        parts = urlsplit(address)
        if parts.scheme == "unix" and parts.path:
            self._place: str | tuple[str, int] = parts.path
        elif parts.scheme == "tcp" and parts.hostname and parts.port:
            self._place = (parts.hostname, parts.port)
        else:
            raise ValueError("unix:/path or tcp://host:port")
        self._deadline = deadline_seconds
        self._version, self._version_until = "", 0.0

    def version(self) -> str:
        """Engine and signatures as clamd names them. Raises ScannerUnavailableError."""
        if time.monotonic() > self._version_until:
            with self._connection() as connection:
                connection.sendall(b"zVERSION\0")
                answer = _receive(connection)
            if not answer.startswith("ClamAV"):
                raise ScannerUnavailableError("clamd does not say its version")
            self._version, self._version_until = answer[:_VERSION_BYTES], time.monotonic() + _VERSION_SECONDS
        return self._version

    def scan(self, blocks: Iterable[bytes]) -> Verdict:
        """The verdict on the bytes, handed over in blocks of at most some MB. Raises ScannerUnavailableError."""
        version = self.version()  # asked first: signatures that arrive meanwhile must not count as used
        with self._connection() as connection:
            # clamd answers early and hangs up when it has seen enough; its answer is there all the same.
            with suppress(BrokenPipeError, ConnectionResetError):
                connection.sendall(b"zINSTREAM\0")
                for block in blocks:
                    connection.sendall(struct.pack("!I", len(block)) + block)
                connection.sendall(struct.pack("!I", 0))
            answer = _receive(connection)
        return _parse(answer, version)

    def _connection(self) -> closing[socket.socket]:
        is_local = isinstance(self._place, str)
        connection = socket.socket(socket.AF_UNIX if is_local else socket.AF_INET)
        connection.settimeout(_CONNECT_SECONDS)
        try:
            connection.connect(self._place)
        except OSError as err:
            connection.close()
            raise ScannerUnavailableError("clamd does not answer") from err
        connection.settimeout(self._deadline)
        return closing(connection)


def _receive(connection: socket.socket) -> str:
    answer = b""
    try:
        while not answer.endswith(b"\0") and len(answer) < _ANSWER_BYTES:
            block = connection.recv(_ANSWER_BYTES)
            if not block:
                break
            answer += block
    except OSError as err:
        raise ScannerUnavailableError("clamd does not answer") from err
    return "".join(char if char.isprintable() else " " for char in answer.decode("ascii", "replace")).strip()


def _parse(answer: str, version: str) -> Verdict:
    if answer == "stream: OK":
        return Verdict(finding=Finding.CLEAN, signature="", version=version)
    if answer.startswith("stream: ") and answer.endswith(" FOUND"):
        signature = answer.removeprefix("stream: ").removesuffix(" FOUND")
        return Verdict(finding=Finding.INFECTED, signature=signature[:100], version=version)
    if "size limit exceeded" in answer:
        return Verdict(finding=Finding.TOO_LARGE, signature="", version=version)
    raise ScannerUnavailableError("clamd gives no verdict")


def require_clean(document: MemoryFile, scanner: Scanner | None, *, is_required: bool) -> None:
    """Asks before anything parses the bytes. The test string is known without a scanner.

    Raises ToolError `virus`, `too_large_to_scan`; ScannerUnavailableError where a verdict is required.
    """
    refusal = "virus" if eicar.matches(document) else ""
    if scanner is not None and not refusal:
        try:
            refusal = scanner.scan(document.blocks()).find_refusal(is_required=is_required)
        except ScannerUnavailableError:
            if is_required:
                raise
    if refusal:
        raise ToolError(refusal, "quarantined")
