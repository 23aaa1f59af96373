"""Addresses between pages: where an item, a page of a file and its thumbnail are shown."""

from __future__ import annotations

from flask import Flask, url_for


def init_app(app: Flask) -> None:
    """Offers the addresses to templates."""
    app.jinja_env.globals.update(
        item_address=item_address, page_address=page_address, thumbnail_address=thumbnail_address
    )


def item_address(item_id: str, q: str = "") -> str:
    """The page of an item; the query goes along so that hits stay marked."""
    return url_for("items.show", item_id=item_id, q=q or None)


def page_address(file_id: str, page: int, q: str = "") -> str:
    """The viewer on one page of a file."""
    return url_for("files.show", file_id=file_id, number=page, q=q or None)


def thumbnail_address(file_id: str, page: int) -> str:
    """A small picture of a page."""
    return url_for("files.image", file_id=file_id, number=page, size="thumb")
