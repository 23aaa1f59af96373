"""Deliveries in the portal: from the firm's files to the acceptance sheet, and nothing for others."""

from __future__ import annotations

import csv
import io
import re

import openpyxl
import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.datastructures import FileStorage

from archive.deliveries.rules import draw
from archive.models import Delivery, DeliverySample, File, Page, utc_now
from tests.portal_world import ADMINISTRATORS, Portal, post, read_events, read_token
from tests.service.portal.test_imports import begin, settle

FIRM = "=晋北数码加工有限公司"
HEAD = ("档号", "题名", "页数")
PIECES = 4
SOME_ID = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
def delivery(portal: Portal, request: pytest.FixtureRequest) -> str:
    """Address of a delivery by the archivist: four pieces, three with files, one file that belongs to nothing."""
    client = portal.browser("archivist")
    number = sum(map(ord, request.node.name)) % 800 + 100
    volume = f"H002-KJ·SB·HQ-{number}"
    address = begin(client, *((f"{volume}-00{n}", f"文件{n}", 2) for n in range(1, PIECES + 1)), head=HEAD)
    settle(client, address, state="filed")
    post(client, f"{address}/apply")
    names = [f"{volume}-00{n}.pdf" for n in range(1, PIECES)]
    files = [(f"{number}{name}".encode(), name) for name in names] + [(b"x", "说明.pdf")]
    parts = [FileStorage(io.BytesIO(data), name) for data, name in files]
    form = {"csrf_token": read_token(client.get("/imports/attach")), "files": parts, "firm": FIRM}
    answer = client.post("/imports/attach", data=form, content_type="multipart/form-data")
    assert 'href="/deliveries"' in answer.text
    with portal.archive.database.reading() as session:
        newest = session.scalars(select(Delivery).order_by(Delivery.created_at.desc())).first()
        assert newest is not None
        return f"/deliveries/{newest.id}"


def find(portal: Portal, address: str) -> Delivery:
    with portal.archive.database.reading() as session:
        return session.get_one(Delivery, address.rpartition("/")[2])


def read(portal: Portal, address: str, *, low: bool = True) -> list[str]:
    """Says of the files that they were read, as a worker would; ids of their records."""
    with portal.archive.database.writing() as session:
        files = session.scalars(select(File).where(File.job_id == find(portal, address).job_id)).all()
        for number, file in enumerate(files):
            file.outcome, file.page_count, file.decided_at = "searchable", 2, utc_now()
            dpi = 150 if low and number == 0 else 300
            session.add_all(Page(file_id=file.id, number=n, needs_ocr=True, dpi=dpi) for n in (1, 2))
        return [file.item_id for file in files]


def sample(portal: Portal, address: str) -> dict[str, str]:
    with portal.archive.database.reading() as session:
        rows = session.scalars(select(DeliverySample).where(DeliverySample.delivery_id == address.rpartition("/")[2]))
        return {row.item_id: row.verdict for row in rows.all()}


def judge(client: FlaskClient, address: str, item_id: str, **form: str) -> None:
    assert post(client, f"{address}/records/{item_id}", page=address, **form).status_code == 303


def test_a_delivery_is_checked_inspected_and_accepted(portal: Portal, delivery: str) -> None:
    client = portal.browser("archivist")
    page = client.get(delivery).text
    assert "3 个文件正在读取" in page
    assert "说明.pdf" in page
    assert post(client, f"{delivery}/sample", page=delivery, percent="5", least="20").status_code == 303
    assert "自检尚未完成" in client.get(delivery).text
    records = read(portal, delivery)
    page = client.get(delivery).text
    assert re.search(r"缺文件的目录</dt><dd>.*?1</dd>", page, re.DOTALL)
    assert "150 dpi" in page
    post(client, f"{delivery}/sample", page=delivery, percent="100", least="1")
    found = find(portal, delivery)
    assert list(sample(portal, delivery)) == draw(records, percent=100, least=1, seed=found.seed)
    assert found.seed in client.get(delivery).text
    post(client, f"{delivery}/sample", page=delivery, percent="5", least="1")
    assert len(sample(portal, delivery)) == len(records)  # it is drawn once
    post(client, f"{delivery}/decision", page=delivery, do="accept", remark="好")
    assert "抽检尚未完成" in client.get(delivery).text
    for item_id in records:
        judge(client, delivery, item_id, verdict="pass", note="清楚")
    post(client, f"{delivery}/decision", page=delivery, do="accept")
    assert "请写明理由" in client.get(delivery).text  # the self-check found faults
    post(client, f"{delivery}/decision", page=delivery, do="accept", remark="004 原件已借出")
    found = find(portal, delivery)
    assert (found.state, found.decided_by, found.figures["low_dpi"]) == ("accepted", portal.user("archivist").id, 1)
    acts = ("delivery:begin", "delivery:sample", "delivery:judge", "delivery:accept")
    for act in acts:
        assert read_events(portal.archive, act)[-1].object_id == found.id
    judge(client, delivery, records[0], verdict="fail", defect="unclear")
    assert set(sample(portal, delivery).values()) == {"pass"}  # what is decided stays


def test_an_image_of_another_record_returns_the_delivery_with_the_list_to_redo(portal: Portal, delivery: str) -> None:
    client = portal.browser("archivist")
    records = read(portal, delivery, low=False)
    post(client, f"{delivery}/sample", page=delivery, percent="100", least="1")
    judge(client, delivery, records[0], verdict="fail")
    assert sample(portal, delivery)[records[0]] == ""  # a failure without a defect says nothing
    judge(client, delivery, records[0], verdict="fail", defect="wrong_record", note="=1+1")
    for item_id in records[1:]:
        judge(client, delivery, item_id, verdict="pass")
    post(client, f"{delivery}/decision", page=delivery, do="accept", remark="好")
    assert "与目录条目不符" in client.get(delivery).text
    assert find(portal, delivery).state == "inspecting"
    post(client, f"{delivery}/decision", page=delivery, do="return", remark="请重扫")
    assert find(portal, delivery).state == "returned"
    table = client.get(f"{delivery}/redo.csv").text.removeprefix("\ufeff")
    rows = list(csv.reader(io.StringIO(table)))
    assert [row[2] for row in rows[1:]] == ["缺件：没有文件", "多余：不属于任何条目", "与目录条目不符"]
    assert rows[2][1] == "说明.pdf"
    assert rows[3][3] == "'=1+1"


def test_the_acceptance_sheet_says_what_the_page_says_and_no_cell_acts(portal: Portal, delivery: str) -> None:
    client = portal.browser("archivist")
    records = read(portal, delivery)
    post(client, f"{delivery}/sample", page=delivery, percent="100", least="1")
    for item_id in records:
        judge(client, delivery, item_id, verdict="pass")
    post(client, f"{delivery}/decision", page=delivery, do="accept", remark="+已说明")
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{delivery}/sheet.xlsx").data))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    values = [cell.value for cell in cells]
    assert not any(cell.data_type == "f" for cell in cells)
    assert f"'{FIRM}" in values
    assert "'+已说明" in values
    assert values[values.index("合格率") + 1] == "100.0 %"
    assert values[values.index("低于 200 dpi 的文件") + 1] == 1
    assert find(portal, delivery).seed in values
    answer = client.get(f"{delivery}/sheet.pdf")
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    words = "".join(page.get_textpage().get_text_bounded() for page in document)
    for wanted in ("数字化成果验收单", FIRM, "已验收", "100.0 %", "档案部门（签字）"):
        assert wanted in words, wanted


@pytest.mark.parametrize("name", ["logistics", "publicity", "officer", *ADMINISTRATORS])
def test_who_is_no_archivist_sees_no_delivery(portal: Portal, delivery: str, name: str) -> None:
    client = portal.browser(name)
    for path in ("/deliveries", delivery, f"{delivery}/sheet.pdf", f"{delivery}/sheet.xlsx", f"{delivery}/redo.csv"):
        assert client.get(path).status_code == 403, path
    for path in (f"{delivery}/sample", f"{delivery}/decision", f"{delivery}/records/{SOME_ID}"):
        assert post(client, path).status_code == 403, path


def test_a_clerk_sees_none_of_others_and_inspects_nothing(portal: Portal, delivery: str) -> None:
    client = portal.browser("clerk")
    assert delivery not in client.get("/deliveries").text
    missing = f"/deliveries/{'0' * 8}{delivery.rpartition('/')[2][8:]}"
    hidden, nothing = client.get(delivery), client.get(missing)
    varying = re.compile(r"[0-9a-f-]{36}|[0-9a-f]{16}|[\w.-]{60,}")
    assert (hidden.status_code, nothing.status_code) == (404, 404)
    assert varying.sub("", hidden.text) == varying.sub("", nothing.text)
    assert post(client, f"{delivery}/sample", percent="5", least="1").status_code == 403


def test_samples_out_of_bounds_are_refused(portal: Portal, delivery: str) -> None:
    client = portal.browser("archivist")
    read(portal, delivery)
    for percent, least in (("4", "1"), ("101", "1"), ("5", "0"), ("x", "y")):
        post(client, f"{delivery}/sample", page=delivery, percent=percent, least=least)
        assert "抽检比率应为 5% 至 100%" in client.get(delivery).text
    assert sample(portal, delivery) == {}
