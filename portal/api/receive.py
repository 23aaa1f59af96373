"""Takes in an item with its files as one act: all of it is registered, or nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from werkzeug.datastructures import FileStorage

from archive import catalogue, intake
from archive.access.actor import Actor
from archive.catalogue import Description
from archive.errors import InvalidError
from archive.models import utc_now
from archive.record import Archive
from portal.request import IncomingFile


def receive_item(
    archive: Archive, actor: Actor, described: Mapping[str, Any], parts: Sequence[FileStorage]
) -> tuple[str, str]:
    """Ids of the new item and of its job. Raises InvalidError by field and as `create_item` does.

    The files lie encrypted in the vault already and go when the request ends, unless they are kept here. They are kept
    just before the commit: what fails from then on may have been committed, so the bytes stay for the sweeper to judge.
    """
    arrived = [(part.filename or "", cast(IncomingFile, part.stream)) for part in parts]
    refused = {f"files.{at}": file.refusal for at, (_, file) in enumerate(arrived) if file.refusal}
    if refused:
        raise InvalidError(details=refused)
    missing = {name: "required" for name in ("title", "department") if not described.get(name)}
    if missing:
        raise InvalidError(details=missing)
    with archive.database.writing() as session:
        item = catalogue.create_item(session, archive, actor, Description(**described))
        job = intake.open_job(
            session, actor, intake.UPLOAD, name=item.title, department=item.department, item_id=item.id
        )
        for name, file in arrived:
            intake.register(session, archive, actor, item, file.keep(), name=name, job=job)
        if not arrived:
            job.finished_at = utc_now()
    return item.id, job.id
