"""The embedded servers as they really run: reachable, closed to strangers, limited, and back after a crash."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

import docx
import elasticsearch
import httpx
import openpyxl
import psutil
import pytest
import redis
from elasticsearch import Elasticsearch
from sqlalchemy import create_engine, text

from config import Config
from services.cluster import EmbeddedServices
from services.probes import wait_for

pytestmark = pytest.mark.service


def test_elasticsearch_refuses_strangers(elasticsearch_url: str) -> None:
    assert httpx.get(f"{elasticsearch_url}/_cluster/health").status_code == 401
    assert httpx.get(f"{elasticsearch_url}/_cluster/health", auth=("guidang", "wrong")).status_code == 401
    assert httpx.get(f"{elasticsearch_url}/_cluster/health", auth=("elastic", "changeme")).status_code == 401


def test_the_account_works_on_its_own_indices_only(es: Elasticsearch, config: Config) -> None:
    index = f"{config.index_prefix}-services-test"
    es.indices.create(index=index)
    es.indices.update_aliases(actions=[{"add": {"index": index, "alias": f"{config.index_prefix}-services-alias"}}])
    es.index(index=index, id="1", document={"word": "归档"}, refresh=True)
    assert es.count(index=f"{config.index_prefix}-services-alias")["count"] == 1
    es.indices.delete(index=index)
    with pytest.raises(elasticsearch.AuthorizationException):
        es.indices.create(index="another-index")
    with pytest.raises(elasticsearch.AuthorizationException):
        es.cluster.put_settings(persistent={"action.destructive_requires_name": False})


def test_the_index_survives_a_crash(es: Elasticsearch, services: EmbeddedServices, config: Config) -> None:
    index = f"{config.index_prefix}-services-crash"
    es.index(index=index, id="1", document={"word": "归档"})
    services.kill("search")
    services.start("search")
    es.cluster.health(index=index, wait_for_status="yellow")
    assert es.get(index=index, id="1")["_source"] == {"word": "归档"}
    es.indices.delete(index=index)


def ask_tika(url: str, content: bytes, **headers: str) -> str:
    return httpx.put(f"{url}/tika", content=content, headers={"Accept": "text/plain", **headers}, timeout=60).text


def test_tika_reads_text(tika_url: str) -> None:
    page = "<html><body><p>手术室空调净化设备验收报告</p></body></html>".encode()
    assert "手术室空调净化设备验收报告" in ask_tika(tika_url, page)


def test_tika_does_not_open_containers(tika_url: str) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("inside.txt", "text inside")
    assert "inside" not in ask_tika(tika_url, archive.getvalue())


def test_tika_leaves_out_what_is_embedded_when_asked(tika_url: str) -> None:
    book, document, mail = openpyxl.Workbook(), docx.Document(), EmailMessage()
    book.active["A1"] = "innermost"
    raw_book, raw_document = io.BytesIO(), io.BytesIO()
    book.save(raw_book)
    document.add_paragraph("attached")
    document.save(raw_document)
    mail["Subject"] = "subject"
    mail.set_content("the letter itself")
    for content, name in ((raw_book, "a.xlsx"), (raw_document, "a.docx")):
        mail.add_attachment(content.getvalue(), maintype="application", subtype="octet-stream", filename=name)
    whole = ask_tika(tika_url, mail.as_bytes())
    assert "innermost" in whole  # or the next lines would prove nothing
    alone = ask_tika(tika_url, mail.as_bytes(), **{"X-Tika-Skip-Embedded": "true"})
    assert "the letter itself" in alone
    assert "innermost" not in alone
    assert "attached" not in alone


def test_tika_keeps_to_the_write_limit_of_a_request(tika_url: str) -> None:
    headers = {"Accept": "application/json", "writeLimit": "1000"}
    answer = httpx.put(f"{tika_url}/rmeta/text", content=("字" * 99 + "\n").encode() * 100, headers=headers, timeout=60)
    (found,) = answer.json()
    assert len(found["X-TIKA:content"]) < 1100
    assert "X-TIKA:EXCEPTION:write_limit_reached" in found


@pytest.mark.parametrize("path", ["unpack", "unpack/all", "async", "pipes", "translate/all/a/b/c", "status"])
def test_tika_offers_nothing_else(tika_url: str, path: str) -> None:
    assert httpx.put(f"{tika_url}/{path}", content=b"x").status_code == 404


def test_tikas_parser_is_replaced_when_it_dies(tika_url: str, config: Config) -> None:
    listening = [
        c.pid for c in psutil.net_connections("tcp") if c.status == "LISTEN" and c.laddr.port == config.port + 2
    ]
    psutil.Process(listening[0]).kill()
    wait_for(config, ["parser"], seconds=60)


def test_valkey_wants_its_password(valkey: redis.Redis, config: Config) -> None:
    valkey.set("key", "value")
    assert valkey.get("key") == b"value"
    stranger = redis.Redis(host="127.0.0.1", port=config.port + 3)
    with stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


def test_every_database_answers(database_url: str) -> None:
    engine = create_engine(database_url)
    with engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar() == 1
    engine.dispose()
