"""Every address under a file or an item, enumerated, and asked by everybody who must not get it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest
from flask import Flask

from archive.access.actions import Action
from archive.access.actor import Role
from portal.edge import find_action
from tests import portal_papers as papers
from tests.portal_papers import NAME, PHONE, Paper
from tests.portal_world import ADMINISTRATORS, PEOPLE, Portal, read_events

OBJECTS = {"file_id", "item_id", "volume_id"}
READS = {Action.ITEM_READ, Action.ITEM_PRINT, Action.ITEM_DOWNLOAD, Action.TEXT_CORRECT}


def iter_addresses(app: Flask, paper: Paper) -> Iterator[tuple[str, str, Action | None]]:
    """Endpoint, address and action of every GET route that names a file or an item."""
    values = {"file_id": paper.file_id, "item_id": paper.item_id, "number": 2}
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and rule.arguments & OBJECTS and not rule.arguments - set(values):
            with app.test_request_context():
                built = app.url_map.bind("localhost").build(rule.endpoint, {k: values[k] for k in rule.arguments})
            yield rule.endpoint, built, find_action(app, rule.endpoint)


def ask(portal: Portal, who: str, address: str) -> int:
    if address.startswith("/api/v1"):
        return portal.call(who, address.removeprefix("/api/v1")).status_code
    return portal.browser(who).get(address, follow_redirects=True).status_code


@pytest.fixture(scope="module")
def open_paper(_shared_portal: Portal) -> Paper:
    """Discovered by all staff, read by logistics, and masked for the archive room."""
    return papers.shelve(_shared_portal.archive, papers.make_pdf(), papers.read_pages(), title=f"联系人：{NAME}")


@pytest.fixture(scope="module")
def hidden_paper(_shared_portal: Portal) -> Paper:
    """A medical record: nobody among the people may know of it."""
    return papers.shelve(
        _shared_portal.archive, papers.make_pdf(), papers.read_pages(), class_code="ZY·BL·ZY", sensitivity=4
    )


def test_there_are_addresses_to_ask(portal: Portal, open_paper: Paper) -> None:
    endpoints = {endpoint for endpoint, *_ in iter_addresses(portal.app, open_paper)}
    assert endpoints >= {"files.show", "files.image", "files.original", "files.print_pages", "items.show"}
    assert endpoints >= {"api.read_file", "api.read_text", "api.read_page_image", "api.read_boxes"}


def test_visitors_get_nothing(portal: Portal, open_paper: Paper) -> None:
    for endpoint, address, _ in iter_addresses(portal.app, open_paper):
        answer = portal.visitor().get(address)
        assert answer.status_code == (401 if address.startswith("/api") else 302), endpoint
        assert PHONE.encode() not in answer.data


@pytest.mark.parametrize("who", sorted(PEOPLE))
def test_what_may_not_be_known_is_missing_everywhere(portal: Portal, hidden_paper: Paper, who: str) -> None:
    made_up = Paper(str(uuid4()), str(uuid4()))
    pairs = zip(iter_addresses(portal.app, hidden_paper), iter_addresses(portal.app, made_up), strict=True)
    for (endpoint, hidden, _), (_, missing, _) in pairs:
        assert ask(portal, who, hidden) == ask(portal, who, missing) == 404, endpoint


@pytest.mark.parametrize("who", [name for name, (role, *_) in PEOPLE.items() if role is Role.READER])
def test_what_may_only_be_known_is_not_opened(portal: Portal, open_paper: Paper, who: str) -> None:
    for endpoint, address, action in iter_addresses(portal.app, open_paper):
        assert ask(portal, who, address) == (403 if action in READS else 200), endpoint
    refused = [event for event in read_events(portal.archive, "item:read") if event.object_id == open_paper.item_id]
    assert {event.verdict for event in refused} == {"refused"}


@pytest.mark.parametrize("who", ADMINISTRATORS)
def test_administrators_read_nothing(portal: Portal, open_paper: Paper, who: str) -> None:
    for endpoint, address, _ in iter_addresses(portal.app, open_paper):
        assert ask(portal, who, address) == 404, endpoint


def test_no_answer_to_a_masked_reader_holds_what_is_masked(portal: Portal, open_paper: Paper) -> None:
    for endpoint, address, _ in iter_addresses(portal.app, open_paper):
        for query in ("", f"?q={PHONE}", f"?q={NAME}"):
            if address.startswith("/api/v1"):
                answer = portal.call("archivist", address.removeprefix("/api/v1") + query)
            else:
                answer = portal.browser("archivist").get(address + query, follow_redirects=True)
            body = answer.data.replace(query[3:].encode(), b"") if query else answer.data
            assert PHONE.encode() not in body, endpoint
            assert NAME.encode() not in body, endpoint
            assert PHONE not in str(answer.headers), endpoint


def test_a_right_that_ends_ends_at_once(portal: Portal, open_paper: Paper) -> None:
    given = papers.grant(portal.archive, portal.user("publicity").id, open_paper.item_id, "read")
    address = f"/files/{open_paper.file_id}/pages/1/image"
    client = portal.browser("publicity")
    assert client.get(address).status_code == 200
    papers.revoke(portal.archive, given)
    assert client.get(address).status_code == 403


def test_a_grant_opens_what_it_names_and_nothing_else(portal: Portal, open_paper: Paper) -> None:
    other = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages())
    given = papers.grant(portal.archive, portal.user("publicity").id, open_paper.item_id, "read")
    try:
        assert ask(portal, "publicity", f"/files/{open_paper.file_id}/pages/1") == 200
        assert ask(portal, "publicity", f"/files/{other.file_id}/pages/1") == 403
        assert ask(portal, "publicity", f"/files/{open_paper.file_id}/print") == 403
        assert ask(portal, "publicity", f"/files/{open_paper.file_id}/original") == 403
        page = portal.browser("publicity").get(f"/files/{open_paper.file_id}/pages/2").text
        assert PHONE not in page, "a right to read is not a right to see unmasked"
    finally:
        papers.revoke(portal.archive, given)


def test_content_of_a_file_never_runs_under_this_address(portal: Portal) -> None:
    data = b"<!doctype html><script>alert(1)</script>"
    page = papers.PageText(1, 0, 0, (papers.Line("值班安排表"),), "tika")
    paper = papers.shelve(portal.archive, data, [page], name="xss.html", media_type="text/html")
    for address in (f"/files/{paper.file_id}/original", f"/api/v1/files/{paper.file_id}"):
        if address.startswith("/api"):
            answer = portal.call("archivist", address.removeprefix("/api/v1"))
        else:
            answer = portal.browser("archivist").get(address)
        assert answer.data == data
        assert answer.mimetype == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_no_image_is_kept_by_shared_caches(portal: Portal, open_paper: Paper) -> None:
    for endpoint, address, action in iter_addresses(portal.app, open_paper):
        if action in READS and address.startswith("/api"):
            control = portal.call("logistics", address.removeprefix("/api/v1")).headers["Cache-Control"]
            assert "no-store" in control or "private" in control, endpoint
