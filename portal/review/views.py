"""Pages for correcting recognised text. Everything works as plain forms; our script adds keys."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from archive import accounts, proofreading, review_queue
from archive.access import gate
from archive.access.actions import Action
from archive.errors import InvalidError
from archive.models import utc_now
from archive.proofreading import Said
from archive.review_queue import Filters
from config import ZONE
from portal import context
from portal.edge import needs
from portal.i18n import code_words
from portal.review.model import Answer, Sheet, open_sheet
from portal.words import in_language

blueprint = Blueprint("review", __name__)


@blueprint.get("/review")
@needs(Action.REVIEW_USE)
def queue() -> ResponseReturnValue:
    """Uncertain pages, the least certain first."""
    archive, actor, filters = context.get_archive(), context.get_actor(), _read_filters()
    with archive.database.reading() as session:
        found = review_queue.list_queue(session, archive, actor, filters, page=request.args.get("page", 1, type=int))
        made = review_queue.count_made(session, actor, since=_find_midnight())
        names = {row.code: in_language(row.name, row.name_en) for row in accounts.list_departments(session)}
    return render_template("review/queue.html", queue=found, made=made, filters=filters, department_names=names)


@blueprint.get("/review/files/<id:file_id>/pages/<int:number>")
@needs(Action.TEXT_CORRECT)
def show(file_id: str, number: int) -> ResponseReturnValue:
    """One page with its uncertain lines, or with all."""
    sheet = open_sheet(context.get_archive(), context.get_actor(), file_id, number, is_whole=_is_whole())
    return _render(sheet)


@blueprint.get("/review/files/<id:file_id>/pages/<int:number>/next")
@needs(Action.TEXT_CORRECT)
def skip(file_id: str, number: int) -> ResponseReturnValue:
    """The page behind this one in the queue."""
    with context.get_archive().database.reading() as session:
        gate.require_file(session, context.get_actor(), Action.TEXT_CORRECT, file_id)
    return redirect(_find_next((file_id, number)))


@blueprint.post("/review/files/<id:file_id>/pages/<int:number>")
@needs(Action.TEXT_CORRECT)
def save(file_id: str, number: int) -> ResponseReturnValue:
    """Records what was changed or confirmed; the next page, or this one again where somebody else was faster."""
    archive, actor = context.get_archive(), context.get_actor()
    answer, said = _read_answer(), _read_said()
    try:
        with archive.database.writing() as session:
            revision = request.form.get("revision", 0, type=int)
            saved = proofreading.save(session, archive, actor, file_id, number, said, revision=revision)
    except InvalidError as err:
        flash(code_words(next(iter(err.details.values()))), "bad")
        sheet = open_sheet(archive, actor, file_id, number, is_whole=_is_whole(), answer=answer)
        return _render(sheet), err.status
    if saved.recorded:
        flash(ngettext("%(num)d line was saved.", "%(num)d lines were saved.", saved.recorded), "ok")
    if saved.conflicts:
        left = Answer(
            {key: text for key, text in answer.texts.items() if key in saved.conflicts},
            refused=frozenset(saved.conflicts),
        )
        return _render(open_sheet(archive, actor, file_id, number, is_whole=_is_whole(), answer=left)), 409
    if not said:
        flash(_("Nothing was changed or ticked."), "info")
        return redirect(_address(file_id, number), 303)
    return redirect(_address(file_id, number) if _is_whole() else _find_next((file_id, number)), 303)


@blueprint.post("/review/files/<id:file_id>/pages/<int:number>/take-back")
@needs(Action.TEXT_CORRECT)
def take_back(file_id: str, number: int) -> ResponseReturnValue:
    """Lets what recognition read count again."""
    archive, actor, form = context.get_archive(), context.get_actor(), request.form
    with archive.database.writing() as session:
        proofreading.take_back(
            session,
            archive,
            actor,
            file_id,
            number,
            form.get("line", ""),
            revision=form.get("revision", 0, type=int),
        )
    flash(_("Taken back. What recognition read counts again."), "ok")
    return redirect(_address(file_id, number), 303)


def _read_filters() -> Filters:
    return Filters(department=request.args.get("department", ""), class_code=request.args.get("class", ""))


def _is_whole() -> bool:
    return request.args.get("all") == "1"


def _kept() -> dict[str, Any]:
    """What of the address goes along from page to page."""
    return {name: request.args[name] for name in ("department", "class") if request.args.get(name)}


def _address(file_id: str, number: int) -> str:
    return url_for("review.show", file_id=file_id, number=number, all="1" if _is_whole() else None, **_kept())


def _find_next(after: tuple[str, int]) -> str:
    """The next page of the queue, or the queue where nothing is left."""
    archive, actor = context.get_archive(), context.get_actor()
    with archive.database.reading() as session:
        found = review_queue.find_next(session, archive, actor, _read_filters(), after=after)
    if found is None:
        return url_for("review.queue", **_kept())
    return url_for("review.show", file_id=found[0], number=found[1], **_kept())


def _find_midnight() -> datetime:
    """When the present day began on the hospital's clock."""
    return datetime.combine(utc_now().astimezone(ZONE).date(), time(), ZONE)


def _read_answer() -> Answer:
    form = request.form
    return Answer({key: form.get(f"text-{key}", "") for key in form.getlist("key")}, frozenset(form.getlist("confirm")))


def _read_said() -> list[Said]:
    """What the form says: changed lines, ticked ones, and with "the whole page is fine" all that were uncertain."""
    form = request.form
    ticked = {*form.getlist("confirm"), *(form.getlist("unsure") if form.get("do") == "whole" else ())}
    lines = [Said(key, form.get(f"shown-{key}", ""), form.get(f"text-{key}", "")) for key in form.getlist("key")]
    return [one for one in lines if one.key in ticked or one.text != one.shown]


def _render(sheet: Sheet) -> str:
    return render_template("review/page.html", sheet=sheet, kept=_kept())
