"""The embedded servers as they really run: reachable, closed to strangers, limited, and back after a crash."""

from __future__ import annotations

import elasticsearch
import httpx
import pytest
import redis
from elasticsearch import Elasticsearch
from sqlalchemy import create_engine, text

from config import Config

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


def test_tika_reads_text(tika_url: str) -> None:
    page = "<html><body><p>手术室空调净化设备验收报告</p></body></html>".encode()
    headers = {"Content-Type": "text/html", "Accept": "text/plain"}
    assert "空调净化设备" in httpx.put(f"{tika_url}/tika", content=page, headers=headers, timeout=60).text


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
