"""Catalogue services: register items, change drafts, find the case volume, keep sensitive fields sealed.

Every function takes the running write transaction; the event and the index promise are part of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from archive import accounts, audit, masking, outbox
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.access.rules import READING_SCOPES
from archive.errors import ConflictError, InvalidError
from archive.models import ALL_DEPARTMENTS, CaseVolume, Item, ItemDepartment, Relation, new_id, utc_now
from archive.record import Archive
from archive.scheme import RecordClass
from archive.states import State
from mappings.archival_code import ArchivalCode, CodeForm, parse_code
from mappings.dates import parse_date

TITLE_LENGTH = 300
EVERY_DEPARTMENT = frozenset({ALL_DEPARTMENTS, "各科室", "全院各科室", "院属各科室"})
ADDRESSED_FIELDS = ("addressee", "copy_to", "distribution")
"""Template fields 主送, 抄送 and 发放范围."""
KNOWN_KINDS = {"person": "name", "person_list": "name", "idcard": "id_number", "phone": "phone"}


@dataclass(frozen=True, kw_only=True)
class Description:
    """What is said about an item. None means: take the default of the class, or nothing."""

    title: str
    class_code: str
    department: str
    archival_code: str | None = None
    date: str = ""
    year: int | None = None
    doc_no: str = ""
    creators: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    abstract: str = ""
    transcript: str = ""
    persons: tuple[str, ...] = ()
    sensitivity: int | None = None
    retention: str | None = None
    reading_scope: str | None = None
    reading_departments: tuple[str, ...] = ()
    addressed_departments: tuple[str, ...] = ()
    page_count: int | None = None
    carrier: str = ""
    origin: str = ""
    location: str = ""
    meta: Mapping[str, Any] = field(default_factory=dict)
    state: State = State.DRAFT
    on_hold: bool = False


def create_item(session: Session, archive: Archive, actor: Actor, description: Description) -> Item:
    """Registers an item. Raises InvalidError by field, ConflictError for an archival code in use, NotGrantedError."""
    item = _draw_up(session, archive, actor, description)
    session.add(item)
    outbox.promise(session, outbox.Topic.INDEX, item.id)
    audit.record(session, archive.keys, actor, "item:create", "item", item.id, detail={"class": item.class_code})
    return item


def check_item(session: Session, archive: Archive, actor: Actor, description: Description) -> None:
    """Raises what `create_item` would raise, and registers nothing."""
    with session.no_autoflush:
        _draw_up(session, archive, actor, description)
        for added in tuple(session.new):
            session.expunge(added)


def _draw_up(session: Session, archive: Archive, actor: Actor, description: Description) -> Item:
    """The new item, checked, not yet part of the session. Only an import enters in another state than draft."""
    if description.state is not State.DRAFT:
        gate.require(actor, Action.ARCHIVE_IMPORT)
    item = Item(id=new_id(), owner_id=None if actor.is_system else actor.id, state=description.state)
    _describe(session, archive, item, description)
    gate.require_on(actor, Action.ITEM_CREATE, item)
    return item


def update_item(
    session: Session, archive: Archive, actor: Actor, item: Item, changes: Mapping[str, Any], *, revision: int
) -> None:
    """Changes a draft. Raises ConflictError when `revision` is not the current one, NotGrantedError, InvalidError."""
    gate.require_on(actor, Action.ITEM_EDIT, item)
    if item.revision != revision:
        raise ConflictError(details={"revision": "changed"})
    try:
        description = replace(read_description(archive, item), **changes)
    except TypeError as err:
        raise InvalidError(details={"field": "unknown"}) from err
    _describe(session, archive, item, description)
    gate.require_on(actor, Action.ITEM_CREATE, item)
    touch(session, item)
    audit.record(session, archive.keys, actor, "item:edit", "item", item.id, detail={"fields": sorted(changes)})


def touch(session: Session, item: Item) -> None:
    """Raises the revision and promises the index write; every change of an item or its files ends here."""
    if item in session.new:  # nobody has seen its first revision yet
        outbox.promise(session, outbox.Topic.INDEX, item.id)
        return
    session.flush()
    touch_all(session, [item.id])
    session.refresh(item, ["revision", "changed_at"])


def touch_all(session: Session, item_ids: Collection[str]) -> None:
    """`touch` for items that need not be loaded."""
    # Counted by the database: two files of one item may be read at once.
    revised = update(Item).where(Item.id.in_(item_ids)).values(revision=Item.revision + 1, changed_at=utc_now())
    session.execute(revised, execution_options={"synchronize_session": False})
    outbox.promise_all(session, outbox.Topic.INDEX, [(item_id, "") for item_id in item_ids])


def relate(session: Session, from_id: str, to_id: str, kind: str) -> None:
    """Links two items, once."""
    if session.get(Relation, (from_id, to_id, kind)) is None:
        session.add(Relation(from_id=from_id, to_id=to_id, kind=kind))


def read_description(archive: Archive, item: Item) -> Description:
    """The description of an item as it stands, sensitive fields included."""
    sealed = read_sealed(archive, item)
    return Description(
        title=item.title,
        class_code=item.class_code,
        department=item.department,
        archival_code=item.archival_code,
        date=item.date,
        year=item.year,
        doc_no=item.doc_no,
        creators=tuple(item.creators),
        keywords=tuple(item.keywords),
        abstract=item.abstract,
        transcript=item.transcript,
        persons=tuple(sealed.pop("persons", ())),
        sensitivity=item.sensitivity,
        retention=item.retention,
        reading_scope=item.reading_scope,
        reading_departments=tuple(sorted(item.reading_departments)),
        addressed_departments=tuple(sorted(item.addressed_departments)),
        page_count=item.page_count,
        carrier=item.carrier,
        origin=item.origin,
        location=item.location,
        meta=item.meta | sealed,
        state=State(item.state),
        on_hold=item.on_hold,
    )


def read_sealed(archive: Archive, item: Item) -> dict[str, Any]:
    """The sensitive template fields of an item, decrypted."""
    if item.sealed is None:
        return {}
    fields: dict[str, Any] = json.loads(archive.sealer.unseal("item", item.sealed, item.id.encode()))
    return fields


def known_values(archive: Archive, item: Item) -> tuple[masking.KnownValue, ...]:
    """Values of the item's sensitive fields, for masking them wherever they occur in its texts."""
    sealed = read_sealed(archive, item)
    types = {f.name: f.type for f in (*archive.scheme.templates["common"], *archive.scheme.fields(item.class_code))}
    return tuple(
        masking.KnownValue(value=str(value), kind=KNOWN_KINDS.get(types[name], name))
        for name, held in sealed.items()
        for value in (held if isinstance(held, list) else [held])
        if value not in (None, "")
    )


@dataclass(frozen=True)
class Masker:
    """What decides on sensitive spans in the texts of one item; made once for all its pages."""

    known: tuple[masking.KnownValue, ...] = field(repr=False)
    is_personal: bool
    is_before_2000: bool

    def find_spans(self, text: str) -> tuple[masking.Span, ...]:
        """Sensitive spans as code-point offsets."""
        return masking.find_sensitive_spans(
            text,
            known_values=self.known,
            medical_or_personnel=self.is_personal,
            before_2000=self.is_before_2000,
        )

    def mask(self, text: str) -> str:
        """The text with its sensitive spans masked, of equal length."""
        return masking.mask(text, self.find_spans(text))


def build_masker(archive: Archive, item: Item) -> Masker:
    """The masker of an item."""
    return Masker(
        known=known_values(archive, item),
        is_personal=archive.scheme.get(item.class_code).personal,
        is_before_2000=item.year is not None and item.year < 2000,
    )


def find_spans(archive: Archive, item: Item, text: str) -> tuple[masking.Span, ...]:
    """Sensitive spans in one text of the item, as code-point offsets."""
    return build_masker(archive, item).find_spans(text)


def _describe(session: Session, archive: Archive, item: Item, d: Description) -> None:
    record_class = archive.scheme.classes.get(d.class_code)
    if record_class is None:
        raise InvalidError(details={"class": "unknown"})
    title = d.title.strip()
    if not title or len(title) > TITLE_LENGTH:
        raise InvalidError(details={"title": "required" if not title else "too_long"})
    item.class_code, item.title = record_class.code, title
    item.department = accounts.get_department(session, d.department).code
    _date(item, d)
    _protect(session, item, d, record_class)
    _split_meta(archive, item, d)
    item.doc_no, item.abstract, item.transcript = d.doc_no, d.abstract, d.transcript
    item.creators, item.keywords = list(d.creators), list(d.keywords)
    item.page_count, item.carrier, item.origin, item.location = d.page_count, d.carrier, d.origin, d.location
    item.title_masked = build_masker(archive, item).mask(title)
    _number(session, item, d, record_class)


def _date(item: Item, d: Description) -> None:
    interval = parse_date(d.date) if d.date else None
    if d.date and interval is None:
        raise InvalidError(details={"date": "not_a_date"})
    item.date = d.date
    item.date_from = interval.first if interval else None
    item.date_to = interval.last if interval else None
    item.year = d.year if d.year is not None else (item.date_from.year if item.date_from else None)


def _protect(session: Session, item: Item, d: Description, record_class: RecordClass) -> None:
    """Everything the access rules ask about; defaults from the class, sensitivity may only be raised."""
    floor = max(
        (
            levels[str(d.meta[name]).lower()]
            for name, levels in record_class.sensitivity_by.items()
            if str(d.meta.get(name, "")).lower() in levels
        ),
        default=1,
    )
    wanted = d.sensitivity if d.sensitivity is not None else record_class.sensitivity
    if not 1 <= wanted <= 5:
        raise InvalidError(details={"sensitivity": "out_of_range"})
    scope = d.reading_scope or record_class.scope
    if scope not in READING_SCOPES:
        raise InvalidError(details={"reading_scope": "unknown"})
    item.sensitivity, item.reading_scope, item.on_hold = max(wanted, floor), scope, d.on_hold
    item.security_drawing = str(d.meta.get("security_drawing", "")).lower() == "true"
    item.retention = d.retention or record_class.retention
    named = {(word, "reading") for word in d.reading_departments} | {(w, "addressed") for w in d.addressed_departments}
    rows = {(_department_code(session, word), relation) for word, relation in named}
    rows |= {(code, "addressed") for code in _iter_addressed(session, d.meta)}
    item.named_departments = [ItemDepartment(department=code, relation=relation) for code, relation in sorted(rows)]


def _iter_addressed(session: Session, meta: Mapping[str, Any]) -> Iterator[str]:
    """Departments among the addressees that the paper itself names; other bodies there are not of this hospital."""
    words = {str(word) for name in ADDRESSED_FIELDS for word in _as_list(meta.get(name))}
    for word in words:
        found = accounts.find_department(session, word)
        if word in EVERY_DEPARTMENT:
            yield ALL_DEPARTMENTS
        elif found is not None:
            yield found.code


def _as_list(held: Any) -> list[Any]:
    return held if isinstance(held, list) else [] if held in (None, "") else [held]


def _department_code(session: Session, word: str) -> str:
    return ALL_DEPARTMENTS if word in EVERY_DEPARTMENT else accounts.get_department(session, word).code


def _split_meta(archive: Archive, item: Item, d: Description) -> None:
    sensitive = archive.scheme.sensitive_fields(item.class_code)
    sealed = {name: value for name, value in d.meta.items() if name in sensitive and value not in (None, "")}
    if d.persons:
        sealed["persons"] = list(d.persons)
    item.meta = {name: value for name, value in d.meta.items() if name not in sensitive and value not in (None, "")}
    packed = json.dumps(sealed, ensure_ascii=False, sort_keys=True).encode()
    item.sealed = archive.sealer.seal("item", packed, item.id.encode()) if sealed else None


def _number(session: Session, item: Item, d: Description, record_class: RecordClass) -> None:
    code = _parse_code(d.archival_code, record_class) if d.archival_code else None
    item.archival_code = code.text if code else None
    if code is None:
        return
    with session.no_autoflush:
        holder = session.scalar(select(Item.id).where(Item.archival_code == code.text))
    if holder is not None and holder != item.id:
        raise ConflictError(details={"archival_code": "in_use"})
    if record_class.arrangement == "volume" and code.volume_text and not code.is_volume:
        item.volume = _volume(session, item, code.volume_text, d)


def _parse_code(text: str, record_class: RecordClass) -> ArchivalCode:
    if record_class.numbering == "NONE":
        raise InvalidError(details={"archival_code": "class_without_code"})
    code = parse_code(text, CodeForm(record_class.numbering), record_class.code, imported=True)
    if code is None:
        raise InvalidError(details={"archival_code": "not_a_code"})
    return code


def _volume(session: Session, item: Item, code: str, d: Description) -> CaseVolume:
    """The case volume of that code, made when the first piece arrives; titled by project, machine or the code."""
    made = (one for one in session.new if isinstance(one, CaseVolume) and one.archival_code == code)
    with session.no_autoflush:
        volume = next(made, None) or session.scalar(select(CaseVolume).where(CaseVolume.archival_code == code))
    if volume is None:
        named = (str(d.meta.get(name, "")) for name in ("project_name", "equip_name", "proc_name", "group_title"))
        volume = CaseVolume(
            archival_code=code,
            class_code=item.class_code,
            title=next((name for name in named if name), code),
            department=item.department,
            year=item.year,
            meta={},
        )
        session.add(volume)
    return volume


def iter_relations(session: Session, actor: Actor, item: Item) -> Iterable[tuple[str, Item]]:
    """Related items that the actor may discover, with the kind of link, from both ends."""
    links = session.execute(
        select(Relation.kind, Relation.to_id)
        .where(Relation.from_id == item.id)
        .union(select(Relation.kind, Relation.from_id).where(Relation.to_id == item.id))
    ).all()
    seen = gate.find_visible(session, actor, Action.ITEM_DISCOVER, [other for _, other in links])
    return [(kind, seen[other]) for kind, other in links if other in seen]
