"""Archival codes are read by the form of the class, never by their shape."""

from __future__ import annotations

import pytest

from mappings.archival_code import ArchivalCode, CodeForm, assemble_code, normalise_code, parse_code


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("h002—ws•hq•2023•d30•hqb—0012", "H002-WS·HQ·2023·D30·HQB-0012"),
        ("z109－ws．2011－y－bgs－0001", "Z109-WS·2011-Y-BGS-0001"),
        ("h002-kj.jj.zyl—08—003", "H002-KJ·JJ·ZYL-08-003"),
        (" Ｈ００２－ＫＪ•ＪＪ•ＺＹＬ－０８－００３ ", "H002-KJ·JJ·ZYL-08-003"),
        ("H002 - WS·2023·Y - 0001", "H002-WS·2023·Y-0001"),
    ],
)
def test_normal_form(written: str, normal: str) -> None:
    assert normalise_code(written) == normal


VALID = [
    ("Z109-WS·2011·Y·办公室-0001", CodeForm.ITEM, "WS", {"org": "办公室", "item": "0001"}),
    ("H002-WS·HQ·2023·D30·HQB-0012", CodeForm.ITEM, "WS·HQ", {"org": "HQB", "item": "0012"}),
    ("h002—ws•hq•2023•d30•hqb—0012", CodeForm.ITEM, "WS·HQ", {"band": "D30", "year": "2023"}),
    ("H002-WS·HQ·2023·D30·HQB-0012-003", CodeForm.ITEM, "WS·HQ", {"item": "0012", "page": "003"}),
    ("H002-KU·01·2022·D30-010-0001", CodeForm.KU, "KU·01", {"volume": "010", "piece": "0001"}),
    ("H002-KJ·JJ·ZYL-08-003", CodeForm.PROJECT, "KJ·JJ·08", {"project": "ZYL", "volume": "08", "piece": "003"}),
    ("H002-KJ·SB·YL-087-002", CodeForm.EQUIP, "KJ·SB·YL", {"volume": "087", "piece": "002"}),
    ("H002-ZY·BL·ZY·2022·D30-001188", CodeForm.ITEM, "ZY·BL·ZY", {"item": "001188"}),
    ("H002-ZY·BL·MZ·2024-003312", CodeForm.ITEM_E, "ZY·BL·MZ", {"item": "003312", "band": ""}),
    ("K021-ZP·2019·D30-025-005", CodeForm.GROUP, "ZP", {"volume": "025", "piece": "005"}),
    ("J019-ZY·JC·CC·2019·D30-001-001", CodeForm.GROUP, "ZY·JC·CC", {"volume": "001", "piece": "001"}),
    ("X032-KJ·KY·01-003", CodeForm.KY, "KJ·KY·01", {"volume": "003", "piece": ""}),
    ("H002-ZY·CG·2021·D30-014-001", CodeForm.PROC, "ZY·CG", {"volume": "014", "piece": "001"}),
    ("H002-RS-0001-002", CodeForm.RS, "RS", {"volume": "0001", "piece": "002"}),
]


@pytest.mark.parametrize(("text", "form", "class_code", "parts"), VALID)
def test_valid_codes_give_their_components(text: str, form: CodeForm, class_code: str, parts: dict[str, str]) -> None:
    code = parse_code(text, form, class_code)
    assert code is not None
    assert {name: getattr(code, name) for name in parts} == parts
    assert assemble_code(code) == code.text


IMPORTED = [
    ("z109－ws．2011－y－bgs－0001", CodeForm.ITEM22, "WS", {"org": "BGS", "item": "0001"}),
    ("J019-KU·01·2017-001-001", CodeForm.KU, "KU·01", {"volume": "001", "piece": "001", "band": ""}),
    ("X032-KJ·JJ·02-005-054", CodeForm.PROJECT, "KJ·JJ·02", {"volume": "005", "page": "054"}),
    ("A002-RS-001-002", CodeForm.RS, "RS", {"volume": "001", "piece": "002"}),
    ("C038-001-002-003", CodeForm.LEGACY, "", {"catalogue": "001", "volume": "002", "piece": "003"}),
    ("Z008-WS·2019·Y-037", CodeForm.ITEM, "WS", {"item": "037"}),
    ("B168-SW·2015·Y-001", CodeForm.ITEM, "SW", {"item": "001"}),
    ("A439-WS·2015·D30·003-005", CodeForm.ITEM, "WS", {"org": "003", "item": "005"}),
]


@pytest.mark.parametrize(("text", "form", "class_code", "parts"), IMPORTED)
def test_older_habits_are_read_on_import_only(
    text: str, form: CodeForm, class_code: str, parts: dict[str, str]
) -> None:
    code = parse_code(text, form, class_code, imported=True)
    assert code is not None
    assert {name: getattr(code, name) for name in parts} == parts
    assert assemble_code(code) == code.text
    issued = parse_code(text, form, class_code)
    assert issued is None or (form is CodeForm.PROJECT and issued.page == "")


@pytest.mark.parametrize(
    ("text", "form", "class_code"),
    [
        ("H2-WS·2023·Y-0001", CodeForm.ITEM, "WS"),
        ("H002WS2023D300012", CodeForm.ITEM, "WS"),
        ("H002-WS·2023·D30-0012·1", CodeForm.ITEM, "WS"),
        ("H002-WS·2023·D20·YB-0012", CodeForm.ITEM, "WS"),
        ("H002-WS·23·Y-0001", CodeForm.ITEM, "WS"),
        ("H002-WS·2023·Y-12", CodeForm.ITEM, "WS"),
        ("H002-ZY·BL·MZ·2024-003312", CodeForm.ITEM, "ZY·BL·MZ"),
        ("H002-WS·HQ·2023·D30·HQB-0012", CodeForm.ITEM, "WS·XZ"),
        ("H002-KU·01·2022·D30-0001", CodeForm.KU, "KU·01"),
    ],
)
def test_broken_codes_are_refused(text: str, form: CodeForm, class_code: str) -> None:
    assert parse_code(text, form, class_code) is None
    assert parse_code(text, form, class_code, imported=True) is None


def _parsed(text: str, form: CodeForm, class_code: str) -> ArchivalCode:
    code = parse_code(text, form, class_code)
    assert code is not None
    return code


def test_the_volume_is_the_code_without_its_last_part() -> None:
    piece = _parsed("H002-KJ·SB·YL-087-002", CodeForm.EQUIP, "KJ·SB·YL")
    assert piece.volume_text == "H002-KJ·SB·YL-087"
    assert not piece.is_volume
    volume = _parsed(piece.volume_text, CodeForm.EQUIP, "KJ·SB·YL")
    assert volume.is_volume
    assert volume.volume_text == piece.volume_text


def test_a_page_is_not_part_of_the_entry() -> None:
    page = _parsed("H002-WS·HQ·2023·D30·HQB-0012-003", CodeForm.ITEM, "WS·HQ")
    assert page.item_text == "H002-WS·HQ·2023·D30·HQB-0012"
    assert page.volume_text == ""
