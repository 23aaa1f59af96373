"""`catalogue import` and `catalogue attach` as programs call them: lines of JSON, exit codes, dry runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from manage import app

CODE = "H002-WS·XZ·2023·D30-000"
TABLE = f"档号,题名,日期\n{CODE}1,通知,2023-05-01\n{CODE}2,纪要,13月\n"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command on a new installation with an archivist."""
    monkeypatch.setenv("GUIDANG_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GUIDANG_KEYS", str(tmp_path / "keys"))

    def call(*arguments: str) -> Result:
        return CliRunner().invoke(app.cli, arguments, prog_name="flask")

    assert call("database", "upgrade").exit_code == 0
    assert call("user", "add", "archivist", "--role", "archivist").exit_code == 0
    return call


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_catalogue_is_taken_over_and_its_faults_are_told(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "目录.csv"
    table.write_text(TABLE, encoding="gb18030")
    command = ("catalogue", "import", str(table), "--as", "archivist", "--department", "DAS", "--json")
    dry = run(*command, "--dry-run")
    done = run(*command)
    again = run(*command)
    assert (dry.exit_code, done.exit_code, again.exit_code) == (1, 1, 1)
    told = [(line["row"], line["outcome"], line["column"], line["reason"]) for line in lines(done)]
    assert told == [(2, "created", "", ""), (3, "refused", "C", "not_a_date")]
    assert [line["outcome"] for line in lines(dry)] == ["created", "refused"]
    assert lines(dry)[0]["item_id"] is None
    assert [line["outcome"] for line in lines(again)] == ["unchanged", "refused"]
    assert lines(again)[0]["item_id"] == lines(done)[0]["item_id"]


def test_what_is_no_table_and_what_nobody_knows_is_said_in_words(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "x.xlsx"
    table.write_bytes(b"PK\x03\x04")
    assert "表格" in run("catalogue", "import", str(table), "--as", "archivist").output
    table.write_text("编码,名目\n1,2\n", encoding="utf-8")
    refused = run("catalogue", "import", str(table), "--as", "archivist")
    assert (refused.exit_code, "题名" in refused.output) == (1, True)
    assert run("catalogue", "import", str(table), "--as", "nobody").exit_code == 1
    assert run("catalogue", "import", str(table), "--as", "archivist", "--mapping", "没有").exit_code == 1


def test_files_of_a_folder_reach_their_records(run: Run, tmp_path: Path) -> None:
    table, folder = tmp_path / "目录.csv", tmp_path / "scans"
    table.write_text(TABLE.replace("13月", "2023"), encoding="utf-8")
    run("catalogue", "import", str(table), "--as", "archivist", "--department", "DAS")
    folder.mkdir()
    (folder / f"{CODE}1.pdf").write_bytes(b"%PDF-1.4")
    (folder / "x.pdf").write_bytes(b"%PDF-1.4 other")
    done = run("catalogue", "attach", str(folder), "--as", "archivist", "--json")
    assert done.exit_code == 1
    assert {str(line["path"]): line["outcome"] for line in lines(done)} == {
        f"{CODE}1.pdf": "attached",
        "x.pdf": "surplus",
    }
    (folder / "x.pdf").unlink()
    again = run("catalogue", "attach", str(folder), "--as", "archivist", "--json")
    assert (again.exit_code, lines(again)[0]["outcome"]) == (0, "present")
