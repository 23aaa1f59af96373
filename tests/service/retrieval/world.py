"""The demo records in a private archive and index, described without the ingest pipeline.

Texts are the records' own words (`samples/records.yaml`), so what is measured here is search alone: no recognition
errors, no page breaks. People are actors as the database would resolve them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from elasticsearch import Elasticsearch, helpers
from sqlalchemy import insert

import samples
from archive import setup
from archive.access.actor import Actor, Role
from archive.masking import KnownValue, find_sensitive_spans, mask
from archive.models import Department, Item, ItemDepartment
from archive.record import Archive
from archive.scheme import Scheme
from config import Config
from mappings.aliases import Kind, alias_name, ensure_index
from mappings.dates import DateInterval, find_dates, parse_date
from mappings.documents import ItemDocument, PageDocument
from mappings.hashing import hash_value
from mappings.numbers import describe_numbers, keys_of_field, secrets_of_field
from samples.records import Record, load_records

DEPARTMENTS = {
    row["zh"]: (row["code"], row.get("functions", []))
    for row in yaml.safe_load((Path(samples.__file__).parent / "departments.yaml").read_text(encoding="utf-8"))[
        "departments"
    ]
}
"""Code and functions of each department of the demo, by name."""

MASKS = {"name": "name", "id_no": "id_number", "phone": "phone", "address": "address", "birth": "birth"}
DATE_TYPES = frozenset({"date", "datetime", "ym", "interval"})
STAFF = frozenset({"staff"})


def person(role: Role, department: str = "", clearance: int = 2) -> Actor:
    """An actor of one role in one department."""
    codes = frozenset({DEPARTMENTS[department][0]} if department else ())
    functions = set(DEPARTMENTS[department][1]) if department else set()
    if role is Role.AUTHORITY:
        return Actor(f"{role}", "x", frozenset({role}), frozenset({"authority"}), frozenset(), 3)
    named = {Role.ARCHIVIST: "archivist", Role.MR_ARCHIVIST: "mr_archivist", Role.FINANCE: "finance"}
    named |= {Role.LOGISTICS: "engineering", Role.EQUIPMENT: "equipment"}
    functions |= {named[role]} if role in named else set()
    return Actor(f"{role}-{department}", "x", frozenset({role}), STAFF | functions, codes, clearance)


ARCHIVIST = person(Role.ARCHIVIST, clearance=4)
MR_ARCHIVIST = person(Role.MR_ARCHIVIST, "病案室", clearance=5)
FINANCE = person(Role.FINANCE, "财务科", clearance=3)
LOGISTICS = person(Role.LOGISTICS, "后勤保障部", clearance=3)
AUTHORITY = person(Role.AUTHORITY)
OUTSIDER = person(Role.READER, "宣传科")


@dataclass(frozen=True)
class Described:
    """One record as database row and index documents."""

    row: Item
    item: ItemDocument
    pages: tuple[PageDocument, ...]


def open_archive(config: Config) -> Archive:
    """A new archive with the departments."""
    config.data.mkdir(parents=True, exist_ok=True)
    setup.create_keys(config)
    setup.migrate(config)
    archive = Archive.open(config)
    with archive.database.writing() as session:
        present = {department.code for department in session.query(Department)}
        rows = {code: (name, functions) for name, (code, functions) in DEPARTMENTS.items() if code not in present}
        session.add_all(Department(code=c, name=n, functions=f) for c, (n, f) in rows.items())
    return archive


def load_world(archive: Archive, client: Elasticsearch, records: Iterable[Record] | None = None) -> dict[str, str]:
    """Puts the demo records (or those given) into the database and the index; item id by sample id."""
    records = load_records() if records is None else records
    described = {record.sample_id: describe(record, archive) for record in records}
    with archive.database.writing() as session:
        session.add_all(one.row for one in described.values())
    write(client, archive.config.index_prefix, described.values())
    return {sample_id: one.item.id for sample_id, one in described.items()}


def write(client: Elasticsearch, prefix: str, described: Iterable[Described]) -> None:
    """Writes records and pages and makes them searchable."""
    for kind in Kind:
        ensure_index(client, prefix, kind, replicas=0)
    helpers.bulk(client, _iter_actions(prefix, described))
    for kind in Kind:
        client.indices.refresh(index=alias_name(prefix, kind))


def add_crowd(archive: Archive, client: Elasticsearch, documents: Iterable[ItemDocument]) -> None:
    """Writes catalogue records without pages to index and database, some thousands in memory at a time."""
    alias = alias_name(archive.config.index_prefix, Kind.ITEMS)
    remaining = iter(documents)
    while batch := list(islice(remaining, 5000)):
        actions = ({"_index": alias, "_id": one.id, "_source": one.as_source()} for one in batch)
        helpers.bulk(client, actions, chunk_size=2500)
        with archive.database.writing() as session:
            session.execute(insert(Item), [_attributes(one) | {"title": one.title} for one in batch])
    client.indices.refresh(index=alias)


def _iter_actions(prefix: str, described: Iterable[Described]) -> Iterator[dict[str, Any]]:
    for one in described:
        yield {"_index": alias_name(prefix, Kind.ITEMS), "_id": one.item.id, "_source": one.item.as_source()}
        for page in one.pages:
            yield {"_index": alias_name(prefix, Kind.PAGES), "_id": page.id, "_source": page.as_source()}


def describe(record: Record, archive: Archive) -> Described:
    """A sample record as it would stand in database and index."""
    data, meta, scheme = record.data, record.meta, archive.scheme
    item_id = f"00000000-0000-4000-8000-0000000000{record.sample_id[1:]}"
    department = DEPARTMENTS[data["department"]][0]
    reading = tuple(DEPARTMENTS[name][0] for name in data.get("reading_departments", []))
    title, body = _masked(record.title, record, scheme), _masked(record.body, record, scheme)
    public = {name: value for name, value in meta.items() if name not in scheme.sensitive_fields(data["class"])}
    is_changed = (title, body) != (record.title, record.body)
    item = ItemDocument(
        id=item_id,
        revision=1,
        title=title,
        class_code=data["class"],
        class_path=scheme.get(data["class"]).path,
        department=department,
        state=data["state"],
        sensitivity=data["sensitivity"],
        reading_scope=data["reading_scope"],
        archival_code=data["archival_code"],
        reading_departments=reading,
        security_drawing=str(meta.get("security_drawing")) == "True",
        creators=tuple(data["creator"]),
        keywords=tuple(data.get("keywords", [])),
        metadata=tuple(_flat({"doc_no": data.get("doc_no", "")} | public)),
        content=(body,) if body and scheme.get(data["class"]).index_body else (),
        numbers=frozenset(_numbers(record, public)),
        content_numbers=describe_numbers(body),
        year=data["year"],
        date=parse_date(data["date"]),
        date_text=data["date"],
        dates=tuple(_dates(record, public, scheme)),
        buildings=tuple(_flat({"building": meta.get("building", "")})),
        equipment=tuple(_flat({"equip_no": meta.get("equip_no", "")})),
        retention=data["retention"],
        carrier=data["carrier"],
        origin=data["origin"],
        extraction=("searchable",),
        restricted_catalogue=(record.title, *_flat(meta)) if is_changed else (),
        restricted_content=(record.body,) if is_changed else (),
        hashes=frozenset(hash_value(archive.keys, secret) for secret in _secrets(meta)),
        codes=frozenset(filter(None, [meta.get("diagnosis_code")])),
    )
    page = PageDocument(
        item=item_id,
        file=item_id.replace("0000-4", "0001-4"),
        page=1,
        revision=1,
        text=body,
        numbers=describe_numbers(body),
        restricted=record.body if is_changed else "",
    )
    return Described(_row(record, item), item, (page,) if body else ())


def _row(record: Record, item: ItemDocument) -> Item:
    named = [ItemDepartment(department=code, relation="reading") for code in item.reading_departments]
    return Item(**_attributes(item), title=record.title, named_departments=named)


def _attributes(item: ItemDocument) -> dict[str, Any]:
    return {
        "id": item.id,
        "archival_code": item.archival_code,
        "class_code": item.class_code,
        "title_masked": item.title,
        "retention": item.retention or "D30",
        "department": item.department,
        "sensitivity": item.sensitivity,
        "reading_scope": item.reading_scope,
        "security_drawing": item.security_drawing,
        "state": item.state,
    }


def _masked(text: str, record: Record, scheme: Scheme) -> str:
    sensitive = scheme.sensitive_fields(record.data["class"])
    flat = ((name, value) for name in sensitive for value in _flat({name: record.meta.get(name, "")}))
    known = [KnownValue(value, MASKS.get(name, "hidden")) for name, value in flat]
    personal = record.data["class"].startswith(("ZY·BL", "RS"))
    return mask(text, find_sensitive_spans(text, known_values=known, medical_or_personnel=personal))


def _flat(meta: dict[str, Any]) -> Iterator[str]:
    for value in meta.values():
        for one in value if isinstance(value, list) else [value]:
            if str(one):
                yield str(one)


def _numbers(record: Record, public: dict[str, Any]) -> Iterator[str]:
    typed = {name: record.data.get(name, "") for name in ("archival_code", "doc_no")} | public
    for name, value in typed.items():
        for one in value if isinstance(value, list) else [value]:
            yield from keys_of_field(name, str(one))
    yield from describe_numbers(record.title)


def _dates(record: Record, public: dict[str, Any], scheme: Scheme) -> Iterator[DateInterval]:
    types = {field.name: field.type for field in scheme.fields(record.data["class"])}
    for name, value in public.items():
        interval = parse_date(str(value)[:17]) if types.get(name) in DATE_TYPES else None
        if interval:
            yield interval
    for found in find_dates(record.title):
        yield found.interval


def _secrets(meta: dict[str, Any]) -> Iterator[str]:
    for name, value in meta.items():
        yield from secrets_of_field(name, str(value), count=meta.get("admission_count"))


def private_config(config: Config, folder: Path, name: str) -> Config:
    """Settings of a private archive that uses the session's Elasticsearch under a prefix of its own."""
    keys = folder / "keys"
    keys.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = folder / "data"
    return replace(
        config,
        data=data,
        keys=keys,
        database_url=f"sqlite:///{data / 'guidang.db'}",
        index_prefix=f"{config.index_prefix}-{name}",
        secret_key="cursors of tests",
    )
