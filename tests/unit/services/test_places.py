"""Folders that the servers' account can reach, and locks that tell who runs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT, Config
from services import accounts, commands, places
from services.accounts import Account, can_reach, find_account, make_private, write_private
from services.commands import Command, Running
from services.errors import AccountError, RunningError, ServiceError
from services.keeper import MAX_LOG_BYTES, rotate_log
from services.locks import find_holder, hold, wait_until_free
from services.removal import list_folders, remove_folders

STRANGER = Account("stranger", 64001, 64001)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config.load({"GUIDANG_DATA": str(tmp_path / "data"), "GUIDANG_KEYS": str(tmp_path / "keys")})


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands where /var/tmp is."""
    folder = tmp_path / "shared"
    folder.mkdir()
    monkeypatch.setattr(places, "SHARED", folder)
    return folder


def test_a_closed_parent_is_out_of_reach(tmp_path: Path) -> None:
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    inner.parent.chmod(0o700)
    assert not can_reach(STRANGER, inner)
    assert can_reach(None, inner)


def test_own_and_group_rights_count(tmp_path: Path) -> None:
    found = Path("/var/tmp")
    assert can_reach(STRANGER, found / "not-there-yet")
    tmp_path.chmod(0o700)
    owner = tmp_path.stat()
    assert accounts._may(Account("owner", owner.st_uid, 64001), tmp_path, 0o100, 0o010, 0o001)
    assert not accounts._may(Account("member", 64001, owner.st_gid), tmp_path, 0o100, 0o010, 0o001)
    tmp_path.chmod(0o710)
    assert accounts._may(Account("member", 64001, owner.st_gid), tmp_path, 0o100, 0o010, 0o001)


def test_servers_never_run_as_root() -> None:
    account = find_account()
    assert (account is None) == (os.geteuid() != 0)
    assert account is None or account.uid != 0


def test_root_without_any_other_account_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(accounts, "CANDIDATES", ("root", "no-such-user"))
    with pytest.raises(AccountError, match="useradd"):
        find_account()


def test_reachable_state_stays_with_the_data(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "can_reach", lambda _account, _path: True)
    assert places.state_folder(config) == config.data / "servers"


def test_unreachable_state_moves_once_and_stays(config: Config, shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "can_reach", lambda _account, path: shared in (path, *path.parents))
    moved = places.state_folder(config)
    assert moved.parent == shared
    assert (config.data / "servers").resolve() == moved
    (moved / "index").write_text("kept")
    monkeypatch.setattr(places, "can_reach", lambda _account, _path: True)
    assert (places.state_folder(config) / "index").read_text() == "kept"


def test_a_state_folder_that_was_cleaned_away_is_made_again(
    config: Config, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "can_reach", lambda _account, path: shared in (path, *path.parents))
    places.state_folder(config).rmdir()
    assert places.state_folder(config).is_dir()


def test_state_that_becomes_unreachable_is_an_error(config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "can_reach", lambda _account, _path: True)
    places.state_folder(config)
    monkeypatch.setattr(places, "can_reach", lambda _account, _path: False)
    with pytest.raises(AccountError, match="cannot reach"):
        places.state_folder(config)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give folders away")
def test_a_shared_folder_of_somebody_else_is_refused(
    config: Config, shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "can_reach", lambda _account, path: shared in (path, *path.parents))
    folder = places.state_folder(config)
    os.chown(folder, STRANGER.uid, STRANGER.gid)
    with pytest.raises(AccountError, match="belongs to another user"):
        places.state_folder(config)


def test_private_files_are_private(tmp_path: Path) -> None:
    account = find_account()
    folder = make_private(tmp_path / "folder", account)
    (folder / "secret").write_text("old and readable")
    write_private(folder / "secret", "new", account)
    assert (folder / "secret").read_text() == "new"
    for path, mode in ((folder, 0o700), (folder / "secret", 0o600)):
        assert path.stat().st_mode & 0o777 == mode
        assert account is None or path.stat().st_uid == account.uid


def test_a_lock_tells_who_holds_it_and_dies_with_its_process(config: Config) -> None:
    code = (
        "import sys; from config import Config; from services.locks import hold\n"
        f"config = Config.load({{'GUIDANG_DATA': {str(config.data)!r}, 'GUIDANG_KEYS': {str(config.keys)!r}}})\n"
        "with hold(config, 'web', 'http://here'):\n    print('held', flush=True); sys.stdin.read()"
    )
    assert find_holder(config, "web") is None
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        holder = find_holder(config, "web")
        assert holder is not None
        assert (holder.pid, holder.address) == (process.pid, "http://here")
        assert not wait_until_free(config, "web", seconds=0.1)
        with pytest.raises(RunningError, match=str(process.pid)), hold(config, "web"):
            pass
        process.kill()
    assert wait_until_free(config, "web", seconds=5)


def test_large_logs_are_moved_aside(tmp_path: Path) -> None:
    log = tmp_path / "web.log"
    assert rotate_log(log) == log
    log.write_bytes(b"x")
    rotate_log(log)
    assert log.exists()
    with log.open("ab") as handle:
        handle.truncate(MAX_LOG_BYTES + 1)
    rotate_log(log)
    assert not log.exists()
    assert (tmp_path / "web.log.1").exists()


def test_reset_removes_what_is_ours(config: Config) -> None:
    for folder in (config.data / "run", config.keys):
        folder.mkdir(parents=True)
    (config.keys / "settings.env").write_text("")
    elsewhere = config.data.with_name("elsewhere")
    elsewhere.mkdir()
    (config.data / "servers").symlink_to(elsewhere)
    folders = list_folders(config)
    assert set(folders) == {config.data, config.keys, elsewhere}
    remove_folders(folders)
    assert not any(folder.exists() for folder in folders)


@pytest.mark.parametrize("folder", [ROOT, ROOT.parent, Path.home(), Path("/usr")])
def test_reset_refuses_what_is_not_ours(folder: Path) -> None:
    config = Config.load({"GUIDANG_DATA": str(folder), "GUIDANG_KEYS": "/nonexistent/keys"})
    with pytest.raises(ServiceError, match="does not look like"):
        list_folders(config)


def test_reset_of_nothing_is_nothing(config: Config) -> None:
    assert list_folders(config) == ()


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands where /dev/shm is."""
    folder = tmp_path / "memory"
    folder.mkdir()
    monkeypatch.setattr(places, "MEMORY", folder)
    monkeypatch.setattr(places, "can_reach", lambda _account, _path: True)
    return folder


def test_temporary_files_live_in_memory_only_while_the_process_runs(config: Config, memory: Path) -> None:
    scratch, account = places.choose_scratch(config, "tika"), find_account()
    assert scratch.parent == memory
    command = Command("tika", ("sleep", "60"), Path("/"), account=account, scratch=scratch)
    for end in (Running.kill, Running.stop):
        scratch.mkdir()
        (scratch / "left").write_text("what a crash left")
        with Path(os.devnull).open("ab") as log:
            running = commands.start(command, log)
        assert list(scratch.iterdir()) == []
        assert scratch.stat().st_mode & 0o777 == 0o700
        assert account is None or scratch.stat().st_uid == account.uid
        (scratch / "text").write_text("text of a document")
        end(running)
        assert not scratch.exists()


def test_temporary_files_live_on_disk_where_memory_is_short(
    config: Config, memory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "MIN_FREE_BYTES", 1 << 60)
    assert places.choose_scratch(config, "tika") == config.data / "servers" / "tika-tmp"


def test_temporary_files_never_go_where_a_link_leads(config: Config, memory: Path, tmp_path: Path) -> None:
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "kept").write_text("")
    scratch = places.choose_scratch(config, "tika")
    scratch.symlink_to(tmp_path / "target")
    with pytest.raises(AccountError, match="belongs to another user"):
        places.make_scratch(scratch, find_account())
    assert (tmp_path / "target" / "kept").exists()


def test_a_link_laid_into_the_shared_folder_is_not_followed(
    config: Config, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(places, "can_reach", lambda _account, path: shared in (path, *path.parents))
    places.state_folder(config).rmdir()
    target = tmp_path / "target"
    target.mkdir()
    (config.data / "servers").readlink().symlink_to(target)
    with pytest.raises(AccountError, match="belongs to another user"):
        places.state_folder(config)
