"""The class scheme: inheritance, refusal of contradictions."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from archive.masking_patterns import HAN
from archive.scheme import DATA, SchemeError, load_scheme


def test_the_whole_tree_is_there() -> None:
    scheme = load_scheme()
    assert len(scheme.classes) == 86
    assert len(scheme.templates) == 17
    assert sum(len(fields) for fields in scheme.templates.values()) == 255


def test_a_class_inherits_what_it_does_not_write() -> None:
    lift = load_scheme().get("ZY·HQ·DT")
    assert lift.path == ("ZY", "ZY·HQ", "ZY·HQ·DT")
    assert lift.read == {"scope", "engineering", "archivist", "grant"}
    assert (lift.arrangement, lift.retention, lift.sensitivity, lift.numbering) == ("item", "D10", 2, "ITEM")


def test_below_holds_the_class_itself_and_an_unknown_class_is_empty() -> None:
    scheme = load_scheme()
    assert {"KJ·SB", "KJ·SB·TZ"} <= scheme.below("KJ·SB")
    assert "KJ·JJ" not in scheme.below("KJ·SB")
    assert scheme.below("XX") == frozenset()


def test_no_english_name_holds_chinese_characters() -> None:
    scheme = load_scheme()
    english = [c.en for c in scheme.classes.values()] + [scheme.archive_room.name_en]
    english += [names["en"] for names in (*scheme.retention_bands.values(), *scheme.sensitivity_levels.values())]
    english += [field.hint_en for fields in scheme.templates.values() for field in fields]
    assert len(english) > 300
    assert [words for words in english if re.search(f"[{HAN}]", words)] == []


def test_medical_records_are_never_in_the_agreed_catalogue() -> None:
    scheme = load_scheme()
    assert "ZY·HQ·DT" in scheme.agreement
    assert not scheme.agreement & (scheme.below("ZY·BL") | scheme.below("RS") | {"WS·RS", "WS·JC", "WS·DQ"})


def test_administrators_are_no_principals() -> None:
    assert not load_scheme().principals & {"system_admin", "security_admin", "auditor"}


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("parent: WS,", "parent: XX,", "parent XX"),
        ("discover: [staff]", "discover: [everybody]", "unknown principal everybody"),
        ("template: KU", "template: NONE", "unknown template NONE"),
        ("retention: D30", "retention: D99", "unknown retention band D99"),
    ],
)
def test_a_contradiction_is_refused(tmp_path: Path, before: str, after: str, message: str) -> None:
    shutil.copytree(DATA, tmp_path / "data")
    scheme = tmp_path / "data" / "scheme.yaml"
    text = scheme.read_text(encoding="utf-8")
    assert before in text
    scheme.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(SchemeError, match=message):
        load_scheme(tmp_path / "data")
