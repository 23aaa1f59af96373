"""What a person may not see leaves no trace in what search answers.

Archives are compared that differ only in what must not matter: records the person may not discover, texts the person
may not read, values masked for the person, words of closed classes. The answers must be the same to the last count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.models import Item
from config import Config
from retrieval.results import SearchResult
from samples.records import Record, load_records
from tests.service.conftest import es  # noqa: F401 - a fixture of the service tests
from tests.service.retrieval.conftest import World, new_world
from tests.service.retrieval.world import (
    ARCHIVIST,
    AUTHORITY,
    FINANCE,
    LOGISTICS,
    MR_ARCHIVIST,
    OUTSIDER,
    private_config,
)

pytestmark = pytest.mark.service

ACTORS = (ARCHIVIST, AUTHORITY, FINANCE, LOGISTICS, OUTSIDER)
QUERIES = (
    "",
    "合同",
    "电梯",
    "验收 -CT",
    "院",
    "2023年",
    "晋北二院发〔2023〕12号",
    "住院病历",
    "张三",
    "竣工图",
    "手术",
)
SENSITIVE = ("name", "id_no", "phone", "mr_no", "admission_no", "diagnosis", "diagnosis_code")

Build = Callable[[str, Iterable[Record] | None], World]


@pytest.fixture(scope="module")
def build(es: Elasticsearch, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Build]:  # noqa: F811
    """Makes archives of chosen records; all are removed at the end."""
    made: list[Any] = []

    def make(name: str, records: Iterable[Record] | None = None) -> World:
        manager = new_world(es, private_config(config, tmp_path_factory.mktemp(name), name), records)
        made.append(manager)
        return manager.__enter__()

    yield make
    for manager in made:
        manager.__exit__(None, None, None)


@pytest.fixture(scope="module")
def full(build: Build) -> World:
    return build("full", None)


def seen(world: World, actor: Actor, action: Action) -> set[str]:
    with world.archive.database.reading() as session:
        return {world.names[one] for one in gate.find_visible(session, actor, action, world.ids.values())}


def answers(world: World, actor: Actor, query: str, *, is_ordered: bool) -> dict[str, Any]:
    """Everything a person can observe in the answer to a query."""
    result = world.search(actor, query, size="100")
    strict = [(hit.id, hit.title_html, hit.snippets, hit.rights) for hit in result.hits if hit.tier == "strict"]
    close = [hit.id for hit in result.hits if hit.tier == "related"]
    by_title = [hit.id for hit in world.search(actor, query, size="100", sort="title").hits if hit.tier == "strict"]
    return {
        "total": result.total,
        "facets": result.facets,
        "notices": result.notices,
        "strict": strict if is_ordered else sorted(strict),
        "related": close if is_ordered else sorted(close),
        "by_title": by_title,
        "suggestions": world.service.suggest(actor, query),
    }


def test_hidden_records_change_nothing(full: World, build: Build) -> None:
    for number, actor in enumerate((OUTSIDER, AUTHORITY)):
        visible = seen(full, actor, Action.ITEM_DISCOVER)
        assert 10 < len(visible) < len(full.ids)
        alone = build(f"visible{number}", [one for one in load_records() if one.sample_id in visible])
        for query in QUERIES:
            expected = answers(alone, actor, query, is_ordered=False)
            assert answers(full, actor, query, is_ordered=False) == expected, query


def test_texts_that_may_not_be_read_change_nothing(full: World, build: Build) -> None:
    readable = seen(full, OUTSIDER, Action.ITEM_READ)
    hidden = seen(full, OUTSIDER, Action.ITEM_DISCOVER) - readable
    assert len(hidden) > 10
    emptied = build("emptied", [replace(r, body="" if r.sample_id in hidden else r.body) for r in load_records()])
    words = [record.body[3:9].split("\n")[0] for record in load_records() if record.sample_id in hidden][::4]
    for query in (*QUERIES[:6], *words, *(f"图 -{word}" for word in words)):
        expected = answers(emptied, OUTSIDER, query, is_ordered=False)
        assert answers(full, OUTSIDER, query, is_ordered=False) == expected, query


def test_words_of_unreadable_text_do_not_move_a_record_up(full: World) -> None:
    # S05 holds 结构 in its title, S13 only in its text, which the outsider may not read.
    assert "S13" in full.found(LOGISTICS, "结构")
    assert full.found(OUTSIDER, "结构") == ["S05"]
    before = full.found(OUTSIDER, "住院综合楼", sort="relevance")
    assert before == full.found(OUTSIDER, "住院综合楼")


def other_patient(record: Record) -> Record:
    """The same record of another patient whose masks look the same."""
    if not record.data["class"].startswith("ZY·BL"):
        return record
    turn = str.maketrans("三桂兰建国小雨海", "五秀珍立新大雪江")
    meta = {name: value.translate(turn) if name == "name" else value for name, value in record.meta.items()}
    data = record.data | {"meta": meta}
    return replace(record, title=record.title.translate(turn), body=record.body.translate(turn), data=data)


def test_masked_values_change_nothing_for_those_who_see_masks(full: World, build: Build) -> None:
    other = build("otherpatients", [other_patient(record) for record in load_records()])
    assert full.found(MR_ARCHIVIST, "张三") == ["S54", "S58"] or full.found(MR_ARCHIVIST, "张三") == ["S58", "S54"]
    assert other.found(MR_ARCHIVIST, "张三") == []
    for actor in (ARCHIVIST, OUTSIDER):
        for query in (*QUERIES[5:], "张五", "李桂兰"):
            assert answers(full, actor, query, is_ordered=True) == answers(other, actor, query, is_ordered=True), query


def closed_copies(number: int) -> list[Record]:
    """Medical records full of the words of contracts."""
    patient = next(record for record in load_records() if record.sample_id == "S54")
    body = "电梯合同验收报告竣工图住院综合楼维护保养"
    codes = (f"H002-ZY·BL·ZY·2021·D30-{n:06}" for n in range(number))
    return [
        replace(patient, sample_id=f"S{70 + n}", body=body * 3, data=patient.data | {"archival_code": code})
        for n, code in enumerate(codes)
    ]


def test_closed_classes_do_not_steer_the_order_of_others(full: World, build: Build) -> None:
    flooded = build("flooded", [*load_records(), *closed_copies(25)])
    for actor in (ARCHIVIST, OUTSIDER):
        for query in ("电梯合同", "验收报告", "住院综合楼竣工图", "维护保养"):
            found = flooded.search(actor, query, size="100")
            assert [hit.id for hit in found.hits] == [hit.id for hit in full.search(actor, query, size="100").hits]


def sensitive_values() -> set[str]:
    patients = [record for record in load_records() if record.data["class"].startswith("ZY·BL")]
    return {str(record.meta[name]) for record in patients for name in SENSITIVE if record.meta.get(name)}


def test_values_of_patients_find_nothing_without_the_right(full: World) -> None:
    values = sensitive_values()
    assert len(values) > 20
    for value in values:
        for actor in (ARCHIVIST, OUTSIDER):
            result = full.search(actor, value)
            patients = {hit.id for hit in result.hits} & {
                full.ids[name] for name in ("S54", "S55", "S56", "S57", "S58")
            }
            assert not patients, (actor.id, value)


def test_no_list_shows_a_masked_value_to_anybody(full: World) -> None:
    values = sensitive_values()
    shown: list[SearchResult] = [full.search(MR_ARCHIVIST, query, size="100") for query in (*values, *QUERIES)]
    text = "\n".join(
        part
        for result in shown
        for hit in result.hits
        if hit.class_code.startswith("ZY·BL")
        for part in (hit.title, hit.title_html, *(snippet.html for snippet in hit.snippets))
    )
    assert "张*" in text
    plain = text.replace("<mark>", "").replace("</mark>", "")
    assert not [value for value in values if value in plain]


def test_titles_of_closed_records_are_never_suggested(full: World) -> None:
    for typed in ("住院病历", "住院", "张三", "张", "党委", "10kv", "个人健康"):
        titles = [one.title for actor in (*ACTORS, MR_ARCHIVIST) for one in full.service.suggest(actor, typed)]
        assert not [title for title in titles if "病历" in title or "党委会" in title or "变配电" in title]


def test_a_right_taken_away_counts_at_once(build: Build) -> None:
    world = build("revoked", None)
    change = {"reading_scope": "本部门"}
    query = "晋卫发〔2023〕12号"
    assert world.search(OUTSIDER, query).hits[0].snippets
    with world.archive.database.writing() as session:
        session.query(Item).where(Item.id == world.ids["S47"]).update(change)
    (hit,) = world.search(OUTSIDER, query).hits
    assert (hit.snippets, Action.ITEM_READ in hit.rights) == ((), False)
    with world.archive.database.writing() as session:
        session.query(Item).where(Item.id == world.ids["S47"]).update({"state": "draft"})
    assert world.search(OUTSIDER, query).hits == ()
    assert world.service.suggest(OUTSIDER, "晋北市卫生健康委员会关于开展") == ()


def test_the_health_authority_sees_its_agreed_catalogue_without_texts(full: World) -> None:
    result = full.search(AUTHORITY, "电梯年检")
    assert "S24" in {full.names[hit.id] for hit in result.hits}
    assert not any(hit.snippets for hit in result.hits)
    assert not any(bucket.key.startswith(("ZY·BL", "RS")) for bucket in full.search(AUTHORITY, "").facets["class"])
