"""HTTP answers with page images and originals, shared by pages and REST calls."""

from __future__ import annotations

from typing import Final

from flask import Response, request

from archive.access.actions import Action
from archive.audit import request_id
from archive.errors import NotFoundError, NotGrantedError
from portal import context
from portal.errors import SignInNeededError
from portal.files import drawing
from portal.files.original import asked_range, send_original
from portal.files.service import find_page, iter_pages, list_inside, open_file
from portal.files.sight import find_masking_need, mask_words, see_page
from portal.images import Form

KEPT_SECONDS: Final = 120
"""How long a browser may show a page again without asking; rights that end are felt within this time."""
VARY: Final = "Accept, Authorization, Cookie"


def answer_image(file_id: str, number: int, size_name: str, form: Form, *, is_print: bool = False) -> Response:
    """A page image for whoever asks, with its validators. Raises as `open_file` and `PageImages.get`."""
    archive, person = context.get_archive(), context.find_person()
    size = drawing.find_size(archive, size_name)
    if person is None:
        raise SignInNeededError
    if size is None:
        raise NotFoundError(reason="page_not_found")
    action, event = _act(size_name, is_print=is_print)
    opened = open_file(archive, person.actor, action, file_id, event=event, page=number, detail={"size": size_name})
    seen = see_page(archive, opened, number, find_page(archive, opened, number))
    subject = drawing.build_subject(opened, number, seen)
    images = drawing.get_images()
    if is_print or opened.is_stamped:
        stamp = drawing.build_stamp(
            person, request.remote_addr or "", print_number=request_id.get() if is_print else ""
        )
        return _finish(Response(images.get_stamped(subject, size, form, stamp), mimetype=f"image/{form}"), None)
    response = Response(mimetype=f"image/{form}")
    tag = images.tag(subject, size, form)
    if tag not in request.if_none_match:
        response.set_data(images.get(subject, size, form).data)
    return _finish(response, tag)


def _act(size_name: str, *, is_print: bool) -> tuple[Action, str | None]:
    """What the image is asked for, and the event that this is."""
    if is_print:
        return Action.ITEM_PRINT, "file:print_page"
    return Action.ITEM_READ, None if size_name == drawing.THUMBNAIL else "file:view"


def _finish(response: Response, tag: str | None) -> Response:
    response.headers["Vary"] = VARY
    if tag is None:
        response.headers["Cache-Control"] = "private, no-store"
        return response
    response.headers["Cache-Control"] = f"private, max-age={KEPT_SECONDS}"
    response.set_etag(tag)
    response.make_conditional(request)
    return response


def answer_original(file_id: str) -> Response:
    """The original, when it may leave as it is. Raises NotGrantedError where only a masked copy might."""
    archive, actor = context.get_archive(), context.get_actor()
    asked = {"range": asked_range()} if asked_range() else {}
    opened = open_file(archive, actor, Action.ITEM_DOWNLOAD, file_id, event="file:download", detail=asked)
    for leaving in () if opened.sees_all else (opened, *list_inside(archive, opened)):
        if need := find_masking_need(archive, leaving, list(iter_pages(archive, leaving))):
            raise NotGrantedError(action=Action.ITEM_DOWNLOAD, object_type="file", object_id=file_id, reason=need)
    return send_original(archive, opened, mask_words(archive, opened.item, opened.file.name, sees_all=opened.sees_all))
