"""Uploads that survive a broken connection: tus 1.0.0 (tus.io/protocols/resumable-upload), core, creation, expiration
and termination, for signed-in people. A complete upload becomes a file by the upload form, which names it.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Final

from flask import Blueprint, Response, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ClientDisconnected, HTTPException
from werkzeug.http import http_date

from archive import uploads
from archive.access.actions import Action
from archive.intake import CHUNK
from archive.models import Upload
from portal import context
from portal.edge import needs
from portal.errors import BadRequestError

VERSION: Final = "1.0.0"
PIECE_TYPE: Final = "application/offset+octet-stream"
_ID: Final = "/upload/files/<id:upload_id>"

blueprint = Blueprint("resumable", __name__)


class OtherVersionError(HTTPException):
    """The client speaks another version of the protocol."""

    code = 412


@blueprint.post("/upload/files")
@needs(Action.UPLOAD_USE)
def create() -> ResponseReturnValue:
    """A new upload of the announced size."""
    _require_version()
    archive = context.get_archive()
    with archive.database.writing() as session:
        size = _read_number("Upload-Length")
        upload = uploads.begin(session, archive, context.get_actor(), name=_read_name(), size=size)
        return _answer(upload, 201, Location=url_for("resumable.head", upload_id=upload.id))


@blueprint.route(_ID, methods=["HEAD"])
@needs(Action.UPLOAD_USE)
def head(upload_id: str) -> ResponseReturnValue:
    """How much has arrived."""
    _require_version()
    with context.get_archive().database.reading() as session:
        return _answer(uploads.get_upload(session, context.get_actor(), upload_id), 200)


@blueprint.patch(_ID)
@needs(Action.UPLOAD_USE)
def append(upload_id: str) -> ResponseReturnValue:
    """The next piece."""
    _require_version()
    if request.mimetype != PIECE_TYPE:
        raise BadRequestError(reason="media_type")
    archive, actor = context.get_archive(), context.get_actor()
    uploads.append(archive, actor, upload_id, _read_number("Upload-Offset"), _iter_pieces())
    with archive.database.reading() as session:
        return _answer(uploads.get_upload(session, actor, upload_id), 204)


@blueprint.delete(_ID)
@needs(Action.UPLOAD_USE)
def drop(upload_id: str) -> ResponseReturnValue:
    """Ends an upload; what arrived of it is destroyed."""
    _require_version()
    uploads.drop(context.get_archive(), context.get_actor(), upload_id)
    return Response(status=204, headers={"Tus-Resumable": VERSION})


def _require_version() -> None:
    if request.headers.get("Tus-Resumable") != VERSION:
        raise OtherVersionError


def _read_number(name: str) -> int:
    text = request.headers.get(name, "")
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise BadRequestError(reason="not_a_number")
    return int(text)


def _read_name() -> str:
    """The file name of `Upload-Metadata`: pairs of a key and a value in Base64."""
    pairs = (pair.split() for pair in request.headers.get("Upload-Metadata", "").split(","))
    found = {pair[0]: pair[1] for pair in pairs if len(pair) == 2}
    try:
        return base64.b64decode(found.get("filename", ""), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as err:
        raise BadRequestError(reason="not_text") from err


def _iter_pieces() -> Iterator[bytes]:
    """The body, as far as it comes."""
    try:
        while piece := request.stream.read(CHUNK):
            yield piece
    except (ClientDisconnected, OSError):
        return


def _answer(upload: Upload, status: int, **more: str) -> Response:
    headers = {
        "Tus-Resumable": VERSION,
        "Upload-Offset": str(upload.received),
        "Upload-Length": str(upload.size),
        "Upload-Expires": http_date(upload.touched_at + uploads.LIFE),
    }
    return Response(status=status, headers=headers | more)
