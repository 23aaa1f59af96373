"""One policy, three renderings: the object verdict, the SQL condition and the search filter give the same sets.

Runs on generated archives in the real index, in SQLite and in PostgreSQL. The populations are balanced and every rule
matters in them: tests/unit/archive/test_policy.py counts both on the same generators.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from importlib import resources

import pytest
from elasticsearch import Elasticsearch, helpers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, select
from sqlalchemy.orm import Session

from archive.access import gate, policy
from archive.access.actions import Action
from archive.access.actor import ANONYMOUS, SYSTEM, Actor, Role
from archive.db import Database
from archive.errors import NotFoundError
from archive.models import Base, CaseVolume, Department, Item, ItemDepartment, User
from config import Config
from mappings import fields
from tests.policy_world import DEPARTMENTS, ITEM_IDS, OWNERS, VOLUMES, actors, items

EXAMPLES, ITEMS, ACTORS = 12, 30, 10
SEARCHED = (Action.ITEM_DISCOVER, Action.ITEM_READ, Action.ITEM_UNMASK)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, new_database: Callable[[str], str]) -> Iterator[Database]:
    database = Database(new_database(request.param))
    Base.metadata.create_all(database.engine)
    with database.writing() as session:
        session.add_all(Department(code=code, name=code, functions=[]) for code in DEPARTMENTS)
        session.add_all(User(id=owner, name=owner, display_name=owner) for owner in OWNERS)
        session.flush()
        session.add_all(CaseVolume(id=v, class_code="KJ·SB·YL", title="卷", department=DEPARTMENTS[0]) for v in VOLUMES)
    yield database
    database.close()


@pytest.fixture(scope="module")
def index(es: Elasticsearch, config: Config) -> Iterator[str]:
    name = f"{config.index_prefix}-parity"
    schema = json.loads((resources.files("mappings") / "schema" / "items.json").read_text(encoding="utf-8"))
    es.indices.create(index=name, settings=schema["settings"], mappings=schema["mappings"])
    yield name
    es.indices.delete(index=name)


def rights_attributes(item: Item) -> dict[str, object]:
    """What the index holds of an item for the rules."""
    return {
        fields.ID: item.id,
        fields.VOLUME_ID: item.volume_id,
        fields.CLASS_CODE: item.class_code,
        fields.DEPARTMENT: item.department,
        fields.OWNER: item.owner_id,
        fields.READING_SCOPE: item.reading_scope,
        fields.READING_DEPARTMENTS: sorted(item.reading_departments),
        fields.ADDRESSED_DEPARTMENTS: sorted(item.addressed_departments),
        fields.STATE: item.state,
        fields.ON_HOLD: item.on_hold,
        fields.SECURITY_DRAWING: item.security_drawing,
        fields.SENSITIVITY: item.sensitivity,
    }


def fill_database(session: Session, archive: list[Item]) -> None:
    session.execute(delete(ItemDepartment))
    session.execute(delete(Item))
    columns = [c.key for c in Item.__table__.columns if c.key not in ("created_at", "changed_at")]
    session.execute(insert(Item), [{key: getattr(item, key, None) for key in columns} for item in archive])
    named = [
        {"item_id": item.id, "department": row.department, "relation": row.relation}
        for item in archive
        for row in item.named_departments
    ]
    if named:
        session.execute(insert(ItemDepartment), named)


def fill_index(es: Elasticsearch, index: str, archive: list[Item]) -> None:
    known = {item.id for item in archive}
    actions = [{"_index": index, "_id": item.id, "_source": rights_attributes(item)} for item in archive]
    gone = [{"_op_type": "delete", "_index": index, "_id": other} for other in ITEM_IDS if other not in known]
    helpers.bulk(es, actions)
    helpers.bulk(es, gone, raise_on_error=False)
    es.indices.refresh(index=index)


def found(es: Elasticsearch, index: str, clauses: list[policy.Query]) -> list[set[str]]:
    """Ids that each clause finds, in one request."""
    searches: list[dict[str, object]] = []
    for clause in clauses:
        searches += [{}, {"query": {"bool": {"filter": [clause]}}, "size": len(ITEM_IDS), "_source": False}]
    answers = es.msearch(index=index, searches=searches)["responses"]
    return [{hit["_id"] for hit in answer["hits"]["hits"]} for answer in answers]


archives = st.tuples(*(items(item_id=item_id) for item_id in ITEM_IDS[:ITEMS]))
people = st.lists(actors(), min_size=ACTORS, max_size=ACTORS)


def test_object_database_and_index_agree(database: Database, es: Elasticsearch, index: str) -> None:
    pairs = 0

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(archives, people)
    def agree(archive: tuple[Item, ...], asking: list[Actor]) -> None:
        nonlocal pairs
        everybody = [*asking, ANONYMOUS, SYSTEM]
        fill_index(es, index, list(archive))
        queries = [policy.POLICIES[action].predicate(actor).query() for actor in everybody for action in SEARCHED]
        from_index = iter(found(es, index, queries))
        with database.writing() as session:
            fill_database(session, list(archive))
            for actor in everybody:
                for action in policy.ITEM_ACTIONS:
                    verdicts = {item.id for item in archive if policy.decide(action, actor, item).allowed}
                    rows = set(session.scalars(select(Item.id).where(policy.condition(action, actor))))
                    assert rows == verdicts, (action, actor)
                    if action in SEARCHED:
                        assert next(from_index) == verdicts, (action, actor)
                pairs += len(archive)

    agree()
    assert pairs >= 2000


def test_gate_asks_the_same_queries_for_hidden_and_missing(database: Database) -> None:
    hidden, missing = ITEM_IDS[0], "ffffffff-ffff-4fff-8fff-ffffffffffff"
    reader = Actor(id="x", name="x", roles=frozenset({Role.READER}), functions=frozenset({"staff"}))
    statements: list[tuple[str, object]] = []
    with database.writing() as session:
        fill_database(session, [_hidden_item(hidden)])
    event.listen(database.engine, "before_cursor_execute", lambda *args: statements.append((args[2], args[3])))
    asked = []
    for item_id in (hidden, missing):
        statements.clear()
        with database.reading() as session, pytest.raises(NotFoundError) as error:
            gate.require_item(session, reader, Action.ITEM_READ, item_id)
        asked.append(([statement for statement, _ in statements], str(error.value), error.value.reason))
    assert asked[0] == asked[1]
    assert asked[0][0], "no statement was seen"


def _hidden_item(item_id: str) -> Item:
    return Item(
        id=item_id,
        class_code="WS·JC",
        title="题名",
        title_masked="题名",
        retention="D30",
        department=DEPARTMENTS[0],
        sensitivity=5,
        reading_scope="本部门",
        security_drawing=False,
        on_hold=False,
        state="filed",
        creators=[],
        keywords=[],
        meta={},
        revision=1,
        date="",
        doc_no="",
        abstract="",
        transcript="",
        carrier="",
        origin="",
        location="",
    )
