"""The web server dies in the middle of a large upload: what it had recorded stays, and the upload goes on."""

from __future__ import annotations

import base64
import re
import socket
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import select

from archive import accounts
from archive.access.actor import SYSTEM, Role
from archive.models import File, Upload
from archive.record import Archive
from config import ROOT
from tests.faults.test_pipeline_workers import environ, kill, wait_until
from tests.ports import pick_port

PASSWORD = "kept for tests only"
CONTENT = b"0123456789abcdef" * 200_000
TUS = {"Tus-Resumable": "1.0.0", "Accept": "application/json"}
PIECE = {"Content-Type": "application/offset+octet-stream"}


class Web:
    """The portal as the Procfile runs it, on one port, and a person signed in."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self.port = pick_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)

    def start(self) -> None:
        bind = ["--bind", f"127.0.0.1:{self.port}", "--worker-class", "gthread", "--threads", "4"]
        line = [sys.executable, "-m", "gunicorn", *bind, "manage:create_app()"]
        self.process = subprocess.Popen(line, cwd=ROOT, env=environ(self._archive), stderr=subprocess.DEVNULL)
        wait_until(self._answers)

    def kill(self) -> None:
        assert self.process is not None
        kill(self.process)

    def _answers(self) -> bool:
        try:
            return self.client.get("/api/v1/health/live").status_code == 200
        except httpx.TransportError:
            return False

    def token(self, path: str = "/upload") -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.client.get(path).text)
        assert found is not None
        return found[1]

    def sign_in(self, name: str) -> None:
        form = {"csrf_token": self.token("/sign-in"), "name": name, "password": PASSWORD}
        assert self.client.post("/sign-in", data=form).status_code == 302


@pytest.fixture
def web(archive: Archive) -> Iterator[Web]:
    with archive.database.writing() as session:
        accounts.create_user(
            session, archive.keys, SYSTEM, name="zhao", roles=[Role.CLERK], departments=["HQB"], password=PASSWORD
        )
    web = Web(archive)
    web.start()
    web.sign_in("zhao")
    yield web
    web.kill()
    web.client.close()


def received(archive: Archive) -> int:
    with archive.database.reading() as session:
        return session.scalars(select(Upload.received)).one()


def test_an_upload_cut_by_the_death_of_the_server_goes_on(archive: Archive, web: Web) -> None:
    headers = TUS | {"X-CSRFToken": web.token()}
    named = base64.b64encode("竣工图.pdf".encode()).decode()
    announced = {"Upload-Length": str(len(CONTENT)), "Upload-Metadata": f"filename {named}"}
    place = web.client.post("/upload/files", headers=headers | announced).headers["Location"]
    first = len(CONTENT) // 3
    web.client.patch(place, content=CONTENT[:first], headers=headers | PIECE | {"Upload-Offset": "0"})
    assert received(archive) == first

    cookies = "; ".join(f"{name}={value}" for name, value in web.client.cookies.items())
    lines = headers | PIECE | {"Upload-Offset": str(first), "Cookie": cookies, "Host": "127.0.0.1"}
    lines["Content-Length"] = str(len(CONTENT) - first)
    with socket.create_connection(("127.0.0.1", web.port)) as wire:
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        wire.sendall(f"PATCH {place} HTTP/1.1\r\n{head}\r\n".encode() + CONTENT[first : first + 500_000])
        web.kill()
    assert received(archive) == first

    web.start()
    headers["X-CSRFToken"] = web.token()
    offset = int(web.client.head(place, headers=TUS).headers["Upload-Offset"])
    assert offset == first
    piece = headers | PIECE | {"Upload-Offset": str(offset)}
    assert web.client.patch(place, content=CONTENT[offset:], headers=piece).status_code == 204
    form = {"csrf_token": web.token(), "title": "竣工图", "class": "WS·HQ", "department": "HQB"}
    form["upload"] = place.rpartition("/")[2]
    answers = [web.client.post("/upload", data=form, headers=TUS) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    with archive.database.reading() as session:
        file = session.scalars(select(File)).one()
    with archive.vault.reader(file.address or "") as blob:
        assert blob.read() == CONTENT


def test_a_connection_cut_by_the_client_keeps_what_arrived(archive: Archive, web: Web) -> None:
    headers = TUS | {"X-CSRFToken": web.token()}
    announced = {"Upload-Length": str(len(CONTENT)), "Upload-Metadata": "filename YS50eHQ="}
    place = web.client.post("/upload/files", headers=headers | announced).headers["Location"]
    cookies = "; ".join(f"{name}={value}" for name, value in web.client.cookies.items())
    lines = headers | PIECE | {"Upload-Offset": "0", "Cookie": cookies, "Host": "127.0.0.1"}
    lines["Content-Length"] = str(len(CONTENT))
    with socket.create_connection(("127.0.0.1", web.port)) as wire:
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        wire.sendall(f"PATCH {place} HTTP/1.1\r\n{head}\r\n".encode() + CONTENT[:1_500_000])
    wait_until(lambda: received(archive) > 0)
    offset = int(web.client.head(place, headers=TUS).headers["Upload-Offset"])
    assert 0 < offset <= 1_500_000
    piece = headers | PIECE | {"Upload-Offset": str(offset)}
    done = web.client.patch(place, content=CONTENT[offset:], headers=piece)
    assert done.headers["Upload-Offset"] == str(len(CONTENT))
