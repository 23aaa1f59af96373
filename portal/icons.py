"""Icons in the page: single drawings taken from the sprite that Bootstrap-Flask bundles.

Inline, because the whole sprite is a megabyte and a page needs ten of its two thousand drawings.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import flask_bootstrap
from flask import Flask
from markupsafe import Markup

SPRITE = Path(flask_bootstrap.__file__).parent / "static/bootstrap5/icons/bootstrap-icons.svg"
_SYMBOL = re.compile(r'<symbol class="[^"]*" viewBox="0 0 16 16" id="([a-z0-9-]+)">(.*?)</symbol>', re.DOTALL)


def init_app(app: Flask) -> None:
    """Offers `icon(name)` to templates."""
    app.jinja_env.globals["icon"] = icon


@cache
def icon(name: str) -> Markup:
    """The drawing, hidden from screen readers: words always stand beside it. Raises KeyError for an unknown name."""
    drawing = '<svg class="icon" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">{}</svg>'
    return Markup(drawing).format(Markup(_load()[name]))  # noqa: S704 - from the installed package, not from people


@cache
def _load() -> dict[str, str]:
    return dict(_SYMBOL.findall(SPRITE.read_text(encoding="utf-8")))
