"""Pages for handing in documents: the form, a job at work, everything one handed in."""

from __future__ import annotations

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from archive.access.actions import Action
from archive.errors import InvalidError
from archive.intake import RefusedError
from portal import context, errors
from portal.choices import list_class_groups, list_departments
from portal.edge import needs
from portal.i18n import code_words
from portal.items.model import file_note, find_twins
from portal.request import IncomingFile
from portal.upload import jobs
from portal.upload.api import render_job
from portal.upload.service import NoneTakenError, Part, Receipt, Taken, Wish, take_in, take_in_upload

blueprint = Blueprint("upload", __name__)


@blueprint.get("/upload")
@needs(Action.UPLOAD_USE)
def new() -> ResponseReturnValue:
    """The form."""
    return _render_form(Wish(class_code=request.args.get("class", "")), {}, ())


@blueprint.post("/upload")
@needs(Action.UPLOAD_USE)
def send() -> ResponseReturnValue:
    """Takes in what the form holds; people get the job's page, our script gets JSON."""
    wish = _read_wish()
    try:
        receipt = _take_in(wish)
    except NoneTakenError as err:
        if errors.is_for_programs():
            return jsonify(errors.render(errors.describe(err)) | {"files": _render_parts(err.parts)}), err.status
        return _render_form(wish, {"files": err.code}, err.parts), err.status
    except InvalidError as err:
        if errors.is_for_programs():
            raise
        return _render_form(wish, err.details, ()), err.status
    except RefusedError as err:
        if errors.is_for_programs():
            raise
        return _render_form(wish, {"files": err.reason}, ()), err.status
    return _answer(receipt)


@blueprint.get("/jobs/<id:job_id>")
@needs(Action.JOB_READ)
def job(job_id: str) -> ResponseReturnValue:
    """A job at work; JSON for programs."""
    with context.get_archive().database.reading() as session:
        state = jobs.get_job(session, context.get_actor(), job_id)
        if errors.is_for_programs():
            return jsonify(render_job(state))
        alike = find_twins(session, context.get_actor(), state.files)
    return render_template("upload/job.html", job=state, note_of=file_note, twins_of=alike)


@blueprint.get("/uploads")
@needs(Action.UPLOAD_USE)
def mine() -> ResponseReturnValue:
    """Everything that this person handed in, with outcomes."""
    with context.get_archive().database.reading() as session:
        uploads = jobs.list_uploads(
            session,
            context.get_actor(),
            outcome=request.args.get("outcome", ""),
            page=request.args.get("page", 1, type=int),
        )
        alike = find_twins(session, context.get_actor(), uploads.files)
    return render_template("upload/mine.html", uploads=uploads, filters=jobs.FILTERS, note_of=file_note, twins_of=alike)


def _take_in(wish: Wish) -> Receipt:
    archive, actor = context.get_archive(), context.get_actor()
    if upload_id := request.form.get("upload", ""):
        return take_in_upload(archive, actor, wish, upload_id)
    return take_in(archive, actor, wish, _read_parts())


def _read_wish() -> Wish:
    form = request.form
    return Wish(
        title=form.get("title", ""),
        class_code=form.get("class", ""),
        department=form.get("department", ""),
        is_each=form.get("each") == "1",
        is_joined=form.get("joined") == "1",
        is_parted=form.get("parted") == "1",
        item_id=form.get("item", ""),
        job_id=form.get("job", ""),
    )


def _read_parts() -> list[Part]:
    """The files of the form; a file field left empty arrives as a part without a name."""
    return [
        Part(storage.filename, storage.stream)
        for storage in request.files.getlist("files")
        if storage.filename and isinstance(storage.stream, IncomingFile)
    ]


def _answer(receipt: Receipt) -> ResponseReturnValue:
    watch = url_for("upload.job", job_id=receipt.job_id)
    if errors.is_for_programs():
        taken = next(part for part in receipt.parts if part.file_id)
        body = {"job": receipt.job_id, "item": taken.item_id, "watch": watch, "files": _render_parts(receipt.parts)}
        return jsonify(body), 201
    for part in receipt.refused:
        flash(_("%(name)s was not taken in: %(why)s", name=part.name, why=code_words(part.reason)), "warn")
    return redirect(watch, 303)


def _render_parts(parts: tuple[Taken, ...]) -> list[dict[str, str]]:
    return [
        {
            "name": part.name,
            "file_id": part.file_id,
            "reason": part.reason,
            "message": code_words(part.reason) if part.reason else "",
        }
        for part in parts
    ]


def _render_form(wish: Wish, mistakes: dict[str, str], parts: tuple[Taken, ...]) -> str:
    archive, actor = context.get_archive(), context.get_actor()
    departments = list_departments(actor)
    return render_template(
        "upload/new.html",
        wish=wish,
        mistakes=mistakes,
        refused=parts,
        classes=list_class_groups(),
        departments=departments,
        department=wish.department or next((d.value for d in departments if d.value in actor.departments), ""),
        limit=archive.config.max_upload_bytes,
    )
