"""Hidden and missing are one: the same answer, the same headers, the same statements to the database."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from sqlalchemy import event
from werkzeug.test import TestResponse

from archive import intake
from archive.access.actor import SYSTEM
from archive.models import CaseVolume, File, Item, new_id
from tests.portal_world import Portal, read_events
from tests.security.test_routes import fill

CHANGING = re.compile(r"[0-9a-f]{16}(?![0-9a-f-])|csrf_token\" value=\"[^\"]+")
"""Request ids and form tokens differ from answer to answer."""


@dataclass(frozen=True)
class Things:
    """One hidden and one missing id for each kind of thing in a path."""

    hidden: dict[str, str]
    missing: dict[str, str]


@pytest.fixture(scope="session")
def things(_shared_portal: Portal) -> Things:
    """A finance record that the publicity department may not know of, with a file and a volume."""
    archive, item_id = _shared_portal.archive, _find_hidden(_shared_portal)
    stored = intake.store(archive, io.BytesIO(b"hidden bytes"))
    volume = CaseVolume(id=new_id(), class_code="KU", title="隐藏案卷", department="CWK")
    with archive.database.writing() as session:
        item = session.get_one(Item, item_id)
        job = intake.open_job(session, SYSTEM, "upload")
        file = intake.register(session, archive, SYSTEM, item, stored, name="隐藏.txt", job=job)
        item.volume = volume
        session.flush()
        found = {"item_id": item_id, "file_id": file.id, "volume_id": volume.id, "job_id": job.id}
    return Things(found, {name: new_id() for name in found})


def _find_hidden(portal: Portal) -> str:
    archive = portal.archive
    with archive.database.reading() as session:
        hidden = session.query(Item.id).filter(Item.class_code.startswith("KU"), Item.department == "CWK").first()
        assert hidden is not None
        return str(hidden[0])


@contextmanager
def listening(portal: Portal) -> Iterator[list[str]]:
    """Statements sent meanwhile, without their values."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    engine = portal.archive.database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def comparable(answer: TestResponse, thing_id: str) -> tuple[int, str, list[tuple[str, str]]]:
    body = CHANGING.sub("…", answer.text).replace(thing_id, "ID")
    headers = [(name, value) for name, value in answer.headers if name not in ("X-Request-ID", "Date", "Set-Cookie")]
    return answer.status_code, body, headers


@pytest.mark.parametrize("name", ["publicity", "clerk"])
def test_every_route_answers_hidden_as_missing(portal: Portal, things: Things, name: str) -> None:
    client, tried = portal.browser(name), 0
    for rule in portal.app.url_map.iter_rules():
        names = rule.arguments & set(things.hidden)
        for method in sorted({"GET", "PATCH"} & (rule.methods or set())) if names else ():
            (kind,) = names
            seen = []
            for thing_id in (things.missing[kind], things.hidden[kind], things.missing[kind]):
                address = fill(rule, thing_id)
                with listening(portal) as sent:
                    if address.startswith("/api/v1"):
                        options = {"json": {"title": "x"}, "headers": {"If-Match": '"1"'}} if method == "PATCH" else {}
                        answer = portal.call(name, address.removeprefix("/api/v1"), method, **options)
                    else:
                        answer = client.open(address, method=method)
                seen.append((comparable(answer, thing_id), sent))
            if seen[0][0][0] == 302:
                continue  # leads to another of these routes without asking
            assert seen[0] == seen[1] == seen[2], address
            if seen[0][0][0] == 403:
                assert name == "publicity", address  # closed to mere readers, whatever the id
                continue
            assert seen[0][0][0] == 404, address
            assert seen[0][1], address
            tried += 1
    assert tried >= 10


def test_the_trail_keeps_the_truth(portal: Portal, things: Things) -> None:
    for item_id in (things.hidden["item_id"], things.missing["item_id"]):
        assert portal.call("publicity", f"/items/{item_id}").status_code == 404
        refusal = read_events(portal.archive, "item:discover")[-1]
        assert (refusal.object_id, refusal.verdict, refusal.reason) == (item_id, "refused", "not_found")
        assert refusal.actor_id == portal.user("publicity").id


def test_what_may_be_known_but_not_opened_says_so(portal: Portal) -> None:
    hits = portal.call("archivist", "/search?size=100").get_json()["hits"]
    closed = next(hit["id"] for hit in hits if "item:read" not in hit["rights"])
    archive = portal.archive
    with archive.database.writing() as session:
        file = File(id=new_id(), item_id=closed, name="x", size=1, digest=b"1" * 32, address=new_id())
        session.add(file)
        file_id = file.id
    refused = portal.call("archivist", f"/files/{file_id}/text")
    assert refused.status_code == 403
    error = refused.get_json()["error"]
    assert error["code"] == "not_granted"
    assert error["reason"]
    event_row = read_events(archive, "item:read")[-1]
    assert (event_row.object_id, event_row.verdict, event_row.reason) == (closed, "refused", error["reason"])


def test_hidden_records_leave_no_trace_in_search(portal: Portal, things: Things) -> None:
    title = portal.item(things.hidden["item_id"]).title
    page = portal.call("publicity", "/search", query_string={"q": title, "size": 100})
    assert things.hidden["item_id"] not in page.text
    assert title not in page.text
    assert all(
        one["title"] != title for one in portal.call("publicity", f"/suggest?q={title[:8]}").get_json()["suggestions"]
    )
