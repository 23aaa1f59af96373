"""Pages of stored files: viewer, page image, print, original."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from archive import file_passwords
from archive.access.actions import Action
from portal import context
from portal.assets import asset
from portal.edge import needs
from portal.files import drawing
from portal.files.answers import answer_image, answer_original
from portal.files.service import open_file
from portal.files.viewer import build_view
from portal.images import DrawingFailedError, Form

blueprint = Blueprint("files", __name__)
PRINTED_AT_ONCE = 40


@blueprint.get("/files/<id:file_id>")
@needs(Action.ITEM_READ)
def turn(file_id: str) -> ResponseReturnValue:
    """The page whose number was typed, else the first."""
    number = max(1, request.args.get("page", 1, type=int))
    kept: dict[str, Any] = {name: request.args[name] for name in ("q", "zoom") if request.args.get(name)}
    return redirect(url_for("files.show", file_id=file_id, number=number, **kept))


@blueprint.get("/files/<id:file_id>/pages/<int:number>")
@needs(Action.ITEM_READ)
def show(file_id: str, number: int) -> ResponseReturnValue:
    """One page with its hits and its text."""
    archive = context.get_archive()
    opened = open_file(archive, context.get_actor(), Action.ITEM_READ, file_id, event="file:view", page=number)
    view = build_view(
        archive,
        opened,
        number,
        query=request.args.get("q", ""),
        zoom=request.args.get("zoom", ""),
        current=request.args.get("hit", 1, type=int),
    )
    return render_template("files/page.html", view=view)


@blueprint.get("/files/<id:file_id>/pages/<int:number>/image")
@needs(Action.ITEM_READ)
def image(file_id: str, number: int) -> ResponseReturnValue:
    """The page as an image, masked and stamped for this person; a thumbnail that cannot be drawn is a blank sheet."""
    size = request.args.get("size", drawing.ZOOMS[0])
    try:
        return answer_image(file_id, number, size, Form.JPEG)
    except DrawingFailedError:
        if size != drawing.THUMBNAIL:
            raise
        return redirect(asset("img/no-picture.svg"))


@blueprint.get("/files/<id:file_id>/pages/<int:number>/print")
@needs(Action.ITEM_PRINT)
def print_image(file_id: str, number: int) -> Response:
    """The page as an image with the mark of a print; each is an event."""
    return answer_image(file_id, number, drawing.PRINT_ZOOM, Form.JPEG, is_print=True)


@blueprint.get("/files/<id:file_id>/print")
@needs(Action.ITEM_PRINT)
def print_pages(file_id: str) -> ResponseReturnValue:
    """Pages laid out for the printer, up to PRINTED_AT_ONCE."""
    archive = context.get_archive()
    first = request.args.get("first", 1, type=int)
    last = request.args.get("last", first, type=int)
    opened = open_file(
        archive, context.get_actor(), Action.ITEM_PRINT, file_id, event="file:print", page=first, detail={"last": last}
    )
    numbers = range(first, min(last, opened.page_total, first + PRINTED_AT_ONCE - 1) + 1)
    views = [build_view(archive, opened, number, query="", zoom="", current=0) for number in numbers]
    return render_template(
        "files/print.html", views=views, first=first, total=opened.page_total, mark=drawing.NOT_EVIDENCE
    )


@blueprint.get("/files/<id:file_id>/original")
@needs(Action.ITEM_DOWNLOAD)
def original(file_id: str) -> Response:
    """The original bytes."""
    return answer_original(file_id)


@blueprint.post("/files/<id:file_id>/password")
@needs(Action.BATCH_CHANGE)
def give_password(file_id: str) -> ResponseReturnValue:
    """Reads an encrypted file with the password of the form, which is not kept."""
    archive, password = context.get_archive(), request.form.get("password", "")
    with archive.database.writing() as session:
        file = file_passwords.give(session, archive, context.get_valkey(), context.get_actor(), file_id, password)
        item_id = file.item_id
    flash(_("The file is being read with the password, which is not kept. Reload in a while."), "info")
    return redirect(url_for("items.show", item_id=item_id, _anchor="files-title"), 303)
