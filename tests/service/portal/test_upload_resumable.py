"""Resumable uploads over HTTP: the protocol, whose they are, and the form that makes a file of one."""

from __future__ import annotations

import base64

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive.vault.store import Vault
from tests.portal_world import ADMINISTRATORS, Portal, read_token
from tests.service.portal.test_upload import FIELDS, JSON, files_of

CONTENT = b"0123456789" * 3000
TUS = {"Tus-Resumable": "1.0.0"} | JSON


def begin(client: FlaskClient, size: int = len(CONTENT), name: str = "竣工图.pdf", **headers: str) -> TestResponse:
    named = base64.b64encode(name.encode()).decode()
    announced = {"Upload-Length": str(size), "Upload-Metadata": f"filename {named},more"}
    return client.post("/upload/files", headers=TUS | announced | token(client) | headers)


def token(client: FlaskClient) -> dict[str, str]:
    return {"X-CSRFToken": read_token(client.get("/upload"))}


def append(client: FlaskClient, place: str, start: int, data: bytes, **headers: str) -> TestResponse:
    piece = {"Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream"}
    return client.patch(place, data=data, headers=TUS | piece | token(client) | headers)


def settle(client: FlaskClient, place: str, **fields: str) -> TestResponse:
    data = FIELDS | fields | {"csrf_token": read_token(client.get("/upload")), "upload": place.rpartition("/")[2]}
    return client.post("/upload", data=data, headers=JSON, content_type="multipart/form-data")


def read(vault: Vault, address: str) -> bytes:
    with vault.reader(address) as blob:
        return blob.read()


def test_a_file_in_pieces_cut_and_resumed_becomes_one_file(portal: Portal) -> None:
    client = portal.browser("clerk")
    made = begin(client)
    place = made.headers["Location"]
    assert (made.status_code, made.headers["Upload-Offset"]) == (201, "0")
    assert "Upload-Expires" in made.headers
    assert append(client, place, 0, CONTENT[:12_345]).headers["Upload-Offset"] == "12345"
    again = portal.browser("clerk")  # another browser session, as after the first one broke off
    asked = again.head(place, headers=TUS)
    assert (asked.status_code, asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == (
        200,
        "12345",
        "30000",
    )
    assert append(again, place, 0, CONTENT).status_code == 409
    assert append(again, place, 12_345, CONTENT[12_345:]).status_code == 204
    first, second = settle(again, place), settle(again, place)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json == second.json
    (file,) = files_of(portal.archive, first.json["job"])
    assert (file.name, read(portal.archive.vault, file.address)) == ("竣工图.pdf", CONTENT)


def test_the_form_wants_all_pieces_and_its_fields(portal: Portal) -> None:
    client = portal.browser("clerk")
    place = begin(client, size=10).headers["Location"]
    append(client, place, 0, b"12345")
    assert settle(client, place).status_code == 409
    append(client, place, 5, b"67890")
    wrong = settle(client, place, title="")
    assert (wrong.status_code, list(wrong.json["error"]["fields"])) == (422, ["title"])
    assert settle(client, place).status_code == 201


def test_an_upload_of_others_looks_like_none(portal: Portal) -> None:
    place = begin(portal.browser("clerk")).headers["Location"]
    other = portal.browser("logistics")
    missing = place[:-12] + "0" * 12
    for address in (place, missing):
        assert other.head(address, headers=TUS).status_code == 404
        assert append(other, address, 0, b"x").status_code == 404
        assert other.delete(address, headers=TUS | token(other)).status_code == 404
        assert settle(other, address).status_code == 404


@pytest.mark.parametrize("name", ADMINISTRATORS)
def test_who_hands_nothing_in_begins_nothing(portal: Portal, name: str) -> None:
    client = portal.browser(name)
    headers = TUS | {"Upload-Length": "5", "X-CSRFToken": read_token(client.get("/account"))}
    assert client.post("/upload/files", headers=headers).status_code == 403


def test_pieces_without_the_token_of_the_form_are_refused(portal: Portal) -> None:
    client = portal.browser("clerk")
    place = begin(client).headers["Location"]
    for answer in (
        begin(client, **{"X-CSRFToken": "x"}),
        append(client, place, 0, b"x", **{"X-CSRFToken": "x"}),
        client.delete(place, headers=TUS),
    ):
        assert answer.status_code == 400


def test_what_is_no_upload_is_refused(portal: Portal) -> None:
    client = portal.browser("clerk")
    assert begin(client, **{"Tus-Resumable": "0.2.2"}).status_code == 412
    assert begin(client, size=0).json["error"]["reason"] == "empty_file"
    assert begin(client, size=1 << 45).json["error"]["reason"] == "over_limit"
    assert begin(client, **{"Upload-Length": "-1"}).status_code == 400
    assert begin(client, **{"Upload-Metadata": "filename ///"}).status_code == 400
    place = begin(client, size=10).headers["Location"]
    assert append(client, place, 0, b"12345678901").status_code == 422
    assert append(client, place, 0, b"x", **{"Content-Type": "text/plain"}).status_code == 400
    assert client.delete(place, headers=TUS | token(client)).status_code == 204
    assert client.head(place, headers=TUS).status_code == 404
