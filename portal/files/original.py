"""Original bytes of a file: whole or a range (RFC 9110, 14), decrypting only the chunks asked for.

The answer is inert in a browser: an attachment of no particular type, with sniffing off and a sandbox around it, so
that an uploaded page of HTML never runs under this address.
"""

from __future__ import annotations

import re
import unicodedata
from typing import IO, cast
from urllib.parse import quote

from flask import Response, request
from werkzeug.wsgi import FileWrapper

from archive.record import Archive
from portal.files.service import OpenedFile

BLOCK = 64 * 1024
_UNSAFE = re.compile(r"[^A-Za-z0-9._ -]")


def send_original(archive: Archive, opened: OpenedFile, name: str) -> Response:
    """The answer with the bytes, or the range asked for. Raises RequestedRangeNotSatisfiable, VaultError."""
    reader = archive.vault.reader(opened.address)
    response = Response(
        FileWrapper(cast(IO[bytes], reader), BLOCK), mimetype="application/octet-stream", direct_passthrough=True
    )
    try:
        response.content_length = reader.size
        response.set_etag(archive.keys.keyed_hash("etag", opened.address.encode()).hex()[:32])
        response.make_conditional(request, accept_ranges=True, complete_length=reader.size)
    except BaseException:
        reader.close()
        raise
    response.headers["Content-Disposition"] = build_disposition(name)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def build_disposition(name: str) -> str:
    """Content-Disposition (RFC 6266) of a download: a plain name for old clients, the real one encoded (RFC 8187)."""
    plain = _UNSAFE.sub("", unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode())
    stem, _, ending = plain.rpartition(".") if "." in plain else (plain, "", "")
    fallback = ".".join(filter(None, (stem.strip(" .") or "file", ending.strip())))
    if fallback == name:
        return f'attachment; filename="{fallback}"'
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"


def asked_range() -> str:
    """The range that the request names, for the trail; empty for the whole file."""
    return request.headers.get("Range", "")[:60]
