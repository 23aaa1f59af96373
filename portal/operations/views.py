"""The operator's page."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from archive.access.actions import Action
from archive.operations import read_figures
from archive.outbox import Topic
from portal import context
from portal.edge import needs
from portal.words import in_language

TOPICS: Final = {
    Topic.INGEST: ("读取文件", "Reading files"),
    Topic.OCR: ("识别扫描页", "Recognising pages"),
    Topic.INDEX: ("写入索引", "Writing the index"),
    Topic.IMPORT: ("导入目录", "Importing catalogues"),
}

blueprint = Blueprint("operations", __name__)


@blueprint.get("/operations")
@needs(Action.SYSTEM_OPERATE)
def show() -> ResponseReturnValue:
    """Queues, rate, time to finish, failures by reason; nothing of any document."""
    with context.get_archive().database.reading() as session:
        figures = read_figures(session)
    names = {topic: in_language(*words) for topic, words in TOPICS.items()}
    return render_template("operations/show.html", figures=figures, names=names)
