"""Separator sheets as they are printed: readable by machine, for records that the person may know of."""

from __future__ import annotations

import re
from uuid import uuid4

import numpy as np
import zxingcpp

from archive.separators import read_codes
from tests import portal_papers as papers
from tests.portal_world import Portal, read_events
from tests.service.portal.test_upload import files_of, hand_in

_MODULE = re.compile(r"M(\d+) (\d+)h1v1h-1z")


def read_sheets(html: str) -> list[tuple[str, ...]]:
    """What a scanner reads of each sheet."""
    found = []
    for size, outline in re.findall(r'viewBox="0 0 (\d+) \1"[^>]*><path d="(M[^"]*h1v1h-1z)"', html):
        pixels = np.full((int(size), int(size)), 255, np.uint8)
        for x, y in _MODULE.findall(outline):
            pixels[int(y), int(x)] = 0
        image = np.kron(pixels, np.ones((5, 5), np.uint8))
        found.append(read_codes([code.text for code in zxingcpp.read_barcodes(image)]))
    return found


def shelve(portal: Portal, code: str, title: str, **more: object) -> papers.Paper:
    return papers.shelve(
        portal.archive,
        papers.make_pdf(),
        papers.read_pages(),
        title=title,
        class_code="KJ·SB·TZ",
        archival_code=code,
        meta={"equip_name": "五号锅炉"},
        **more,
    )


def test_a_sheet_names_its_record_to_machines_and_people(portal: Portal) -> None:
    record = shelve(portal, "H002-KJ·SB·TZ-911-001", "五号锅炉合同")
    client = portal.browser("clerk")
    assert f"/items/{record.item_id}/sheet" in client.get(f"/items/{record.item_id}").text
    html = client.get(f"/items/{record.item_id}/sheet").text
    assert read_sheets(html) == [("H002-KJ·SB·TZ-911-001",)]
    assert "H002-KJ·SB·TZ-911-001" in html
    assert "五号锅炉合同" in html
    assert read_events(portal.archive, "sheet:print")[-1].object_id == record.item_id


def test_the_sheets_of_a_volume_are_those_of_the_pieces_that_may_be_known(portal: Portal) -> None:
    first = shelve(portal, "H002-KJ·SB·TZ-912-001", "检验报告")
    shelve(portal, "H002-KJ·SB·TZ-912-002", "改造草稿", state="draft")
    volume_id = papers.get_item(portal.archive, first.item_id).volume_id
    html = portal.browser("publicity").get(f"/volumes/{volume_id}/sheets").text
    assert read_sheets(html) == [("H002-KJ·SB·TZ-912-001",)]
    assert "改造草稿" not in html
    assert len(read_sheets(portal.browser("clerk").get(f"/volumes/{volume_id}/sheets").text)) == 2


def test_hidden_and_missing_records_have_no_sheet(portal: Portal) -> None:
    hidden = shelve(portal, "H002-KJ·SB·TZ-913-001", "草稿", state="draft")
    client = portal.browser("publicity")
    for item_id in (hidden.item_id, str(uuid4())):
        assert client.get(f"/items/{item_id}/sheet").status_code == 404


def test_a_record_without_a_code_says_so(portal: Portal) -> None:
    record = papers.shelve(portal.archive, papers.make_pdf(), papers.read_pages())
    html = portal.browser("clerk").get(f"/items/{record.item_id}/sheet").text
    assert read_sheets(html) == []
    assert "尚未编制档号" in html


def test_a_stack_is_marked_as_one_by_the_form(portal: Portal) -> None:
    client = portal.browser("clerk")
    marked = [
        [
            file.is_stack
            for file in files_of(portal.archive, hand_in(client, (b"%PDF-", "一叠.pdf"), **wish).location[6:])
        ]
        for wish in ({"parted": "1"}, {})
    ]
    assert marked == [[True], [False]]
