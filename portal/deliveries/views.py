"""Pages of deliveries: the list, one delivery, the acts of its inspection, the acceptance sheet, what to do again."""

from __future__ import annotations

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from archive.access.actions import Action
from archive.deliveries import inspection
from archive.deliveries.rules import LEAST_PERCENT, LEAST_RATE, USUAL_RECORDS
from archive.errors import ConflictError, InvalidError
from portal import context
from portal.deliveries import sheet
from portal.deliveries.model import DeliveryView, iter_redo, list_defects, list_summaries, read_delivery
from portal.edge import needs
from portal.i18n import code_words
from portal.tables import iter_csv

blueprint = Blueprint("deliveries", __name__)


@blueprint.get("/deliveries")
@needs(Action.DELIVERY_READ)
def index() -> ResponseReturnValue:
    """Own deliveries and, for inspectors, those of others."""
    with context.get_archive().database.reading() as session:
        return render_template("deliveries/list.html", rows=list_summaries(session, context.get_actor()))


@blueprint.get("/deliveries/<id:delivery_id>")
@needs(Action.DELIVERY_READ)
def show(delivery_id: str) -> ResponseReturnValue:
    """One delivery: self-check, sample, decision."""
    return render_template(
        "deliveries/delivery.html",
        view=_read(delivery_id),
        defects=list_defects(),
        usual=(LEAST_PERCENT, USUAL_RECORDS),
        least_rate=LEAST_RATE,
    )


@blueprint.post("/deliveries/<id:delivery_id>/sample")
@needs(Action.DELIVERY_INSPECT)
def draw(delivery_id: str) -> ResponseReturnValue:
    """Draws the sample."""
    archive = context.get_archive()
    percent, least = (request.form.get(name, 0, type=int) for name in ("percent", "least"))
    try:
        with archive.database.writing() as session:
            drawn = inspection.draw_sample(
                session, archive, context.get_actor(), delivery_id, percent=percent, least=least
            )
    except (InvalidError, ConflictError) as err:
        return _refuse(delivery_id, err)
    flash(ngettext("%(num)d record was drawn.", "%(num)d records were drawn.", len(drawn)), "info")
    return _back(delivery_id, "sample")


@blueprint.post("/deliveries/<id:delivery_id>/records/<id:item_id>")
@needs(Action.DELIVERY_INSPECT)
def judge(delivery_id: str, item_id: str) -> ResponseReturnValue:
    """Writes down what the inspector found about one record."""
    archive, form = context.get_archive(), request.form
    try:
        with archive.database.writing() as session:
            inspection.judge(
                session,
                archive,
                context.get_actor(),
                delivery_id,
                item_id,
                verdict=form.get("verdict", ""),
                defect=form.get("defect", ""),
                note=form.get("note", ""),
            )
    except (InvalidError, ConflictError) as err:
        return _refuse(delivery_id, err)
    return _back(delivery_id, f"record-{item_id}")


@blueprint.post("/deliveries/<id:delivery_id>/decision")
@needs(Action.DELIVERY_INSPECT)
def decide(delivery_id: str) -> ResponseReturnValue:
    """Accepts or returns."""
    archive, form = context.get_archive(), request.form
    try:
        with archive.database.writing() as session:
            inspection.decide(
                session,
                archive,
                context.get_actor(),
                delivery_id,
                is_accepted=form.get("do") == "accept",
                remark=form.get("remark", ""),
            )
    except (InvalidError, ConflictError) as err:
        return _refuse(delivery_id, err)
    return _back(delivery_id)


@blueprint.get("/deliveries/<id:delivery_id>/sheet.xlsx")
@needs(Action.DELIVERY_READ)
def sheet_xlsx(delivery_id: str) -> ResponseReturnValue:
    """The acceptance sheet as a workbook."""
    return _attach(sheet.build_xlsx(_read(delivery_id)), sheet.XLSX, f"acceptance-{delivery_id[:8]}.xlsx")


@blueprint.get("/deliveries/<id:delivery_id>/sheet.pdf")
@needs(Action.DELIVERY_READ)
def sheet_pdf(delivery_id: str) -> ResponseReturnValue:
    """The acceptance sheet to print and sign."""
    return _attach(sheet.build_pdf(_read(delivery_id)), "application/pdf", f"acceptance-{delivery_id[:8]}.pdf")


@blueprint.get("/deliveries/<id:delivery_id>/redo.csv")
@needs(Action.DELIVERY_READ)
def redo(delivery_id: str) -> ResponseReturnValue:
    """What the firm has to do again, as a table."""
    table = "".join(iter_csv(iter_redo(_read(delivery_id))))
    return _attach(table.encode(), "text/csv", f"redo-{delivery_id[:8]}.csv")


def _read(delivery_id: str) -> DeliveryView:
    archive = context.get_archive()
    with archive.database.reading() as session:
        return read_delivery(session, archive, context.get_actor(), delivery_id)


def _attach(data: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, mimetype=media_type, headers=headers)


def _refuse(delivery_id: str, err: InvalidError | ConflictError) -> ResponseReturnValue:
    """Back to the page, with the sentence that says what stands in the way."""
    code = next(iter(err.details.values()), "") if isinstance(err, InvalidError) else err.reason
    flash(code_words(code or err.code), "warn")
    return _back(delivery_id)


def _back(delivery_id: str, anchor: str | None = None) -> ResponseReturnValue:
    return redirect(url_for("deliveries.show", delivery_id=delivery_id, _anchor=anchor), 303)
