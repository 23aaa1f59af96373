"""Names of files against catalogued records: full width, other separators, numbers in a volume, doubt."""

from __future__ import annotations

import pytest

from archive.attach.matching import Fit, Listed, Names, Target, list_wanted, match_files
from archive.scheme import load_scheme

NAMES = Names(load_scheme())
CT, DR, BOOK = "H002-KJ·SB·YL-087", "H002-KJ·SB·YL-088", "H002-KU·01·2022·D30-003"
TARGETS = (
    Target(CT, "volume", CT),
    Target(f"{CT}-001", "contract", CT, 1, 5),
    Target(f"{CT}-002", "acceptance", CT, 6, 9),
    Target(f"{DR}-001", "first", DR, 1),
    Target(f"{DR}-002", "second", DR, 40),
    Target(BOOK, "book", BOOK),
    Target("H002-WS·XZ·2023·D30-0001", "letter"),
    Target("H002-WS·HQ·2023·D30·HQB-0012", "rules"),
)


def match(path: str, listed: str = "") -> tuple[str, str]:
    (found,) = match_files(NAMES, [path], TARGETS, {path: [Listed(listed)]} if listed else {})
    return found.fit, found.target.item_id if found.target else ""


@pytest.mark.parametrize(
    ("path", "item"),
    [
        ("H002-KJ·SB·YL-087-001.pdf", "contract"),
        ("h002_kj_sb_yl_087_001.PDF", "contract"),
        ("Ｈ００２－ＫＪ．ＳＢ．ＹＬ－０８７－００２ 验收报告.tif", "acceptance"),
        ("2023扫描/H002-WS.XZ.2023.D30-0001.pdf", "letter"),
        ("H002-WS·XZ·2023·D30-0001-003.jpg", "letter"),
        ("考核办法 H002-WS·HQ·2023·D30·HQB-0012（正本）.pdf", "rules"),
        ("H002-WS·XZ·2023·D30-0001/第1页.jpg", "letter"),
        ("H002-WS·XZ·2023·D30-0001/2023/附件/001.jpg", "letter"),
        ("H002-KU·01·2022·D30-003.pdf", "book"),
        ("H002-KU·01·2022·D30-003/0001.jpg", "book"),
        ("H002-KJ·SB·YL-087/0004.jpg", "contract"),
        ("H002-KJ·SB·YL-087/0009.jpg", "acceptance"),
        ("H002-KJ·SB·YL-088/0039.jpg", "first"),
        ("H002-KJ·SB·YL-088/0120.jpg", "second"),
        ("H002-KJ·SB·YL-087/001.pdf", "contract"),
    ],
)
def test_a_file_finds_its_record(path: str, item: str) -> None:
    assert match(path) == (Fit.MATCHED, item)


@pytest.mark.parametrize(
    ("path", "fit"),
    [
        ("采购合同.pdf", Fit.UNNAMED),
        ("H002-KJ·SB·YL-087-004.pdf", Fit.UNKNOWN),
        ("H002-KJ·SB·YL-0871.pdf", Fit.UNNAMED),
        ("H002-KJ·SB·YL-087/封面.jpg", Fit.UNKNOWN),
        ("H002-KJ·SB·YL-087/0200.jpg", Fit.UNKNOWN),
        ("H002-WS·XZ·2023·D30-0099/1.jpg", Fit.UNKNOWN),
        # 002 is the second piece by its number and the first one by its page.
        ("H002-KJ·SB·YL-087/002.jpg", Fit.AMBIGUOUS),
        # The whole volume in one file: which piece is on which page, the name does not say.
        ("H002-KJ·SB·YL-087.pdf", Fit.AMBIGUOUS),
        ("H002-WS·XZ·2023·D30-0001 和 H002-KJ·SB·YL-087-001.pdf", Fit.AMBIGUOUS),
    ],
)
def test_what_fits_none_or_several_is_not_attached(path: str, fit: Fit) -> None:
    assert match(path) == (fit, "")


def test_a_manifest_goes_before_names() -> None:
    assert match("扫描/0001.pdf", "h002-ws.xz.2023.d30-0001") == (Fit.MATCHED, "letter")
    assert match(f"{CT}-001.pdf", "H002-WS·XZ·2023·D30-0099") == (Fit.UNKNOWN, "")


def test_a_manifest_shares_out_the_pages_of_a_volume() -> None:
    listed = {"整卷.pdf": [Listed(f"{CT}-001", (1, 5)), Listed(f"{CT}-002", (6, 9))]}
    found = match_files(NAMES, ["整卷.pdf"], TARGETS, listed)
    assert [(match.target.item_id, match.name) for match in found if match.target] == [
        ("contract", "整卷 (1-5).pdf"),
        ("acceptance", "整卷 (6-9).pdf"),
    ]


def test_all_codes_that_may_be_meant_are_asked_for() -> None:
    paths = ["H002-KJ·SB·YL-087/002.jpg", "x/H002-WS·XZ·2023·D30-0001-003.jpg"]
    assert list_wanted(NAMES, paths, {"a": [Listed("h002-ku·01·2022·d30-003")]}) == {
        CT,
        "H002-WS·XZ·2023·D30-0001",
        BOOK,
    }
