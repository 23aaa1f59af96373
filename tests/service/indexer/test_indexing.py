"""What stands in the index, field by field, and that it follows the record: changes, removals, destruction."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from archive import catalogue, outbox
from archive.models import File, Item
from archive.outbox import Topic
from archive.record import Archive
from archive.states import State
from archive.texts import Line, PageText, pack_page, pack_pages
from indexer import upkeep
from indexer.worker import Worker
from mappings import fields
from mappings.aliases import Kind
from mappings.hashing import hash_value
from tests.indexer_world import (
    Index,
    count_open,
    drain,
    get_file,
    get_item,
    hand_in,
    list_open,
    make_pdf,
    register,
)

ID_NUMBER = "999999199003074513"
MEDICAL = {
    "class_code": "ZY·BL·ZY",
    "department": "BAS",
    "meta": {"name": "欧阳春晓", "id_no": ID_NUMBER, "mr_no": "00123456", "diagnosis_code": "I21.900", "sex": "女"}
    | {"admission_count": "2"},
}


def touch(archive: Archive, item_id: str, **values: object) -> None:
    with archive.database.writing() as session:
        item = session.get_one(Item, item_id)
        for name, value in values.items():
            setattr(item, name, value)
        catalogue.touch(session, item)


def test_a_record_is_described_whole(archive: Archive, worker: Worker, index: Index) -> None:
    item_id = register(
        archive,
        "关于电梯维保合同的请示",
        doc_no="晋北二院字〔2023〕17号",
        date="20230512",
        creators=("后勤保障部",),
        keywords=("电梯", "维保"),
        reading_scope="指定部门",
        reading_departments=("BAS",),
        meta={"doc_type": "请示", "addressee": ["各科室"], "security_drawing": "false"},
    )
    drain(worker)
    [entry] = index.find(Kind.ITEMS)
    assert entry["_id"] == entry[fields.ID] == item_id
    shown = {name: entry[name] for name in (fields.TITLE_SHOWN, fields.CLASS_CODE, fields.CLASS_PATH, fields.STATE)}
    assert shown == {
        fields.TITLE_SHOWN: "关于电梯维保合同的请示",
        fields.CLASS_CODE: "WS·HQ",
        fields.CLASS_PATH: ["WS", "WS·HQ"],
        fields.STATE: "filed",
    }
    assert entry[fields.DATE] == [{"gte": "2023-05-12", "lte": "2023-05-12"}]
    assert (entry[fields.READING_DEPARTMENTS], entry[fields.ADDRESSED_DEPARTMENTS]) == (["BAS"], ["*"])
    for field, words in ((fields.TITLE, "电梯维保"), (fields.CREATOR, "后勤保障部"), (fields.CATALOGUE, "请示")):
        assert index.find(Kind.ITEMS, {"match_phrase": {field: words}}), field
    assert index.find(Kind.ITEMS, {"term": {fields.NUMBERS: "doc:晋北二院|2023|17"}})


def test_amounts_periods_and_machines_are_typed(archive: Archive, worker: Worker, index: Index) -> None:
    meta = {"amount": "186000.50", "period": "20230101-20231231", "contract_no": "HT-2023-056"}
    register(archive, "维保合同", class_code="ZY·HT", meta=meta)
    machine = {"equip_name": "燃气锅炉", "equip_no": "HQ-2016-0003", "place": "锅炉房"}
    register(archive, "锅炉检验报告", class_code="KJ·SB·TZ", meta=machine)
    register(archive, "竣工图", class_code="KJ·JJ·08", meta={"building": "住院综合楼", "area_m2": "56000"})
    drain(worker)
    [contract] = index.find(Kind.ITEMS, {"term": {fields.AMOUNTS: 18_600_050}})
    assert contract[fields.CLASS_CODE] == "ZY·HT"
    assert index.find(Kind.ITEMS, {"term": {fields.NUMBERS: "no:HT-2023-056"}})
    [boiler] = index.find(Kind.ITEMS, {"term": {fields.EQUIPMENT: "燃气锅炉"}})
    assert boiler[fields.CLASS_CODE] == "KJ·SB·TZ"
    [drawing] = index.find(Kind.ITEMS, {"term": {fields.BUILDING: "住院综合楼"}})
    assert fields.AMOUNTS not in drawing


def test_every_public_date_of_the_catalogue_is_found(archive: Archive, worker: Worker, index: Index) -> None:
    built = {"start_date": "20200401", "finish_date": "20221130", "stage": "09验收备案"}
    register(archive, "住院综合楼2019年8月立项竣工验收备案表", class_code="KJ·JJ·09", date="20221222", meta=built)
    stay = {"birth": "19600101", "admitted_at": "2022-03-02 09:10", "discharged_at": "2022-03-14 10:00"}
    register(archive, "住院病历", class_code="ZY·BL·ZY", department="BAS", date="20220314", meta=stay)
    drain(worker)
    found = {entry[fields.CLASS_CODE]: entry[fields.DATE] for entry in index.find(Kind.ITEMS)}
    days = {code: [(span["gte"], span["lte"]) for span in spans] for code, spans in found.items()}
    assert days == {
        "KJ·JJ·09": [
            ("2022-12-22", "2022-12-22"),
            ("2020-04-01", "2020-04-01"),
            ("2022-11-30", "2022-11-30"),
            ("2019-08-01", "2019-08-31"),
        ],
        "ZY·BL·ZY": [("2022-03-14", "2022-03-14"), ("2022-03-02", "2022-03-02"), ("2022-03-14", "2022-03-14")],
    }


def test_persons_stand_masked_or_hashed_only(archive: Archive, worker: Worker, index: Index) -> None:
    text = f"患者欧阳春晓，身份证号{ID_NUMBER}，入院诊断急性心肌梗死。"
    file_id = hand_in(archive, text.encode(), "欧阳春晓住院病历.txt", **MEDICAL)
    drain(worker)
    item = get_file(archive, file_id).item
    [entry], [page] = index.find(Kind.ITEMS), index.find(Kind.PAGES)
    assert "欧阳春晓" not in entry[fields.TITLE_SHOWN] == item.title_masked
    assert ID_NUMBER not in page[fields.PAGE_TEXT]
    assert "欧阳春晓" not in page[fields.PAGE_TEXT]
    assert len(page[fields.PAGE_TEXT]) == len(text)
    for field in (fields.CATALOGUE_CLOSED, fields.CONTENT_CLOSED, fields.TITLE, fields.CONTENT, fields.CATALOGUE):
        for secret in ("欧阳春晓", ID_NUMBER):
            assert not index.find(Kind.ITEMS, {"match_phrase": {field: secret}}), (field, secret)
    assert index.find(Kind.ITEMS, {"match_phrase": {fields.CONTENT_RESTRICTED: "欧阳春晓"}})
    assert index.find(Kind.ITEMS, {"match_phrase": {fields.CATALOGUE_RESTRICTED: "欧阳春晓"}})
    for secret in (f"person:{ID_NUMBER}", "patient:mr_no:00123456", "patient:working:00123456-02"):
        hashed = hash_value(archive.keys, secret)
        assert index.find(Kind.ITEMS, {"term": {fields.HASHES_RESTRICTED: hashed}}), secret
    assert index.find(Kind.ITEMS, {"term": {fields.CODES_RESTRICTED: "I21.900"}})


def test_a_class_without_body_gives_no_word(archive: Archive, worker: Worker, index: Index) -> None:
    file_id = hand_in(archive, "举报信正文内容".encode(), "来信.txt", class_code="WS·JC", transcript="录音文字")
    drain(worker)
    assert get_file(archive, file_id).outcome == "searchable"
    assert index.page_ids() == set()
    for field in (fields.CONTENT, fields.CONTENT_CLOSED, fields.CONTENT_RESTRICTED):
        assert not index.find(Kind.ITEMS, {"exists": {"field": field}}), field
    [entry] = index.find(Kind.ITEMS)
    assert entry[fields.EXTRACTION] == ["searchable"]


def test_a_transcript_is_content(archive: Archive, worker: Worker, index: Index) -> None:
    item_id = register(archive, "院长办公会录音", transcript="会议决定更换三号锅炉。")
    drain(worker)
    assert index.find_words("更换三号锅炉") == {item_id}


def test_pages_that_a_file_lost_leave_the_index(archive: Archive, worker: Worker, index: Index) -> None:
    file_id = hand_in(archive, make_pdf("甲", "乙", "丙"), "三页.pdf")
    drain(worker)
    assert len(index.page_ids()) == 3
    shorter = archive.vault.put(b"".join(_pack("甲"))).address
    with archive.database.writing() as session:
        session.execute(update(File).where(File.id == file_id).values(page_count=1, text_address=shorter))
    touch(archive, get_file(archive, file_id).item_id)
    drain(worker)
    assert index.page_ids() == {f"{file_id}:1"}


def _pack(*pages: str) -> list[bytes]:
    packed = [pack_page(PageText(n, 1, 1, (Line(text),), "x")) for n, text in enumerate(pages, 1)]
    return list(pack_pages(packed))


def test_a_destroyed_record_leaves_a_tombstone_that_late_writes_cannot_pass(
    archive: Archive, worker: Worker, index: Index
) -> None:
    file_id = hand_in(archive, make_pdf("将被销毁的内容"), "销毁.pdf")
    drain(worker)
    item_id = get_file(archive, file_id).item_id
    [before] = index.find(Kind.ITEMS)
    touch(archive, item_id, state=State.DESTROYED)
    drain(worker)
    [stone] = index.find(Kind.ITEMS)
    assert stone == {"_id": item_id, "_version": 4, fields.ID: item_id, fields.REVISION: 4, fields.TOMBSTONE: True}
    assert index.page_ids() == set()
    with archive.database.writing() as session:  # a worker that slept since before the destruction wakes up
        session.execute(update(Item).where(Item.id == item_id).values(state=State.FILED, revision=before["_version"]))
        outbox.promise(session, Topic.INDEX, item_id)
    drain(worker)
    assert index.find(Kind.ITEMS) == [stone]
    assert index.page_ids() == set()


def test_a_refused_record_is_kept_for_later_and_told(archive: Archive, worker: Worker, index: Index) -> None:
    good = register(archive, "好记录")
    drain(worker)
    bad = register(archive, "坏记录")
    with archive.database.writing() as session:  # more than the engine's keyword can hold
        session.get_one(Item, bad).carrier = "很长" * 20_000
    drain(worker)
    assert {entry["_id"] for entry in index.find(Kind.ITEMS)} == {good}
    [row] = list_open(archive)
    assert (row.subject_id, row.last_error, row.attempts) == (bad, "index_rejected", 1)
    touch(archive, bad, carrier="纸质")
    drain(worker)
    assert {entry["_id"] for entry in index.find(Kind.ITEMS)} == {good, bad}
    assert count_open(archive) == 0


@pytest.mark.parametrize("kind", Kind)
def test_a_lost_index_is_made_again_and_filled(archive: Archive, worker: Worker, index: Index, kind: Kind) -> None:
    file_id = hand_in(archive, make_pdf("仍可检索"), "甲.pdf")
    drain(worker)
    [name] = index.client.indices.get_alias(name=index.alias(kind))
    index.client.indices.delete(index=name)
    other = register(archive, "之后登记的档案")
    upkeep.sweep(worker)
    drain(worker)
    assert {entry["_id"] for entry in index.find(Kind.ITEMS)} == {get_file(archive, file_id).item_id, other}
    assert index.page_ids() == {f"{file_id}:1"}


def test_an_item_whose_text_is_damaged_keeps_its_older_entry(archive: Archive, worker: Worker, index: Index) -> None:
    file_id = hand_in(archive, make_pdf("原有内容"), "甲.pdf")
    drain(worker)
    file = get_file(archive, file_id)
    path = archive.config.vault / (file.text_address or "")[:2] / (file.text_address or "")
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    touch(archive, file.item_id)
    drain(worker)
    assert index.find_words("原有内容") == {file.item_id}
    [row] = list_open(archive)
    assert row.last_error == "vault_damaged"
    assert get_item(archive, file.item_id).revision > index.find(Kind.ITEMS)[0]["_version"]
