"""Where the servers' files lie.

Server state belongs to the data folder; where the unprivileged account cannot reach that (a project under /root, say),
`<data>/servers` is a link to a folder under /var/tmp, so that the choice, once made, stays: another choice at the next
start would mean an empty index. What lies there can be lost without loss of records (the index is rebuilt from them).
Programs are unpacked once for all installations of a user, in the user's cache.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from config import Config
from services.accounts import Account, can_reach, find_account, make_private
from services.errors import AccountError, SpaceError

SHARED = Path("/var/tmp")  # noqa: S108 - survives reboots and is reachable for every account; names are checked for owner
MEMORY = Path("/dev/shm")  # noqa: S108 - random names only
MIN_FREE_BYTES = 1 << 30


def data_folder(config: Config) -> Path:
    """The data folder, made when missing: others may pass through it where the servers' account must, not look in."""
    if not config.data.exists():
        config.data.mkdir(parents=True, mode=0o700 if find_account() is None else 0o711)
    return config.data


def state_folder(config: Config) -> Path:
    """The folder of the servers' state, made when missing. Raises AccountError when it cannot be reached.

    It belongs to the launcher, what lies in it to the servers' account: so a server that was taken over cannot lay a
    link where the launcher, as root, is about to change an owner.
    """
    account, folder = find_account(), data_folder(config) / "servers"
    if not folder.is_symlink() and not folder.exists() and not can_reach(account, config.data):
        folder.symlink_to(SHARED / f"guidang-{_digest(config)}")
    if folder.is_symlink():
        folder = folder.readlink()  # one step only: a link in its place would be somebody else's
    folder.mkdir(mode=0o711, exist_ok=True)
    _require_own(folder)
    if not can_reach(account, folder):
        raise AccountError(
            f"The user {account.name if account else ''} cannot reach {folder}: allow passing through its parents.",
            f"运行服务的普通用户无法进入 {folder}，请放开上级文件夹的通行权限。",
        )
    return folder


def choose_scratch(config: Config, name: str) -> Path:
    """Where a server's temporary files go: into memory where there is room, so that no text rests on disk."""
    if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= MIN_FREE_BYTES:
        return MEMORY / f"guidang-{name}-{_digest(config)}"
    return state_folder(config) / f"{name}-tmp"


def make_scratch(folder: Path, account: Account | None) -> None:
    """Makes the folder for temporary files, empty; what a crash left in it is removed. Raises AccountError."""
    remove_scratch(folder, account)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError as err:
        raise _foreign(folder) from err
    make_private(folder, account)


def remove_scratch(folder: Path, account: Account | None) -> None:
    """Removes the folder for temporary files if it is ours."""
    owners = (os.geteuid(), account.uid if account else os.geteuid())
    if folder.is_dir() and not folder.is_symlink() and folder.stat().st_uid in owners:
        shutil.rmtree(folder, ignore_errors=True)


def _digest(config: Config) -> str:
    return hashlib.sha256(str(config.data).encode()).hexdigest()[:16]


def program_folder(account: Account | None) -> Path:
    """The folder of unpacked programs: the user's cache where the account can reach it, else one under /var/tmp."""
    own = Path.home() / ".cache" / "guidang"
    folder = own if can_reach(account, own) else SHARED / f"guidang-programs-{os.geteuid()}"
    folder.mkdir(parents=True, mode=0o755, exist_ok=True)
    _require_own(folder)
    folder.chmod(0o755)
    return folder


def _require_own(folder: Path) -> None:
    # A folder under /var/tmp could have been laid there by another user, with programs of theirs in it.
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise _foreign(folder)


def _foreign(folder: Path) -> AccountError:
    return AccountError(
        f"{folder} belongs to another user; remove it or choose another GUIDANG_DATA.",
        f"{folder} 属于其他用户，请删除它或更换 GUIDANG_DATA。",
    )


def run_folder(config: Config) -> Path:
    """Locks of the running processes; made by the first that runs."""
    return config.data / "run"


def log_file(config: Config, name: str) -> Path:
    """Output of one process."""
    folder = data_folder(config) / "log"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{name}.log"


def require_room(folder: Path, *, needed: int = MIN_FREE_BYTES) -> None:
    """Raises SpaceError when the file system of `folder` has fewer than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SpaceError(
            f"The disk that holds {folder} is full: {free >> 20} MB free, {needed >> 20} MB needed.",
            f"{folder} 所在磁盘空间不足：剩余 {free >> 20} MB，需要 {needed >> 20} MB。",
        )
