"""Which Java runtime is taken, and what is said when none fits."""

from __future__ import annotations

from pathlib import Path

import pytest

from config import Config
from services import java
from services.errors import JavaError
from services.java import read_runtime, require_java


def make_runtime(folder: Path, version: str | None, *, says: str = "") -> Path:
    program = folder / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho '{says}' >&2\n")
    program.chmod(0o755)
    if version:
        (folder / "release").write_text(f'IMPLEMENTOR="x"\nJAVA_VERSION="{version}"\n')
    return folder


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only runtimes are those that a test lays into the returned folder."""
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setattr(java, "USUAL_FOLDERS", (str(tmp_path / "jvm" / "*"),))
    monkeypatch.setattr(
        java, "can_reach", lambda _account, _path: True
    )  # pytest's folders are closed to other accounts
    return tmp_path


def config_of(machine: Path, **given: str) -> Config:
    return Config.load({"GUIDANG_DATA": str(machine / "data"), **given})


@pytest.mark.parametrize(
    ("written", "version"), [("25.0.1", 25), ("21", 21), ("17.0.15", 17), ("1.8.0_402", 8), ("26-ea", 26)]
)
def test_versions_of_release_files(tmp_path: Path, written: str, version: int) -> None:
    assert read_runtime(make_runtime(tmp_path / "home", written), "test").version == version


def test_a_runtime_without_release_file_is_asked(tmp_path: Path) -> None:
    home = make_runtime(tmp_path / "home", None, says='openjdk version "24.0.2" 2025-07-15')
    assert read_runtime(home, "test").version == 24


def test_an_unreadable_version_is_none(tmp_path: Path) -> None:
    assert read_runtime(make_runtime(tmp_path / "home", None, says="hello"), "test").version == 0
    assert read_runtime(tmp_path / "nothing", "test").version == 0


def test_order_of_the_search(machine: Path) -> None:
    usual = make_runtime(machine / "jvm" / "a-21", "21.0.1")
    assert require_java(config_of(machine)).home == usual
    on_path = make_runtime(machine / "on-path", "22")
    (machine / "path").mkdir()
    (machine / "path" / "java").symlink_to(on_path / "bin" / "java")
    assert require_java(config_of(machine)).home == on_path
    system = make_runtime(machine / "system", "23")
    assert require_java(config_of(machine, JAVA_HOME=str(system))).home == system
    chosen = make_runtime(machine / "chosen", "21")
    assert require_java(config_of(machine, JAVA_HOME=str(system), GUIDANG_JAVA_HOME=str(chosen))).home == chosen


def test_a_runtime_that_is_too_old_is_passed_over(machine: Path) -> None:
    old = make_runtime(machine / "jvm" / "z-17", "17.0.15")
    new = make_runtime(machine / "jvm" / "a-25", "25")
    assert require_java(config_of(machine, JAVA_HOME=str(old))).home == new


def test_the_error_names_what_was_found(machine: Path) -> None:
    old = make_runtime(machine / "jvm" / "z-17", "17.0.15")
    with pytest.raises(JavaError) as caught:
        require_java(config_of(machine))
    assert f"Java 17 in {old} (usual folders" in str(caught.value)
    assert "没有找到 Java 21" in str(caught.value)


def test_the_error_when_there_is_none_at_all(machine: Path) -> None:
    with pytest.raises(JavaError, match="None was found at all"):
        require_java(config_of(machine))


def test_a_chosen_runtime_is_taken_or_refused(machine: Path) -> None:
    make_runtime(machine / "jvm" / "a-25", "25")
    old = make_runtime(machine / "old", "11.0.2")
    with pytest.raises(JavaError, match=r"Java 11 .*GUIDANG_JAVA_HOME"):
        require_java(config_of(machine, GUIDANG_JAVA_HOME=str(old)))


def test_a_runtime_out_of_reach_is_passed_over_and_named(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = make_runtime(machine / "jvm" / "hidden", "25")
    monkeypatch.setattr(java, "can_reach", lambda _account, path: hidden not in path.parents)
    with pytest.raises(JavaError, match=str(hidden)):
        require_java(config_of(machine))
