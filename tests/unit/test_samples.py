"""The demo archive is whole, small, consistent with the class scheme, and made of invented numbers only."""

from __future__ import annotations

import csv
import email
import email.policy
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
import yaml
from docx import Document
from PIL import Image
from pptx import Presentation

from archive.access.actor import ADMINISTRATORS, Role
from archive.scheme import load_scheme
from samples import manifest, office, plain
from samples.records import HERE, Record, load_records

FILES, TRUTH = HERE / "files", HERE / "truth"
RECORDS = load_records()
BY_ID = {record.sample_id: record for record in RECORDS}
SCANNED = [record for record in RECORDS if record.render.kind in ("scan", "drawing", "photo")]
LARGEST_FILE, LARGEST_SET, MOST_PAGES = 3 << 20, 25 << 20, 50


def of_kind(*kinds: str) -> list[Record]:
    found = [record for record in RECORDS if record.render.kind in kinds]
    assert found
    return found


def named(record: Record) -> str:
    return record.sample_id


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", text)


def phrases(record: Record) -> list[str]:
    """What must be found again in a file made of this record's text."""
    body = record.body.replace("（手写）", "")
    return [part for part in re.split(r"[\s|：；，。（）①②]+", body) if len(part) > 1 and not part.endswith(".00")]


def count_pages(path: Path) -> int:
    if path.suffix == ".pdf":
        return len(pypdfium2.PdfDocument(path))
    with Image.open(path) as image:
        return int(getattr(image, "n_frames", 1))


def test_there_are_sixty_records_with_unique_ids_and_codes() -> None:
    assert [record.sample_id for record in RECORDS] == [f"S{number:02d}" for number in range(1, 61)]
    assert len({record.data["archival_code"] for record in RECORDS}) == 60


def test_every_record_but_recordings_has_its_file_and_no_file_is_stray() -> None:
    expected = {record.file for record in RECORDS if record.render.kind not in ("audio", "video")}
    assert {str(path.relative_to(FILES)) for path in FILES.rglob("*") if path.is_file()} == expected
    assert all(not record.file and record.data["transcript"] for record in of_kind("audio", "video"))


def test_files_are_small_enough_for_the_repository() -> None:
    sizes = {record.sample_id: (FILES / record.file).stat().st_size for record in RECORDS if record.file}
    assert {name for name, size in sizes.items() if not 0 < size < LARGEST_FILE} == set()
    assert sum(sizes.values()) < LARGEST_SET


def test_scans_are_images_of_paper_at_200_dpi_and_few_enough_to_read() -> None:
    assert sum(count_pages(FILES / record.file) for record in SCANNED) <= MOST_PAGES
    formats = {record.render.format for record in of_kind("scan", "drawing")}
    assert formats == {"tiff-g4", "tiff-jpeg", "jpeg", "pdf-jpeg", "pdf-g4"}
    for record in of_kind("scan"):
        path = FILES / record.file
        if path.suffix == ".pdf":
            page = pypdfium2.PdfDocument(path)[0]
            assert squeeze(page.get_textpage().get_text_bounded()) == "", record.sample_id
            assert sorted(round(side / 72 * 25.4) for side in page.get_size()) == [210, 297]
        else:
            with Image.open(path) as image:
                assert image.info["dpi"] == (200, 200)
                assert sorted(image.size) == [1654, 2339]


@pytest.mark.parametrize("record", of_kind("pdf"), ids=named)
def test_born_digital_pdf_has_its_words_in_the_text_layer(record: Record) -> None:
    document = pypdfium2.PdfDocument(FILES / record.file)
    text = squeeze("".join(page.get_textpage().get_text_bounded() for page in document))
    assert [part for part in phrases(record) if part not in text] == []


@pytest.mark.parametrize("record", of_kind("docx", "xlsx", "pptx"), ids=named)
def test_office_files_hold_the_words_of_their_record(record: Record) -> None:
    path = FILES / record.file
    if path.suffix == ".docx":
        text = "".join(paragraph.text for paragraph in Document(str(path)).paragraphs)
    elif path.suffix == ".pptx":
        slides = Presentation(str(path)).slides
        text = "".join(shape.text_frame.text for slide in slides for shape in slide.shapes if shape.has_text_frame)
        text += "".join(slide.notes_slide.notes_text_frame.text for slide in slides if slide.has_notes_slide)
    else:
        cells = (cell.value for sheet in openpyxl.load_workbook(path) for row in sheet.iter_rows() for cell in row)
        text = "".join(f"{value:,.2f}|" if isinstance(value, float) else str(value or "") for value in cells)
    wanted = [part for part in phrases(record) if not re.fullmatch(r"\d+\.\d+", part)]
    assert [part for part in wanted if part not in squeeze(text)] == []


def test_amounts_in_workbooks_are_numbers_and_codes_stay_text() -> None:
    rows = list(openpyxl.load_workbook(FILES / BY_ID["S37"].file)["台账"].iter_rows(values_only=True))
    analyser = next(row for row in rows if row[0] == "YL-2018-0102")
    assert analyser[3] == "0123456"
    assert analyser[6] == 760000.0


def test_texts_have_the_encodings_that_old_systems_write() -> None:
    note = (FILES / BY_ID["S57"].file).read_bytes()
    assert "青霉素皮试阳性" in note.decode("gb18030")
    with pytest.raises(UnicodeDecodeError):
        note.decode("utf-8")
    letter = email.message_from_bytes((FILES / BY_ID["S34"].file).read_bytes(), policy=email.policy.default)
    assert letter.get_content_charset() in ("gbk", "gb2312", "gb18030")
    assert letter["Subject"] == BY_ID["S34"].title
    assert "Dr. Chen（陈伟明教授）" in letter.get_content()
    page = (FILES / BY_ID["S58"].file).read_text(encoding="utf-8")
    assert "<th>过敏史</th><td>磺胺类药物。</td>" in page


@pytest.mark.parametrize("record", of_kind("docx", "xlsx", "pptx", "eml", "txt", "html"), ids=named)
def test_committed_files_are_what_the_script_renders(record: Record, tmp_path: Path) -> None:
    """Kinds that need no typeface are rendered again; packages are compared member by member."""
    again, committed = tmp_path / "again", (FILES / record.file).read_bytes()
    if record.render.kind in ("docx", "xlsx", "pptx"):
        office.write_office(record, again)
        with zipfile.ZipFile(again) as new, zipfile.ZipFile(io.BytesIO(committed)) as old:
            assert {name: new.read(name) for name in new.namelist()} == {
                name: old.read(name) for name in old.namelist()
            }
    else:
        plain.write_plain(record, again)
        assert again.read_bytes() == committed


def test_manifest_and_ids_are_up_to_date(tmp_path: Path) -> None:
    manifest.write_manifest(RECORDS, tmp_path)
    for name in ("manifest.csv", "ids.csv"):
        assert (tmp_path / name).read_text(encoding="utf-8") == (HERE / name).read_text(encoding="utf-8")


def test_ground_truth_holds_the_words_of_the_scans() -> None:
    kept = sorted(TRUTH.glob("*.txt"))
    assert len({BY_ID[path.stem].render.look for path in kept}) >= 6
    assert len(kept) >= 8
    for path in kept:
        record = BY_ID[path.stem]
        text = squeeze(path.read_text(encoding="utf-8"))
        wanted = [part for part in phrases(record) if part not in ("铅笔批注", "竣工图章", "签字")]
        if record.has("ocr_noise"):
            wanted = [part.replace("2021", "2O21") if part.startswith("2021") else part for part in wanted]
        assert [part for part in wanted if part not in text] == [], path.stem


def test_records_fit_the_class_scheme() -> None:
    scheme, departments = load_scheme(), {row["zh"] for row in read_yaml("departments.yaml")["departments"]}
    common = {field.name for field in scheme.templates["common"]}
    for record in RECORDS:
        data = record.data
        allowed = common | {field.name for field in scheme.fields(data["class"])}
        assert set(record.meta) - allowed == set(), record.sample_id
        assert data["department"] in departments
        assert set(data.get("reading_depts", [])) <= departments
        assert data["state"] == "filed"
        assert data["retention"] in ("Y", "D30", "D10", "E")
        assert 1 <= data["sensitivity"] <= 5
        assert {link["target"] for link in data.get("relations", [])} <= set(BY_ID)


def test_manifest_columns_are_known_to_the_scheme() -> None:
    scheme = load_scheme()
    with (HERE / "manifest.csv").open(encoding="utf-8", newline="") as handle:
        columns = set(next(csv.reader(handle)))
    templates = {field.name for fields in scheme.templates.values() for field in fields}
    assert columns - templates == {"path", "class", "department", "transcript"} - templates


def test_departments_and_accounts_belong_together() -> None:
    rows = read_yaml("departments.yaml")["departments"]
    codes, names = [row["code"] for row in rows], [row["zh"] for row in rows]
    assert len(set(codes)) == len(set(names)) == len(rows)
    held = {function for row in rows for function in row["functions"]}
    assert held >= {"finance", "hr", "discipline", "audit_dept", "engineering", "equipment", "procurement"}
    accounts = read_yaml("accounts.yaml")["accounts"]
    assert len({account["name"] for account in accounts}) == len(accounts)
    for account in accounts:
        roles = {Role(role) for role in account["roles"]}
        assert len(roles & ADMINISTRATORS) <= 1
        assert not (roles & ADMINISTRATORS and roles - ADMINISTRATORS)
        assert account.get("department", "DAS") in codes
        assert ("department" in account) != ("organisation" in account)
        assert 1 <= account["clearance"] <= 5
        assert account["shows_zh"]
        assert account["shows_en"]
    assert {role for account in accounts for role in account["roles"]} == {role.value for role in Role}


def test_numbers_of_people_and_companies_are_invented() -> None:
    text = (HERE / "records.yaml").read_text(encoding="utf-8")
    for number in re.findall(r"(?<!\d)\d{17}[\dX](?!\d)", text):
        assert number.startswith(("999999", "149902")), number
    assert set(re.findall(r"(?<!\d)1[3-9]\d{9}(?!\d)", text)) <= {f"139000000{tail:02d}" for tail in range(100)}
    for code in re.findall(r"(?<![0-9A-Z])91[0-9A-Z]{16}(?![0-9A-Z])", text):
        assert code.startswith("91999999")


def read_yaml(name: str) -> dict[str, list[dict[str, object]]]:
    document = yaml.safe_load((HERE / name).read_text(encoding="utf-8"))
    assert isinstance(document, dict)
    return document
