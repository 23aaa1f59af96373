"""Indices behind aliases, and the division into tokens, on the real engine."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources

import pytest
from elasticsearch import BadRequestError, ConflictError, Elasticsearch

from config import Config
from mappings import aliases, fields
from mappings.aliases import Kind, Problem
from mappings.analysis import iter_tokens, split_segments
from mappings.documents import ItemDocument, build_tombstone
from mappings.fold import fold
from samples.records import load_records

pytestmark = pytest.mark.service


@pytest.fixture
def prefix(es: Elasticsearch, config: Config) -> Iterator[str]:
    name = f"{config.index_prefix}-aliases"
    yield name
    for index in es.indices.get(index=f"{name}-*"):
        aliases.drop_index(es, index)


def document(**other: object) -> ItemDocument:
    given = {"id": "one", "revision": 1, "title": "電梯合同", "class_code": "ZY·HT", "class_path": ("ZY", "ZY·HT")}
    rights = {"department": "HQB", "state": "filed", "sensitivity": 2, "reading_scope": "全院"}
    return ItemDocument(**(given | rights | other))


def test_an_alias_moves_in_one_step_and_the_old_index_can_go(es: Elasticsearch, prefix: str) -> None:
    assert aliases.find_index(es, prefix, Kind.ITEMS) is None
    first = aliases.ensure_index(es, prefix, Kind.ITEMS, replicas=0)
    assert aliases.ensure_index(es, prefix, Kind.ITEMS, replicas=0) == first
    second = aliases.create_index(es, prefix, Kind.ITEMS, replicas=0, is_loading=True)
    es.index(index=second, id="one", document=document().as_source())
    assert es.count(index=second)["count"] == 0
    aliases.finish_loading(es, second)
    assert es.count(index=second)["count"] == 1
    assert aliases.find_index(es, prefix, Kind.ITEMS) == first
    assert aliases.swap_alias(es, prefix, Kind.ITEMS, second) == (first,)
    assert aliases.find_index(es, prefix, Kind.ITEMS) == second
    aliases.drop_index(es, first)
    aliases.drop_index(es, first)
    assert not es.indices.exists(index=first)


def test_an_index_of_another_schema_or_fold_is_noticed(es: Elasticsearch, prefix: str) -> None:
    assert aliases.check_index(es, prefix, Kind.PAGES) == (Problem.MISSING,)
    index = aliases.ensure_index(es, prefix, Kind.PAGES, replicas=0)
    assert aliases.check_index(es, prefix, Kind.PAGES) == ()
    es.indices.put_mapping(index=index, meta={"version": 0, "fold": "another"})
    assert aliases.check_index(es, prefix, Kind.PAGES) == (Problem.OTHER_SCHEMA, Problem.OTHER_FOLD)


def test_unknown_fields_are_refused(es: Elasticsearch, prefix: str) -> None:
    index = aliases.ensure_index(es, prefix, Kind.ITEMS, replicas=0)
    with pytest.raises(BadRequestError):
        es.index(index=index, id="one", document=document().as_source() | {"patient": "x"})


def test_every_field_name_stands_in_a_schema_and_the_other_way_round() -> None:
    named = {value for name, value in vars(fields).items() if name.isupper()}
    assert resources.files("mappings").joinpath("schema").is_dir()
    mapped = {name for kind in Kind for name in aliases.build_index_body(kind, replicas=0)["mappings"]["properties"]}
    assert named == mapped


def test_a_tombstone_wins_over_late_writes(es: Elasticsearch, prefix: str) -> None:
    index = aliases.ensure_index(es, prefix, Kind.ITEMS, replicas=0)
    es.index(index=index, id="one", document=build_tombstone("one", 5), version=5, version_type="external_gte")
    with pytest.raises(ConflictError):
        es.index(index=index, id="one", document=document().as_source(), version=4, version_type="external_gte")


def test_originals_and_texts_are_searchable_but_not_stored(es: Elasticsearch, prefix: str) -> None:
    index = aliases.ensure_index(es, prefix, Kind.ITEMS, replicas=0)
    one = document(content=("竣工验收。",), restricted_catalogue=("张三",), hashes=frozenset({"abc"}))
    es.index(index=index, id="one", document=one.as_source(), refresh=True)
    stored = es.get(index=index, id="one")["_source"]
    assert stored[fields.TITLE_SHOWN] == "電梯合同"
    assert not {fields.CONTENT, fields.CATALOGUE_RESTRICTED, fields.HASHES_RESTRICTED, fields.TITLE} & set(stored)


def test_a_phrase_crosses_lines_but_no_full_stop_and_no_page(es: Elasticsearch, prefix: str) -> None:
    index = aliases.ensure_index(es, prefix, Kind.ITEMS, replicas=0)
    one = document(content=("設床位四十八張。三、病房給\n排水", "电梯"))
    es.index(index=index, id="one", document=one.as_source(), refresh=True)

    def finds(text: str) -> bool:
        query = {"match_phrase": {fields.CONTENT: {"query": text, "analyzer": "zh_bi"}}}
        return bool(es.count(index=index, query=query)["count"])

    assert finds("给排水")
    assert finds("四十八张")
    assert not finds("张三")
    assert not finds("水电")


def test_the_client_divides_text_as_the_engine_does(es: Elasticsearch, prefix: str) -> None:
    index = aliases.ensure_index(es, prefix, Kind.ITEMS, replicas=0)
    texts = [
        segment for record in load_records() for segment in split_segments(fold(record.title + "。" + record.body))
    ]
    texts += [
        "1.5t dn100 5f 64排ct",
        "1,388,000.00元",
        "h002-kj·jj·zyl-08-003",
        "i25.103 k35.800x001",
        "o'neil a.b@c.cn",
    ]
    tokens = es.indices.analyze(index=index, analyzer="standard", text=texts)["tokens"]
    expected = [token["token"] for token in tokens if token["type"] != "<EMOJI>"]
    assert [text[token.start : token.end] for text in texts for token in iter_tokens(text)] == expected
