"""One table from error to answer: status, code, sentence. Nothing else in the portal decides what a failure looks like.

People get the sentence of `archive.reasons` in their language and the request id, never the text of an exception. A
refusal is written to the trail in a transaction of its own, after the refused one has ended; hidden and missing things
go through here the same way at the same cost.
"""

from __future__ import annotations

import logging
import sqlite3
from dataclasses import dataclass, field
from typing import ClassVar, Final

import elastic_transport
import elasticsearch
import redis
import sqlalchemy.exc
from flask import Flask, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from archive import audit
from archive.errors import ArchiveError, NotFoundError, NotGrantedError
from archive.vault.errors import VaultFullError
from portal import context, i18n

logger = logging.getLogger(__name__)


class SignInNeededError(ArchiveError):
    """Nobody is signed in, or the token is not valid."""

    code: ClassVar[str] = "sign_in_needed"
    status: ClassVar[int] = 401


class TooManyAttemptsError(ArchiveError):
    """Too many failed sign-ins; `seconds` is the time left to wait."""

    code: ClassVar[str] = "too_many_attempts"
    status: ClassVar[int] = 429

    def __init__(self, seconds: int) -> None:
        super().__init__()
        self.seconds = seconds


class BadRequestError(ArchiveError):
    """A request whose form, not content, is wrong."""

    code: ClassVar[str] = "bad_request"
    status: ClassVar[int] = 400


class RevisionNeededError(ArchiveError):
    """A change without If-Match (RFC 6585, 3)."""

    code: ClassVar[str] = "revision_needed"
    status: ClassVar[int] = 428


class RevisionChangedError(ArchiveError):
    """If-Match names another revision than the current one (RFC 9110, 13.1.1)."""

    code: ClassVar[str] = "conflict"
    status: ClassVar[int] = 412


OUTSIDE: Final[tuple[tuple[type[Exception], int, str], ...]] = (
    (CSRFError, 400, "form_expired"),
    (redis.RedisError, 503, "queue_down"),
    (elastic_transport.TransportError, 503, "search_down"),
    (elasticsearch.ApiError, 503, "search_down"),
    (sqlalchemy.exc.OperationalError, 503, "database_down"),
    (sqlalchemy.exc.InterfaceError, 503, "database_down"),
    (sqlalchemy.exc.TimeoutError, 503, "database_down"),
)
"""Errors of libraries, first match counts."""

HTTP_CODES: Final = {
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "request_too_large",
    414: "request_too_large",
    415: "media_type",
    416: "range",
    431: "request_too_large",
}
"""Errors that the web framework raises, by status; other 4xx are `bad_request`."""


@dataclass(frozen=True)
class Problem:
    """An error as people and programs see it. `fields` maps field to the code of what is wrong with it."""

    status: int
    code: str
    reason: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def message(self) -> str:
        """What happened and what to do, in the reader's language; the reason says more than the code."""
        return i18n.code_words(self.reason if i18n.has_words(self.reason) else self.code)


def init_app(app: Flask) -> None:
    """One handler for everything."""
    app.register_error_handler(Exception, handle)


def describe(error: Exception) -> Problem:
    """The row of the table for an error."""
    if isinstance(error, TooManyAttemptsError):
        return Problem(error.status, error.code, headers={"Retry-After": str(error.seconds)})
    if isinstance(error, SignInNeededError):
        return Problem(error.status, error.code, headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, VaultFullError) or _is_disk_full(error):
        return Problem(507, "disk_full")
    if isinstance(error, ArchiveError):
        code = error.code if i18n.has_words(error.code) else "internal"
        fields = {name: found for name, found in error.details.items() if i18n.has_words(found)}
        return Problem(error.status, code, error.reason, fields if error.status < 500 else {})
    for kind, status, code in OUTSIDE:
        if isinstance(error, kind):
            return Problem(status, code, headers={"Retry-After": "10"} if status == 503 else {})
    if isinstance(error, HTTPException) and error.code and 400 <= error.code < 500:
        headers = {k: v for k, v in error.get_headers() if k in ("Allow", "Content-Range", "Retry-After")}
        return Problem(error.code, HTTP_CODES.get(error.code, "bad_request"), headers=headers)
    return Problem(500, "internal")


def _is_disk_full(error: Exception) -> bool:
    """Whether the database says that its disk is full: SQLite's result code, or SQLSTATE 53100."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL or getattr(cause, "sqlstate", "") == "53100"


def handle(error: Exception) -> ResponseReturnValue:
    """The answer to an error; records refusals, logs what is nobody's intention."""
    cause = getattr(error, "original_exception", None) or error
    problem = describe(cause)
    if problem.status >= 500:
        logger.error("request failed: %s", problem.code, exc_info=cause)
    elif isinstance(cause, NotFoundError | NotGrantedError) and cause.action:
        _record(cause)
    if is_for_programs():
        return jsonify(render(problem)), problem.status, problem.headers
    if problem.status == 401:
        target = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("account.sign_in", next=target))
    return render_template("error.html", problem=problem), problem.status, problem.headers


def is_for_programs() -> bool:
    """Whether the answer is JSON: REST calls, and our own scripts, which ask for it."""
    kinds = request.accept_mimetypes
    return request.path.startswith("/api/") or kinds["application/json"] > kinds["text/html"]


def render(problem: Problem) -> dict[str, object]:
    """The one error shape of the REST interface."""
    body: dict[str, object] = {
        "code": problem.code,
        "message": problem.message(),
        "request_id": audit.request_id.get(),
    }
    if problem.reason:
        body["reason"] = problem.reason
    if problem.fields:
        body["fields"] = {name: i18n.code_words(code) for name, code in problem.fields.items()}
    return {"error": body}


def _record(error: NotFoundError | NotGrantedError) -> None:
    archive = context.get_archive()
    with archive.database.writing() as session:
        audit.record(
            session,
            archive.keys,
            context.get_actor(),
            error.action,
            error.object_type,
            error.object_id,
            verdict=audit.REFUSED,
            reason=error.reason or error.code,
        )
