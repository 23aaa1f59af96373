"""Client of Apache Tika servers: one document in, XHTML and metadata out.

Refuses to wait for ever, to read more than was agreed, and to take silence for an answer: text that Tika cut off, an
encrypted or damaged document, and a server that died over a document are told apart. Embedded documents are not read
(containers are ours to unpack), no file name is sent (servers log what they get), and what comes back is foreign text.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import httpx

from render.errors import ToolError, ToolUnavailableError
from render.memory_file import MemoryFile

_RETRIES = 3
_BUSY = (429, 502, 503, 504)
_PAUSE_SECONDS = 0.5
# The second name is all that tells of a broken part inside a package: the answer is else that of a short document.
_EXCEPTIONS = ("X-TIKA:EXCEPTION:container_exception", "X-TIKA:EXCEPTION:warn")
# XHTML spends up to some ten characters on a cell of one; a megabyte is left for metadata.
_ANSWER_FACTOR, _ANSWER_EXTRA = 24, 1024**2


class ParserUnavailableError(ToolUnavailableError):
    """No Tika server answers; the document can be read later."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """Body as XHTML, metadata (name → value or values), whether the text was cut at the limit or parsing broke off.

    A document that broke off may still have given some text.
    """

    xhtml: str
    metadata: dict[str, object]
    is_cut: bool
    is_damaged: bool

    def find(self, name: str) -> str | None:
        """The first value of metadata `name`."""
        value = self.metadata.get(name)
        value = value[0] if isinstance(value, list) and value else value
        return value if isinstance(value, str) and value.strip() else None


class TikaClient:
    """Several servers used in turn; safe for threads, and for a fork before first use.

    A document may take `deadline_seconds`; for servers that are down or restarting it waits `patience_seconds`.
    """

    def __init__(
        self, urls: Sequence[str], *, write_limit: int, deadline_seconds: float = 150.0, patience_seconds: float = 30.0
    ) -> None:
        if not urls:
            raise ValueError("a Tika client needs at least one server")
        self._write_limit = write_limit
        self._http = httpx.Client(timeout=httpx.Timeout(deadline_seconds, connect=5.0), trust_env=False)
        self._deadline = deadline_seconds
        self._patience = patience_seconds
        self._urls = tuple(url.rstrip("/") for url in urls)
        self._next = 0
        self._lock = threading.Lock()

    def parse(self, file: MemoryFile, media_type: str) -> Parsed:
        """Text of `file` as XHTML.

        Raises ToolError `encrypted`, `damaged`, `tool_timeout`, `tool_crashed` (three servers or starts died over it)
        or `tool_output`; ParserUnavailableError when no server can be reached.
        """
        deaths = 0
        give_up = time.monotonic() + self._patience
        while True:
            try:
                return self._ask(self._turn(), file, media_type)
            except httpx.ReadTimeout as err:
                raise ToolError("tool_timeout") from err
            except (httpx.ConnectError, httpx.ConnectTimeout, _BusyError) as err:
                # Down or restarting, perhaps because of another document: nothing is known about this one.
                if time.monotonic() > give_up:
                    raise ParserUnavailableError("no Tika server answers") from err
            except httpx.TransportError as err:
                # The connection broke while this document was being parsed.
                deaths += 1
                give_up = time.monotonic() + self._patience
                if deaths >= _RETRIES:
                    raise ToolError("tool_crashed") from err
            time.sleep(_PAUSE_SECONDS)

    def _turn(self) -> str:
        with self._lock:
            self._next = (self._next + 1) % len(self._urls)
            return self._urls[self._next]

    def _ask(self, url: str, file: MemoryFile, media_type: str) -> Parsed:
        headers = {
            "Accept": "application/json",
            "Content-Type": media_type,
            "Content-Length": str(file.size),
            "X-Tika-Skip-Embedded": "true",
            "writeLimit": str(self._write_limit),
        }
        limit = self._write_limit * _ANSWER_FACTOR + _ANSWER_EXTRA
        until = time.monotonic() + self._deadline
        with self._http.stream("PUT", f"{url}/rmeta/xhtml", content=file.blocks(), headers=headers) as answer:
            if answer.status_code in _BUSY:
                raise _BusyError
            body = bytearray()
            for block in answer.iter_bytes():
                body += block
                if len(body) > limit:
                    raise ToolError("tool_output")
                if time.monotonic() > until:
                    raise ToolError("tool_timeout")
        if answer.status_code != httpx.codes.OK:
            raise ToolError("damaged" if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY else "tool_failed")
        return _read_answer(bytes(body))

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


class _BusyError(Exception):
    """The server is there and takes no work now."""


def _read_answer(body: bytes) -> Parsed:
    try:
        found = json.loads(body)[0]
        exception = "".join(str(found.get(name, "")) for name in _EXCEPTIONS)
        is_cut = found.get("X-TIKA:EXCEPTION:write_limit_reached") == "true"
        xhtml = str(found.pop("X-TIKA:content", ""))
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as err:
        raise ToolError("tool_output") from err
    if found.get("X-TIKA:encrypted") == "true" or "EncryptedDocumentException" in exception:
        raise ToolError("encrypted")
    return Parsed(xhtml=xhtml, metadata=found, is_cut=is_cut, is_damaged=bool(exception) and not is_cut)
