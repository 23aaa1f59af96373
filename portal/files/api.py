"""REST calls on files: original bytes, text by page, page images, hit boxes."""

from __future__ import annotations

from flask import Response, jsonify, request
from flask.typing import ResponseReturnValue

from archive.access.actions import Action
from portal import context
from portal.api.blueprint import ID, NUMBER, TEXT, WHOLE, Answer, Parameter, api, array, obj, operation
from portal.files import drawing
from portal.files.answers import answer_image, answer_original
from portal.files.paragraphs import join_wrapped
from portal.files.service import find_page, iter_pages, open_file
from portal.files.sight import see_page
from portal.files.viewer import build_marker, find_hits
from portal.images import Form

_CONFIDENCE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
_BOX = array(NUMBER) | {"minItems": 4, "maxItems": 4, "description": "left, top, right, bottom in page units"}
_IMAGE = {"type": "string", "format": "binary"}


@api.get("/files/<id:file_id>")
@operation(
    Action.ITEM_DOWNLOAD,
    "Original bytes of a file; range requests decrypt only what is asked",
    parameters=(Parameter("Range", "bytes=FIRST-LAST", location="header"),),
    answers={
        200: Answer("the file", _IMAGE, "application/octet-stream"),
        206: Answer("the range", _IMAGE, "application/octet-stream"),
    },
)
def read_file(file_id: str) -> Response:
    """The original."""
    return answer_original(file_id)


@api.get("/files/<id:file_id>/text")
@operation(
    Action.ITEM_READ,
    "Text of a file by page, wrapped lines joined, masked for those without the right to unmask",
    answers={200: Answer("pages in order", obj(pages=array(obj(page=WHOLE, text=TEXT, confidence=_CONFIDENCE))))},
)
def read_text(file_id: str) -> ResponseReturnValue:
    """All text."""
    archive = context.get_archive()
    opened = open_file(archive, context.get_actor(), Action.ITEM_READ, file_id, event="file:text")
    seen = (see_page(archive, opened, page.number, page).page for page in iter_pages(archive, opened))
    pages = [{"page": page.number, "text": join_wrapped(page), "confidence": page.confidence} for page in seen if page]
    return jsonify({"pages": pages})


@api.get("/files/<id:file_id>/pages/<int:number>")
@operation(
    Action.ITEM_READ,
    "Image of a page: JPEG, or PNG by Accept; masked, and stamped for those who read by permission",
    parameters=(
        Parameter("size", "thumb, or percent", {"type": "string", "enum": [drawing.THUMBNAIL, *drawing.ZOOMS]}),
    ),
    answers={200: Answer("the image", _IMAGE, "image/jpeg")},
)
def read_page_image(file_id: str, number: int) -> Response:
    """A page image."""
    accepted = request.accept_mimetypes
    form = Form.PNG if accepted["image/png"] > accepted["image/jpeg"] else Form.JPEG
    return answer_image(file_id, number, request.args.get("size", drawing.ZOOMS[0]), form)


@api.get("/files/<id:file_id>/pages/<int:number>/boxes")
@operation(
    Action.ITEM_READ,
    "Boxes over the hits of a query on a page, in page units, origin top left",
    parameters=(Parameter("q", "the query"),),
    answers={
        200: Answer(
            "hits in reading order, a box for every line a hit touches",
            obj(file_id=ID, page=WHOLE, width=NUMBER, height=NUMBER, hits=array(obj(text=TEXT, boxes=array(_BOX)))),
        )
    },
)
def read_boxes(file_id: str, number: int) -> ResponseReturnValue:
    """Hit boxes."""
    archive = context.get_archive()
    marker = build_marker(request.args.get("q", ""))
    opened = open_file(archive, context.get_actor(), Action.ITEM_READ, file_id, event="file:boxes", page=number)
    page = see_page(archive, opened, number, find_page(archive, opened, number)).page
    if page is None:
        return jsonify({"file_id": file_id, "page": number, "width": 0, "height": 0, "hits": []})
    hits = [
        {"text": page.text[start:end], "boxes": [list(box) for box in page.boxes(start, end)]}
        for start, end in find_hits(marker, page)
    ]
    return jsonify({"file_id": file_id, "page": number, "width": page.width, "height": page.height, "hits": hits})
