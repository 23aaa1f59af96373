"""Pages for files of catalogued records: dropped files are matched by name, the report says what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from archive import intake
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.attach.attaching import KIND, Attached, Fitting, Outcome, attach, read_report
from archive.attach.matching import REASONS, Fit, Names, list_wanted, match_files
from archive.attach.records import find_targets
from archive.deliveries import inspection as deliveries
from archive.errors import ArchiveError, InvalidError
from archive.record import Archive
from portal import context
from portal.edge import needs
from portal.items.model import file_note, find_twins
from portal.request import IncomingFile
from portal.words import Badge, in_language

blueprint = Blueprint("attach", __name__)
_OUTCOMES = {
    Outcome.ATTACHED: ("已挂接", "Attached", "check-circle", "ok"),
    Outcome.PRESENT: ("已有", "There already", "files", "info"),
    Outcome.SURPLUS: ("未挂接", "Not attached", "question-circle", "warn"),
    Outcome.REFUSED: ("已拒收", "Refused", "x-circle", "bad"),
}


@dataclass(frozen=True)
class Part:
    """One file of the form: its path as the browser tells it, and its stream."""

    path: str
    incoming: IncomingFile


@blueprint.get("/imports/attach")
@needs(Action.CATALOGUE_IMPORT)
def new() -> ResponseReturnValue:
    """The form."""
    return render_template("imports/attach.html", answers=(), job_id="", mistakes={}, badge_of=outcome_badge)


@blueprint.post("/imports/attach")
@needs(Action.CATALOGUE_IMPORT)
def receive() -> ResponseReturnValue:
    """Attaches what fits one record; everything else is told and not kept."""
    try:
        answers, job_id = attach_parts(
            context.get_archive(), context.get_actor(), _read_parts(), firm=request.form.get("firm", "")
        )
    except InvalidError as err:
        page = render_template(
            "imports/attach.html", answers=(), job_id="", mistakes=err.details, badge_of=outcome_badge
        )
        return page, err.status
    return render_template(
        "imports/attach.html",
        answers=answers,
        job_id=job_id,
        mistakes={},
        badge_of=outcome_badge,
        is_delivery=bool(job_id and request.form.get("firm", "").strip()),
    )


@blueprint.get("/imports/attach/<id:job_id>")
@needs(Action.CATALOGUE_IMPORT)
def show(job_id: str) -> ResponseReturnValue:
    """How an attachment stands: files with outcomes, records without a file, page counts that differ."""
    with context.get_archive().database.reading() as session:
        report = read_report(session, context.get_actor(), job_id)
        alike = find_twins(session, context.get_actor(), report.files)
        return render_template("imports/attached.html", report=report, note_of=file_note, twins_of=alike)


def outcome_badge(outcome: Outcome) -> Badge:
    """Badge of what became of a file at the door."""
    chinese, english, icon, tone = _OUTCOMES[outcome]
    return Badge(in_language(chinese, english), icon, tone)


def attach_parts(
    archive: Archive, actor: Actor, parts: Sequence[Part], *, firm: str = ""
) -> tuple[list[Attached], str]:
    """Answers in the order of the form, and the id of the job when something was attached. Raises InvalidError.

    Files of a scanning firm become a delivery, which remembers what belonged to no record.
    """
    if not parts:
        raise InvalidError(details={"files": "no_files"})
    names, by_path = Names(archive.scheme), {part.path: part for part in parts}
    with archive.database.reading() as session:
        targets = find_targets(session, actor, list_wanted(names, by_path, {}))
    answers, fitting = {}, []
    for match in match_files(names, list(by_path), targets, {}):
        incoming = by_path[match.path].incoming
        code = match.target.code if match.target else ""
        if match.fit is not Fit.MATCHED:
            answers[match.path] = Attached(match.path, Outcome.SURPLUS, reason=REASONS[match.fit])
        elif incoming.refusal:
            answers[match.path] = Attached(match.path, Outcome.REFUSED, code, reason=incoming.refusal)
        else:
            fitting.append(match)
    if not fitting:
        return [answers[part.path] for part in parts], ""
    matched = [Fitting(match, by_path[match.path].incoming.keep()) for match in fitting]
    try:
        with archive.database.writing() as session:
            job = intake.open_job(session, actor, KIND)
            taken = attach(session, archive, actor, job, matched)
            job_id = job.id
            if firm.strip() and any(one.outcome is Outcome.ATTACHED for one in taken):
                left = [(one.path, one.reason) for one in answers.values() if one.outcome is Outcome.SURPLUS]
                deliveries.begin(session, archive, actor, job, firm=firm, surplus=left)
    except ArchiveError:
        for match in fitting:
            by_path[match.path].incoming.give_back()
        raise
    for answer in taken:
        answers[answer.path] = answer
        if answer.outcome is not Outcome.ATTACHED:
            by_path[answer.path].incoming.give_back()
    return [answers[part.path] for part in parts], job_id


def _read_parts() -> list[Part]:
    """The files of the form, each path once."""
    parts = {
        path: Part(path, storage.stream)
        for storage in (*request.files.getlist("files"), *request.files.getlist("folder"))
        if (path := (storage.filename or "").replace("\\", "/")) and isinstance(storage.stream, IncomingFile)
    }
    return list(parts.values())
