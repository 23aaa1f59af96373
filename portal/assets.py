"""Addresses of our own and bundled style sheets and scripts, stamped by content so that browsers may keep them."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for

YEAR_SECONDS = 31_536_000


def init_app(app: Flask) -> None:
    """Offers `asset(filename)` to templates and lets stamped addresses be cached."""
    app.jinja_env.globals["asset"] = asset
    app.after_request(_cache)


def asset(filename: str, *, bundled: bool = False) -> str:
    """Address of a file below static/, or (bundled) of one in Bootstrap-Flask's folder."""
    endpoint = "bootstrap.static" if bundled else "static"
    owner = current_app.blueprints["bootstrap"] if bundled else current_app
    return url_for(endpoint, filename=filename, v=_stamp(Path(str(owner.static_folder)) / filename))


def _cache(response: Response) -> Response:
    if request.endpoint in ("static", "bootstrap.static") and response.status_code in (200, 304):
        stamped = "v" in request.args
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable" if stamped else "no-cache"
    return response


@cache
def _stamp(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
