"""Pages of imports. Each is seen only by whoever began it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from archive.access import policy
from archive.access.actions import Action
from archive.catalogue_import import drafts
from archive.catalogue_import.check import Outcome
from archive.catalogue_import.columns import ColumnMapping
from archive.catalogue_import.drafts import Draft, Stage
from archive.catalogue_import.plan import Options
from archive.errors import InvalidError
from archive.models import ImportLine
from archive.states import State
from portal import context
from portal.choices import list_class_groups, list_departments
from portal.edge import needs
from portal.imports import model
from portal.imports.service import receive as receive_table
from portal.request import IncomingFile
from portal.tables import iter_csv

blueprint = Blueprint("imports", __name__)


@blueprint.get("/imports")
@needs(Action.CATALOGUE_IMPORT)
def start() -> ResponseReturnValue:
    """Imports of this person, and the form for another."""
    return _render_start({})


@blueprint.post("/imports")
@needs(Action.CATALOGUE_IMPORT)
def receive() -> ResponseReturnValue:
    """Takes an uploaded table."""
    part = request.files.get("file")
    incoming = part.stream if part is not None and part.filename and isinstance(part.stream, IncomingFile) else None
    name, source = (part.filename or "") if part else "", request.form.get("source", "")
    try:
        import_id = receive_table(context.get_archive(), context.get_actor(), incoming, name=name, source=source)
    except InvalidError as err:
        return _render_start(err.details), err.status
    return redirect(url_for("imports.columns", import_id=import_id), 303)


@blueprint.get("/imports/<id:import_id>/columns")
@needs(Action.CATALOGUE_IMPORT)
def columns(import_id: str) -> ResponseReturnValue:
    """What each column is."""
    return _render_columns(_open(import_id), {})


@blueprint.post("/imports/<id:import_id>/columns")
@needs(Action.CATALOGUE_IMPORT)
def settle(import_id: str) -> ResponseReturnValue:
    """Fixes the columns, or takes another sheet of the workbook."""
    archive, actor, draft = context.get_archive(), context.get_actor(), _open(import_id)
    if "sheet" in request.form:
        drafts.choose_sheet(archive, actor, draft, request.form.get("sheet", -1, type=int))
        return redirect(url_for("imports.columns", import_id=import_id), 303)
    try:
        drafts.settle_columns(archive, actor, draft, _read_mapping(draft), _read_options())
    except InvalidError as err:
        return _render_columns(draft, err.details), err.status
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.get("/imports/<id:import_id>")
@needs(Action.CATALOGUE_IMPORT)
def show(import_id: str) -> ResponseReturnValue:
    """The preview, the progress or the report, whichever it is time for."""
    draft = _open(import_id)
    if draft.row.stage == Stage.COLUMNS:
        return redirect(url_for("imports.columns", import_id=import_id))
    if draft.row.stage == Stage.READY:
        lines = drafts.preview_draft(context.get_archive(), context.get_actor(), draft)
        fields, rows = model.list_first(draft)
        names = [model.field_name(context.get_archive().scheme, field) for field in fields]
        refused = [line for line in lines if line.outcome == Outcome.REFUSED]
        summary = model.summarise(draft, Counter(str(line.outcome) for line in lines), refused)
        return render_template("imports/preview.html", draft=draft, summary=summary, names=names, rows=rows)
    with context.get_archive().database.reading() as session:
        counts = drafts.count_lines(session, import_id)
        summary = model.summarise(draft, counts, drafts.list_refused(session, import_id, limit=model.FAULTS))
    return render_template(
        "imports/report.html", draft=draft, summary=summary, stage=model.stage_badge(draft.row), Stage=Stage
    )


@blueprint.post("/imports/<id:import_id>/apply")
@needs(Action.CATALOGUE_IMPORT)
def apply(import_id: str) -> ResponseReturnValue:
    """Begins the import."""
    drafts.start(context.get_archive(), context.get_actor(), _open(import_id))
    return redirect(url_for("imports.show", import_id=import_id), 303)


@blueprint.post("/imports/<id:import_id>/discard")
@needs(Action.CATALOGUE_IMPORT)
def discard(import_id: str) -> ResponseReturnValue:
    """Throws the table away."""
    drafts.discard(context.get_archive(), context.get_actor(), import_id)
    flash(_("The table was thrown away; nothing was imported."), "info")
    return redirect(url_for("imports.start"), 303)


@blueprint.get("/imports/<id:import_id>/report.csv")
@needs(Action.CATALOGUE_IMPORT)
def report(import_id: str) -> ResponseReturnValue:
    """Every row with what became of it, as a table."""
    draft = _open(import_id)
    headings = (_("Row"), _("Archival code"), _("Title"), _("Outcome"), _("Column"), _("Reason"))
    lines = iter_csv(model.iter_report(draft, _read_lines(import_id), headings))
    disposition = {"Content-Disposition": f'attachment; filename="import-{import_id[:8]}.csv"'}
    return Response(stream_with_context(lines), mimetype="text/csv", headers=disposition)


def _open(import_id: str) -> Draft:
    return drafts.open_draft(context.get_archive(), context.get_actor(), import_id)


def _read_lines(import_id: str) -> list[ImportLine]:
    with context.get_archive().database.reading() as session:
        return drafts.list_lines(session, import_id)


def _read_mapping(draft: Draft) -> ColumnMapping:
    heading = request.form.get("heading", 1, type=int)
    if not 1 <= heading <= len(draft.table.rows):
        raise InvalidError(details={"heading": "out_of_range"})
    return ColumnMapping(heading - 1, tuple(request.form.getlist("column")))


def _read_options() -> Options:
    form = request.form
    return Options(
        class_code=form.get("class", ""),
        department=form.get("department", ""),
        state=State.FILED if form.get("state") == State.FILED else State.DRAFT,
        is_updating=form.get("update") == "1",
    )


def _may_file() -> bool:
    return policy.permits(Action.ARCHIVE_IMPORT, context.get_actor())


def _render_start(mistakes: dict[str, str]) -> str:
    with context.get_archive().database.reading() as session:
        rows = drafts.list_own(session, context.get_actor())
        sources = drafts.list_sources(session)
    return render_template(
        "imports/start.html",
        mistakes=mistakes,
        source=request.form.get("source", ""),
        sources=sources,
        rows=[(row, model.stage_badge(row)) for row in rows],
    )


def _render_columns(draft: Draft, mistakes: dict[str, str]) -> str:
    general, special = model.list_fields(context.get_archive().scheme)
    chosen: dict[str, Any] = draft.row.options
    found = model.list_columns(draft)
    given = request.form.getlist("column")
    departments = list_departments(context.get_actor())
    own = [choice.value for choice in departments if choice.value in context.get_actor().departments]
    return render_template(
        "imports/columns.html",
        draft=draft,
        mistakes=mistakes,
        columns=found,
        fields=given if len(given) == len(found) else [column.field for column in found],
        general=general,
        special=special,
        classes=list_class_groups(),
        departments=departments,
        may_file=_may_file(),
        wish={
            "heading": draft.row.heading_row + 1,
            "class": chosen.get("class_code", ""),
            "department": chosen.get("department", own[0] if len(own) == 1 else ""),
            "state": chosen.get("state", State.FILED if _may_file() else State.DRAFT),
            "update": "1" if chosen.get("is_updating") else "",
        }
        | request.form.to_dict(),
    )
