"""Addresses of our own and bundled style sheets and scripts, stamped by content so that browsers may keep them."""

from __future__ import annotations

import gzip
import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

YEAR_SECONDS = 31_536_000
PACKED_TYPES = frozenset({"text/css", "text/javascript", "image/svg+xml"})
_packed: dict[str, bytes] = {}
"""Compressed files of this process; as many as there are style sheets and scripts."""


def init_app(app: Flask) -> None:
    """Offers `asset(filename)` to templates and lets stamped addresses be cached."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_serve)


def asset(filename: str, *, bundled: bool = False) -> str:
    """Address of a file below static/, or (bundled) of one in Bootstrap-Flask's folder."""
    endpoint = "bootstrap.static" if bundled else "static"
    owner = current_app.blueprints["bootstrap"] if bundled else current_app
    return url_for(endpoint, filename=filename, v=_stamp(Path(str(owner.static_folder)) / filename))


def _serve(response: Response) -> Response:
    """Stamped files may be kept for ever, and travel compressed; only these, because they hold no secret (BREACH)."""
    if request.endpoint not in ("static", "bootstrap.static") or response.status_code not in (200, 304):
        return response
    if "v" not in request.args:
        response.headers["Cache-Control"] = "no-cache"
        return response
    response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    response.vary.add("Accept-Encoding")
    if response.status_code == 200 and response.mimetype in PACKED_TYPES and request.accept_encodings["gzip"]:
        response.direct_passthrough = False
        name = f"{request.endpoint}:{(request.view_args or {})['filename']}:{response.get_etag()[0]}"
        response.set_data(_pack(name, response.get_data()))
        response.headers["Content-Encoding"] = "gzip"
        del response.headers["ETag"]  # it names the plain bytes
    return response


def _pack(name: str, data: bytes) -> bytes:
    if name not in _packed:
        _packed[name] = gzip.compress(data, mtime=0)
    return _packed[name]


@cache
def _stamp(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
