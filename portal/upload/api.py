"""REST calls on jobs."""

from __future__ import annotations

from flask import jsonify
from flask.typing import ResponseReturnValue

from archive.access.actions import Action
from archive.reasons import Outcome
from portal import context
from portal.api.blueprint import ID, NUMBER, TEXT, Answer, api, array, obj, operation
from portal.upload.jobs import JobState, get_job

STATES = ("working", "done")
_FILE = obj(file_id=ID, outcome={"type": "string", "enum": ["", *(outcome.value for outcome in Outcome)]}, reason=TEXT)


@api.get("/jobs/<id:job_id>")
@operation(
    Action.JOB_READ,
    "A job of one's own and what became of its files",
    answers={
        200: Answer(
            "the job; `progress` is 0 to 1, an empty outcome is work going on",
            obj(state={"type": "string", "enum": list(STATES)}, stage=TEXT, progress=NUMBER, files=array(_FILE)),
        )
    },
)
def read_job(job_id: str) -> ResponseReturnValue:
    """A job."""
    with context.get_archive().database.reading() as session:
        return jsonify(render_job(get_job(session, context.get_actor(), job_id)))


def render_job(job: JobState) -> dict[str, object]:
    """The job in the shape of the outer contract."""
    return {
        "state": STATES[job.is_done],
        "stage": job.stage,
        "progress": job.progress,
        "files": [{"file_id": file.id, "outcome": file.outcome, "reason": file.reason} for file in job.files],
    }
