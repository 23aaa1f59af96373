"""Pages of batches: the list, one batch, its report, and the two things that may be done with it."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from archive import batches
from archive.access.actions import Action
from archive.batches import FILTERS
from portal import context
from portal.batches.model import describe_batches, describe_files, read_batch
from portal.edge import needs
from portal.tables import iter_csv
from portal.words import class_name, outcome_badge

blueprint = Blueprint("batches", __name__)


@blueprint.get("/batches")
@needs(Action.BATCH_READ)
def index() -> ResponseReturnValue:
    """Batches of this person and, for those who answer for them, of the department."""
    actor = context.get_actor()
    with context.get_archive().database.reading() as session:
        found = batches.list_batches(session, actor, page=request.args.get("page", 1, type=int))
        return render_template("batches/list.html", found=found, rows=describe_batches(session, actor, found.batches))


@blueprint.get("/batches/<id:job_id>")
@needs(Action.BATCH_READ)
def show(job_id: str) -> ResponseReturnValue:
    """One batch: figures, what may be done, its files."""
    outcome, page = request.args.get("outcome", ""), request.args.get("page", 1, type=int)
    view, listed, lines = read_batch(context.get_archive(), context.get_actor(), job_id, outcome=outcome, page=page)
    return render_template(
        "batches/batch.html", view=view, batch=view.batch, listed=listed, lines=lines, filters=FILTERS
    )


@blueprint.get("/batches/<id:job_id>/report.csv")
@needs(Action.BATCH_READ)
def report(job_id: str) -> ResponseReturnValue:
    """Every file with its outcome and the reason in words, as a table."""
    with context.get_archive().database.reading() as session:
        batches.get_batch(session, context.get_actor(), job_id)
    lines = stream_with_context(iter_csv(_iter_report(job_id, request.args.get("outcome", ""))))
    headers = {"Content-Disposition": f'attachment; filename="batch-{job_id[:8]}.csv"'}
    return Response(lines, mimetype="text/csv", headers=headers)


@blueprint.post("/batches/<id:job_id>/cancel")
@needs(Action.BATCH_CHANGE)
def cancel(job_id: str) -> ResponseReturnValue:
    """Stops what is not read yet."""
    archive = context.get_archive()
    with archive.database.writing() as session:
        count = batches.cancel(session, archive, context.get_actor(), job_id)
    words = ngettext(
        "Stopped. %(num)d file is kept unread and can be tried again.",
        "Stopped. %(num)d files are kept unread and can be tried again.",
        count,
    )
    flash(words, "info")
    return redirect(url_for("batches.show", job_id=job_id), 303)


@blueprint.post("/batches/<id:job_id>/retry")
@needs(Action.BATCH_CHANGE)
def retry(job_id: str) -> ResponseReturnValue:
    """Reads again what failed for a reason that can pass."""
    archive = context.get_archive()
    with archive.database.writing() as session:
        count = batches.retry(session, archive, context.get_actor(), job_id)
    flash(ngettext("%(num)d file is read again.", "%(num)d files are read again.", count), "info")
    return redirect(url_for("batches.show", job_id=job_id), 303)


def _iter_report(job_id: str, outcome: str) -> Iterator[tuple[object, ...]]:
    archive, actor = context.get_archive(), context.get_actor()
    yield (_("File"), _("Title"), _("Class"), _("Bytes"), _("Pages"), _("Outcome"), _("Reason"), _("Received"))
    with archive.database.reading() as session:
        batch = batches.get_batch(session, actor, job_id)
        files = batches.iter_files(session, actor, batch, outcome=outcome)
        for line in describe_files(archive, actor, batch, files):
            label, received = outcome_badge(line.outcome).label, line.created_at.isoformat(timespec="seconds")
            kind = class_name(line.class_code)
            yield line.name, line.title, kind, line.size, line.pages or "", label, line.note, received
