"""Pages of items and case volumes."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive.access.actions import Action
from portal import context
from portal.edge import needs
from portal.items import model, sheets

blueprint = Blueprint("items", __name__)


@blueprint.get("/items/<id:item_id>")
@needs(Action.ITEM_DISCOVER)
def show(item_id: str) -> ResponseReturnValue:
    """One item."""
    part = request.args.get("files", 1, type=int)
    page = model.open_item(context.get_archive(), context.get_actor(), item_id, part=part)
    return render_template("items/item.html", page=page, q=request.args.get("q", ""))


@blueprint.get("/volumes/<id:volume_id>")
@needs(Action.ITEM_DISCOVER)
def show_volume(volume_id: str) -> ResponseReturnValue:
    """One case volume."""
    page = model.open_volume(context.get_archive(), context.get_actor(), volume_id)
    return render_template("items/volume.html", page=page)


@blueprint.get("/items/<id:item_id>/sheet")
@needs(Action.ITEM_DISCOVER)
def print_sheet(item_id: str) -> ResponseReturnValue:
    """The separator sheet of one item."""
    found = sheets.open_item_sheet(context.get_archive(), context.get_actor(), item_id)
    back = url_for("items.show", item_id=item_id)
    return render_template("items/sheets.html", sheets=found, back=back, back_title=gettext("The record"))


@blueprint.get("/volumes/<id:volume_id>/sheets")
@needs(Action.ITEM_DISCOVER)
def print_sheets(volume_id: str) -> ResponseReturnValue:
    """The separator sheets of the pieces of a case volume."""
    found = sheets.open_volume_sheets(context.get_archive(), context.get_actor(), volume_id)
    back = url_for("items.show_volume", volume_id=volume_id)
    return render_template("items/sheets.html", sheets=found, back=back, back_title=gettext("Case volume"))
