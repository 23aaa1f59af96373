"""Manifests and folders: what is derived, and that every fault is told by row and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from archive.scheme import load_scheme
from archive.states import State
from indexer.manifest import Defaults, Entry, Fault, Link, ManifestError, derive_entries, read_manifest

SCHEME = load_scheme()
DEFAULTS = Defaults("WS·XZ", "DAS")


def write(folder: Path, *lines: str, encoding: str = "utf-8") -> Path:
    (folder / "a.txt").write_text("正文", encoding="utf-8")
    manifest = folder / "m.csv"
    manifest.write_bytes("\n".join(lines).encode(encoding))
    return manifest


def read(folder: Path, *lines: str, encoding: str = "utf-8") -> list[Entry]:
    return read_manifest(write(folder, *lines, encoding=encoding), folder, SCHEME, DEFAULTS)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_row_becomes_a_description(tmp_path: Path, encoding: str) -> None:
    [entry] = read(
        tmp_path,
        "path,title,class,department,creator,sensitivity,state,relations,equip_name,licences",
        "a.txt,锅炉检验报告,KJ·SB·TZ,后勤保障部,甲；乙,3,filed,其他:H002-1,燃气锅炉,证一；证二",
        encoding=encoding,
    )
    d = entry.description
    assert (entry.row, entry.path, entry.source) == (2, "a.txt", tmp_path / "a.txt")
    assert (d.title, d.class_code, d.department, d.creators) == ("锅炉检验报告", "KJ·SB·TZ", "后勤保障部", ("甲", "乙"))
    assert (d.sensitivity, d.state) == (3, State.FILED)
    assert d.meta == {"equip_name": "燃气锅炉", "licences": ["证一", "证二"]}
    assert entry.links == (Link("其他", "H002-1"),)


def test_what_a_row_leaves_out_is_derived_and_a_record_needs_no_file(tmp_path: Path) -> None:
    with_file, without = read(tmp_path, "path,title", "a.txt,", ",会议录音")
    assert (with_file.description.title, with_file.description.class_code) == ("a", "WS·XZ")
    assert (without.source, without.description.title) == (None, "会议录音")


@pytest.mark.parametrize(
    ("columns", "row", "column", "reason"),
    [
        ("path,title,colour", "a.txt,甲,红", "colour", "unknown_field"),
        ("path,title", "b.txt,甲", "path", "no_such_file"),
        ("path,title", "../a.txt,甲", "path", "outside_folder"),
        ("path,title", "/etc/hostname,甲", "path", "outside_folder"),
        ("path,title,class", "a.txt,甲,没有", "class", "unknown"),
        ("path,title,date", "a.txt,甲,昨天某时", "date", "not_a_date"),
        ("path,title,sensitivity", "a.txt,甲,6", "sensitivity", "out_of_range"),
        ("path,title,state", "a.txt,甲,lost", "state", "unknown"),
        ("path,title,retention", "a.txt,甲,D99", "retention", "unknown"),
        ("path,title,equip_name", "a.txt,甲,锅炉", "equip_name", "not_of_class"),
        ("path,title,relations", "a.txt,甲,无", "relations", "not_a_relation"),
        ("path,title", ",", "title", "required"),
        ("path,title", "a.txt,甲,多一列", "", "columns_do_not_match"),
    ],
)
def test_faults_are_told_by_row_and_column(tmp_path: Path, columns: str, row: str, column: str, reason: str) -> None:
    with pytest.raises(ManifestError) as caught:
        read(tmp_path, columns, row)
    assert [(fault.column, fault.reason) for fault in caught.value.faults] == [(column, reason)]


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        read(tmp_path, "path,title,sensitivity", "b.txt,甲,9", "a.txt,乙,x")
    assert set(caught.value.faults) == {
        Fault(2, "path", "no_such_file"),
        Fault(2, "sensitivity", "out_of_range"),
        Fault(3, "sensitivity", "not_a_number"),
    }


def test_an_archival_code_stands_once(tmp_path: Path) -> None:
    with pytest.raises(ManifestError) as caught:
        read(tmp_path, "path,title,archival_code", ",甲,H002-WS·2023-0001", ",乙,H002-WS·2023-0001")
    assert caught.value.faults == (Fault(3, "archival_code", "in_use"),)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    (tmp_path / "secret.txt").write_text("x")
    (inside / "link.txt").symlink_to(tmp_path / "secret.txt")
    (inside / ".hidden").write_text("x")
    assert derive_entries(inside, SCHEME, DEFAULTS) == []
    with pytest.raises(ManifestError):
        read(inside, "path,title", "link.txt,甲")


def test_folders_named_like_a_class_give_the_class_and_names_the_date(tmp_path: Path) -> None:
    for name in ("KJ·JJ·08/水竣-03.txt", "会计凭证/凭证20230512.txt", "杂/说明.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    found = {entry.path: entry.description for entry in derive_entries(tmp_path, SCHEME, DEFAULTS)}
    assert {path: d.class_code for path, d in found.items()} == {
        "KJ·JJ·08/水竣-03.txt": "KJ·JJ·08",
        "会计凭证/凭证20230512.txt": "KU·01",
        "杂/说明.txt": "WS·XZ",
    }
