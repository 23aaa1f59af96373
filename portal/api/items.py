"""REST calls on items: create, read, change, list files."""

from __future__ import annotations

import json
from typing import Any

from flask import jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue

from archive import audit, catalogue
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.errors import ConflictError
from archive.members import iter_tree
from archive.models import File, Item
from archive.record import Archive
from portal import context, i18n
from portal.api.blueprint import FLAG, ID, TEXT, WHOLE, Answer, Parameter, api, array, obj, operation
from portal.api.receive import receive_item
from portal.description import FIELDS, parse_description
from portal.errors import BadRequestError, RevisionChangedError, RevisionNeededError

_DESCRIPTION = {"type": "object", "properties": {name: field.schema for name, field in FIELDS.items()}}
_ITEM = obj(id=ID, revision=WHOLE, state=TEXT, on_hold=FLAG, masked=array(TEXT), rights=array(TEXT)) | {
    "description": "with the fields of the description that this person may see; masked names those that are starred"
}
_FILE = obj(
    id=ID,
    parent_id={"type": ["string", "null"], "description": "the file that it lies in"},
    name={"type": ["string", "null"]},
    path={"type": ["string", "null"], "description": "its path inside that file"},
    size=WHOLE,
    media_type=TEXT,
    page_count={"type": ["integer", "null"]},
    pages_done=WHOLE,
    seconds={"type": ["integer", "null"], "description": "how long a recording lasts"},
    stage=TEXT,
    outcome=TEXT,
    reason=TEXT,
    message=TEXT,
)
_UPLOAD = {
    "type": "object",
    "required": ["metadata"],
    "properties": {
        "metadata": _DESCRIPTION,
        "files": array({"type": "string", "format": "binary"}),
    },
}
MASK = "***"


@api.post("/items")
@operation(
    Action.ITEM_CREATE,
    "Register an item with any number of files; all or nothing",
    body={"multipart/form-data": _UPLOAD},
    answers={201: Answer("registered; the files are read in the background", obj(id=ID, job_id=ID))},
)
def create_item() -> ResponseReturnValue:
    """A new item."""
    archive = context.get_archive()
    found = parse_description(archive.scheme, _read_metadata())
    item_id, job_id = receive_item(archive, context.get_actor(), found, request.files.getlist("files"))
    location = url_for("api.read_item", item_id=item_id)
    return jsonify(id=item_id, job_id=job_id), 201, {"Location": location}


@api.get("/items/<id:item_id>")
@operation(
    Action.ITEM_DISCOVER,
    "Catalogue entry; ETag is the revision",
    answers={200: Answer("the entry", _ITEM)},
)
def read_item(item_id: str) -> ResponseReturnValue:
    """An item."""
    archive, actor = context.get_archive(), context.get_actor()
    with archive.database.writing() as session:
        item = gate.require_item(session, actor, Action.ITEM_DISCOVER, item_id)
        audit.record(session, archive.keys, actor, "item:view", "item", item.id)
        return _answer(archive, actor, item)


@api.patch("/items/<id:item_id>")
@operation(
    Action.ITEM_EDIT,
    "Change a draft (RFC 7396: what is not named stays, null takes out)",
    parameters=(Parameter("If-Match", "the revision the change is based on", location="header", is_required=True),),
    body={"application/merge-patch+json": _DESCRIPTION, "application/json": _DESCRIPTION},
    answers={200: Answer("the entry as it is now", _ITEM)},
)
def change_item(item_id: str) -> ResponseReturnValue:
    """A changed item."""
    archive, actor = context.get_archive(), context.get_actor()
    given, revision = request.get_json(force=True), _read_revision()
    with archive.database.writing() as session:
        item = gate.require_item(session, actor, Action.ITEM_EDIT, item_id)
        changes = parse_description(archive.scheme, given, class_code=item.class_code)
        if "meta" in changes:
            changes["meta"] = catalogue.read_description(archive, item).meta | changes["meta"]
        try:
            catalogue.update_item(session, archive, actor, item, changes, revision=revision)
        except ConflictError as err:
            raise RevisionChangedError if "revision" in err.details else err from err
        return _answer(archive, actor, item)


@api.get("/items/<id:item_id>/files")
@operation(
    Action.ITEM_DISCOVER,
    "Files of an item and what became of them",
    answers={200: Answer("files in order", obj(files=array(_FILE)))},
)
def list_files(item_id: str) -> ResponseReturnValue:
    """Files."""
    archive, actor = context.get_archive(), context.get_actor()
    with archive.database.reading() as session:
        item = gate.require_item(session, actor, Action.ITEM_DISCOVER, item_id)
        rights = gate.rights_on(actor, item)
        masker = None if Action.ITEM_UNMASK in rights else catalogue.build_masker(archive, item)
        reads = Action.ITEM_READ in rights
        return jsonify(files=[_render_file(file, masker, reads=reads) for file in iter_tree(item.files)])


def _read_metadata() -> object:
    try:
        return json.loads(request.form.get("metadata", ""))
    except ValueError as err:
        raise BadRequestError(reason="not_json") from err


def _read_revision() -> int:
    tags = list(request.if_match.as_set()) if request.if_match else []
    if len(tags) != 1 or not tags[0].isdecimal():
        raise RevisionNeededError
    return int(tags[0])


def _answer(archive: Archive, actor: Actor, item: Item) -> ResponseReturnValue:
    response = make_response(jsonify(render_item(archive, actor, item)))
    response.set_etag(str(item.revision))
    response.headers["Cache-Control"] = "private, no-cache"
    return response.make_conditional(request)


def render_item(archive: Archive, actor: Actor, item: Item) -> dict[str, Any]:
    """The entry as this person may see it: masked without the right to unmask; what comes from the content (abstract,
    transcript) and the place on the shelf only with the right to read."""
    rights = gate.rights_on(actor, item)
    masker = None if Action.ITEM_UNMASK in rights else catalogue.build_masker(archive, item)
    body: dict[str, Any] = {
        "id": item.id,
        "revision": item.revision,
        "state": item.state,
        "on_hold": item.on_hold,
        "volume_id": item.volume_id,
        "title": item.title_masked if masker else item.title,
        "class": item.class_code,
        "department": item.department,
        "archival_code": item.archival_code,
        "date": item.date,
        "year": item.year,
        "doc_no": item.doc_no,
        "creators": item.creators,
        "keywords": item.keywords,
        "sensitivity": item.sensitivity,
        "retention": item.retention,
        "reading_scope": item.reading_scope,
        "reading_departments": sorted(item.reading_departments),
        "addressed_departments": sorted(item.addressed_departments),
        "page_count": item.page_count,
        "carrier": item.carrier,
        "origin": item.origin,
        "meta": (item.volume.meta if item.volume else {}) | item.meta,
    }
    if Action.ITEM_READ in rights:
        body |= {"abstract": item.abstract, "transcript": item.transcript, "location": item.location}
    masked = _mask(archive, item, body, masker) if masker else []
    if not masker:
        sealed = catalogue.read_sealed(archive, item)
        body["persons"] = sealed.pop("persons", [])
        body["meta"] |= sealed
    return body | {"masked": masked, "rights": sorted(rights)}


def _mask(archive: Archive, item: Item, body: dict[str, Any], masker: catalogue.Masker) -> list[str]:
    """Stars sensitive words in place; sealed fields become MASK. Returns the names of what is hidden."""
    before = json.dumps(body, ensure_ascii=False, sort_keys=True)
    for name in ("creators", "keywords", "abstract", "transcript", "doc_no", "meta"):
        if name in body:
            body[name] = _mask_value(body[name], masker)
    names = {name for name, value in json.loads(before).items() if body[name] != value}
    if item.title_masked != item.title:
        names.add("title")
    if item.sealed is not None:
        hidden = sorted(catalogue.read_sealed(archive, item))
        body |= {"persons": [MASK]} if "persons" in hidden else {}
        body["meta"] |= {name: MASK for name in hidden if name != "persons"}
        names |= {name if name == "persons" else f"meta.{name}" for name in hidden}
    return sorted(names)


def _mask_value(value: Any, masker: catalogue.Masker) -> Any:
    if isinstance(value, str):
        return masker.mask(value)
    if isinstance(value, list):
        return [_mask_value(one, masker) for one in value]
    if isinstance(value, dict):
        return {name: _mask_value(one, masker) for name, one in value.items()}
    return value


def _render_file(file: File, masker: catalogue.Masker | None, *, reads: bool) -> dict[str, Any]:
    def show(text: str) -> str | None:
        return (masker.mask(text) if masker else text) if reads else None

    return {
        "id": file.id,
        "parent_id": file.parent_id,
        "name": show(file.name),
        "path": show(file.member_path) if file.parent_id else None,
        "size": file.size,
        "media_type": file.media_type,
        "page_count": file.page_count,
        "pages_done": file.pages_done,
        "seconds": file.seconds,
        "stage": file.stage,
        "outcome": file.outcome,
        "reason": file.reason,
        "message": i18n.code_words(file.reason) if i18n.has_words(file.reason) else "",
    }
