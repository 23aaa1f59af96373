"""What every page shows around its content: links that the person may follow, the hospital's name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flask import Flask, current_app
from flask_babel import gettext, lazy_gettext

from archive.access import policy
from archive.access.actions import Action
from archive.audit import request_id
from portal import context
from portal.edge import find_action

PLACES: Final = (
    ("upload.new", "cloud-arrow-up", lazy_gettext("Upload")),
    ("upload.mine", "inbox", lazy_gettext("My uploads")),
    ("imports.start", "table", lazy_gettext("Catalogues")),
    ("batches.index", "collection", lazy_gettext("Batches")),
    ("deliveries.index", "box-seam", lazy_gettext("Deliveries")),
    ("operations.show", "activity", lazy_gettext("Operations")),
    ("review.queue", "spellcheck", lazy_gettext("Check text")),
)
"""Endpoint, icon and words of the links in the top bar."""
DIRECT: Final = 2
"""So many links stand in the bar itself; further ones share a menu, so that the bar fits a phone."""


@dataclass(frozen=True)
class Link:
    """One link of the top bar."""

    endpoint: str
    icon: str
    label: str


def init_app(app: Flask) -> None:
    """Gives templates what they show on every page."""
    app.context_processor(_build)
    app.jinja_env.globals.update(navigation=navigation, request_number=request_id.get)


def navigation() -> list[Link]:
    """Links of the top bar for whoever asks."""
    return [Link(endpoint, icon, str(label)) for endpoint, icon, label in PLACES if _may(endpoint)]


def _may(endpoint: str) -> bool:
    return endpoint in current_app.view_functions and find_action(current_app, endpoint) in _permitted()


def _permitted() -> frozenset[Action]:
    actor = context.get_actor()
    return frozenset(a for a in Action if a not in policy.ITEM_ACTIONS and policy.permits(a, actor))


def _build() -> dict[str, Any]:
    return {
        "person": context.find_person(),
        "permitted": _permitted(),
        "direct_links": DIRECT,
        "fonds_name": context.get_archive().scheme.fonds_name or gettext("Guidang archive"),
    }
