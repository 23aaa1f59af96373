"""Bulk writing: every answer is checked, pressure is answered by smaller requests, trouble has a name.

What size the engine took is remembered: the next request begins there and grows step by step, so that an engine in
want of memory gets what it can take instead of the same large request again and again.

Writes are versioned by the record's revision (`external_gte`): the newest state wins in whatever order writes arrive,
and repeating one is harmless. Only aliases and indices that exist are written to: an index that the engine would make
by itself has no mappings.
"""

from __future__ import annotations

import json
import logging
import random
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, TransportError

from config import Config
from mappings.aliases import Kind

MAX_BYTES: Final = 4 << 20
MAX_OPERATIONS: Final = 2000
PATIENCE: Final = 6
"""Times that a busy engine is asked again, waiting longer each time: about half a minute in all."""
_FIRST_WAIT = 0.25
_LARGE: Final = 1 << 20
"""An entry of more bytes than these, sent alone and not taken, may be too much for the engine whatever else it does."""
_GROWTH = 64 << 10  # bytes that the next request may have more after one that was taken
_BUSY = frozenset({429, 502, 503, 504})
_PROBLEMS = {
    "cluster_block_exception": "index_blocked",
    "index_not_found_exception": "index_missing",
    "es_rejected_execution_exception": "index_busy",
    "circuit_breaking_exception": "index_busy",
    "unavailable_shards_exception": "index_busy",
}

log = logging.getLogger(__name__)


class IndexUnavailableError(Exception):
    """The engine takes nothing just now; what was not written must be written later. `code`: `archive.reasons`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Operation:
    """One write or, without a source, one removal. `item_id` is the record it belongs to."""

    item_id: str
    kind: Kind
    id: str
    version: int
    source: Mapping[str, Any] | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Line:
    item_id: str
    data: bytes = field(repr=False)


def connect(config: Config) -> Elasticsearch:
    """A client for writing. It does not retry by itself: `BulkWriter` knows better what is worth it."""
    context = ssl.create_default_context(cafile=config.elasticsearch_ca) if config.elasticsearch_ca else None
    return Elasticsearch(
        config.elasticsearch_url or "http://127.0.0.1:1",
        basic_auth=(config.elasticsearch_user, config.elasticsearch_password),
        ssl_context=context,
        request_timeout=60,
        max_retries=0,
    )


class BulkWriter:
    """Writes operations to the aliases named for each kind or, while an index is built, to indices."""

    def __init__(self, client: Elasticsearch, targets: Mapping[Kind, str], *, is_alias: bool = True) -> None:
        self._client = client
        self._targets = targets
        self._is_alias = is_alias
        self._room = MAX_BYTES

    def write(self, operations: Iterable[Operation]) -> dict[str, str]:
        """Writes everything that the engine takes. Returns item id → code for records of which something was refused.

        Raises IndexUnavailableError when the engine does not answer, stays busy, is blocked or has no such index; a
        large entry alone that it stays too busy for holds no other back.
        """
        refused: dict[str, str] = {}
        for chunk in self._iter_chunks(self._render(operation) for operation in operations):
            self._send(chunk, refused)
        return refused

    def _render(self, operation: Operation) -> _Line:
        action = "index" if operation.source is not None else "delete"
        head = {
            "_index": self._targets[operation.kind],
            "_id": operation.id,
            "version": operation.version,
            "version_type": "external_gte",
        }
        lines = [{action: head}] if operation.source is None else [{action: head}, operation.source]
        data = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
        return _Line(operation.item_id, data.encode())

    def _send(self, lines: list[_Line], refused: dict[str, str]) -> None:
        """Sends a chunk; what the engine was too busy for goes again, in halves."""
        waiting, patience = [lines], 0
        while waiting:
            part = waiting.pop()
            left = self._try(part, refused)
            patience = patience + 1 if len(left) == len(part) else 0
            self._learn(part, left)
            if patience > PATIENCE:
                if len(part) > 1 or len(part[0].data) < _LARGE:
                    raise IndexUnavailableError("index_busy")
                log.warning("item %s presses the search engine", part[0].item_id)
                refused[part[0].item_id], patience = "index_busy", 0
            elif left:
                time.sleep(_FIRST_WAIT * 2**patience * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load only
                half = (len(left) + 1) // 2
                waiting += filter(None, (left[half:], left[:half]))

    def _learn(self, sent: list[_Line], left: list[_Line]) -> None:
        """How large the next request may be."""
        if not left:
            self._room = min(MAX_BYTES, self._room + _GROWTH)
        elif len(left) == len(sent):
            self._room = max(1, sum(len(line.data) for line in sent) // 2)

    def _iter_chunks(self, lines: Iterable[_Line]) -> Iterator[list[_Line]]:
        chunk: list[_Line] = []
        size = 0
        for line in lines:
            if chunk and (size + len(line.data) > self._room or len(chunk) >= MAX_OPERATIONS):
                yield chunk
                chunk, size = [], 0
            chunk.append(line)
            size += len(line.data)
        if chunk:
            yield chunk

    def _try(self, lines: list[_Line], refused: dict[str, str]) -> list[_Line]:
        """Sends once. Returns the lines that a busy engine did not take."""
        bodies: Any = [line.data for line in lines]  # the client takes lines ready-made; its type does not say so
        try:
            answer = self._client.bulk(operations=bodies, require_alias=self._is_alias)
        except TransportError as err:
            raise IndexUnavailableError("index_unreachable") from err
        except ApiError as err:
            return _refused_whole(err, lines, refused)
        if not answer["errors"]:
            return []
        results = (next(iter(result.values())) for result in answer["items"])
        return [line for line, result in zip(lines, results, strict=True) if _is_to_repeat(line, result, refused)]


def _refused_whole(err: ApiError, lines: list[_Line], refused: dict[str, str]) -> list[_Line]:
    if err.meta.status == 413 and len(lines) == 1:
        log.error("item %s is larger than the search engine takes", lines[0].item_id)
        refused[lines[0].item_id] = "index_rejected"
        return []
    if err.meta.status in (413, *_BUSY):
        return lines
    raise IndexUnavailableError(problem_of(err)) from err


def problem_of(err: ApiError) -> str:
    """The code of `archive.reasons` for an answer that is about the engine, not about a document."""
    return _PROBLEMS.get(err.error, "index_busy" if err.meta.status in _BUSY else "index_unreachable")


def _is_to_repeat(line: _Line, result: Mapping[str, Any], refused: dict[str, str]) -> bool:
    """Whether a busy engine left this line. Raises IndexUnavailableError; notes what is wrong with the line itself."""
    status, problem = result["status"], result.get("error", {}).get("type", "")
    if status < 300 or status == 409 or (status == 404 and not problem):
        return False  # done; or a newer state is there already; or what was to be removed is not there
    code = _PROBLEMS.get(problem, "index_busy" if status in _BUSY else "index_rejected")
    if code == "index_busy":
        return True
    if code != "index_rejected":
        raise IndexUnavailableError(code)
    log.error("item %s was refused by the search engine: %s", line.item_id, problem)
    refused[line.item_id] = code
    return False
