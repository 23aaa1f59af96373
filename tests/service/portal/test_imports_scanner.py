"""Tables of catalogues and the virus scanner: a verdict before anything opens them, nothing kept without one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from archive.models import CatalogueImport
from archive.reasons import sentence
from render import eicar
from tests.clamd import LARGEST_MB, VIRUS, ClamdServer
from tests.portal_world import Portal
from tests.service.portal.test_imports import HEAD, send

TABLE = f"{','.join(HEAD)}\n,检修记录,,2021,\n".encode()


def count_imports(portal: Portal) -> int:
    with portal.archive.database.reading() as session:
        return session.scalar(select(func.count()).select_from(CatalogueImport)) or 0


def count_blobs(portal: Portal) -> int:
    return len(list(portal.archive.vault.iter_addresses(timedelta(seconds=-5))))


def upload(portal: Portal, data: bytes, **settings: str) -> tuple[FlaskClient, TestResponse]:
    client = portal.again(**settings).browser("archivist")
    return client, send(client, data, "目录.csv")


@pytest.mark.parametrize("scanner", ["required", "optional"])
def test_an_infected_table_is_neither_opened_nor_kept(portal: Portal, clamd: ClamdServer, scanner: str) -> None:
    before = count_imports(portal), count_blobs(portal)
    _, answer = upload(portal, TABLE + VIRUS, scanner=scanner, scanner_address=clamd.local)
    assert answer.status_code == 422
    assert sentence("table_infected", "zh") in answer.text
    assert (count_imports(portal), count_blobs(portal)) == before
    _, answer = upload(portal, TABLE, scanner=scanner, scanner_address=clamd.local)
    assert answer.status_code == 303


def test_without_its_required_scanner_no_table_is_opened(portal: Portal, clamd: ClamdServer) -> None:
    clamd.stop()
    before = count_imports(portal), count_blobs(portal)
    _, answer = upload(portal, TABLE, scanner="required", scanner_address=clamd.remote)
    assert answer.status_code == 422
    assert sentence("table_not_scanned", "zh") in answer.text
    assert (count_imports(portal), count_blobs(portal)) == before
    _, answer = upload(portal, TABLE, scanner="optional", scanner_address=clamd.remote)
    assert answer.status_code == 303


def test_a_table_larger_than_the_scanner_takes(portal: Portal, clamd: ClamdServer) -> None:
    large = TABLE + "检修记录,,,,\n".encode() * (LARGEST_MB * 70_000)
    _, answer = upload(portal, large, scanner="required", scanner_address=clamd.local)
    answer.request.environ["wsgi.input"].close()  # the client keeps a large body in a file and leaves it open
    assert sentence("table_too_large_to_scan", "zh") in answer.text


def test_the_test_file_is_known_without_a_scanner(portal: Portal) -> None:
    _, answer = upload(portal, eicar._STRING)
    assert sentence("table_infected", "zh") in answer.text
