"""Log lines with ids only: one JSON object a line, one line a request.

Threat: a log that tells what people searched, read or are called. Guarantee: request lines carry endpoint, status,
actor id and request id, never a path or a query; exceptions appear as their class and the places in the code, never
with their message (which may hold values); a filter cuts query strings out of whatever libraries write.
"""

from __future__ import annotations

import json
import logging
import re
import time
import traceback
from datetime import UTC, datetime

from flask import Flask, Response, g, request

from archive.audit import request_id
from portal import context

_QUERY_STRING = re.compile(r"\?[^\s\"']+")
access = logging.getLogger("portal.access")


class IdsOnlyFormatter(logging.Formatter):
    """A record as one JSON object."""

    def format(self, record: logging.LogRecord) -> str:
        """Time, level, logger, message, request id; for errors the class and the frames."""
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _QUERY_STRING.sub("?…", record.getMessage()),
            "request_id": request_id.get(),
        }
        line |= getattr(record, "ids", {})
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = [_describe(error) for error in _chain(record.exc_info[1])]
        return json.dumps(line, ensure_ascii=False)


def _chain(error: BaseException) -> list[BaseException]:
    found = [error]
    while (before := found[-1].__cause__) is not None:
        found.append(before)
    return found


def _describe(error: BaseException) -> dict[str, object]:
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "class": f"{type(error).__module__}.{type(error).__qualname__}",
        "frames": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames],
    }


def configure_logging(level: str) -> None:
    """Sets up the process's log. Called once by the program that serves the application."""
    handler = logging.StreamHandler()
    handler.setFormatter(IdsOnlyFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("elastic_transport", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def init_app(app: Flask) -> None:
    """Writes a line after every request for a page or call."""
    app.after_request(_write)


def _write(response: Response) -> Response:
    if request.endpoint not in ("static", "bootstrap.static"):
        ids = {
            "method": request.method,
            "endpoint": request.endpoint or "",
            "status": response.status_code,
            "actor": context.get_actor().id,
            "milliseconds": round(1000 * (time.monotonic() - g.get("started", time.monotonic()))),
        }
        access.info("request", extra={"ids": ids})
    return response
