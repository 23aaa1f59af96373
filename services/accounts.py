"""The unprivileged account that servers run as when the launcher is root.

Elasticsearch refuses to run as root, and Tika reads foreign bytes, so neither should. Started by an ordinary user,
the servers run as that user.
"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from services.errors import AccountError

CANDIDATES = ("guidang", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """User and group that a server process gets."""

    name: str
    uid: int
    gid: int


def find_account() -> Account | None:
    """The account for servers, or None when the launcher is not root and they run as the launcher itself.

    Raises AccountError when the launcher is root and the machine has none of the candidates.
    """
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise AccountError(
        f"The servers must not run as root, and none of the users {', '.join(CANDIDATES)} exists. "
        "Create one (useradd --system guidang) or start as an ordinary user.",
        "服务不得以 root 运行，而本机没有可用的普通用户；请先创建（useradd --system guidang），或用普通用户启动。",
    )


def can_reach(account: Account | None, path: Path) -> bool:
    """Whether the account may pass through every existing folder on the way to `path` and into it.

    Looks at mode bits only, as access lists could only widen them.
    """
    if account is None:
        return True
    resolved = path.resolve()
    folders = [folder for folder in (resolved, *resolved.parents) if folder.exists()]
    return all(_may(account, folder, stat.S_IXUSR, stat.S_IXGRP, stat.S_IXOTH) for folder in folders)


def _may(account: Account, path: Path, user: int, group: int, other: int) -> bool:
    found = path.stat()
    if found.st_uid == account.uid:
        return bool(found.st_mode & user)
    if found.st_gid == account.gid:
        return bool(found.st_mode & group)
    return bool(found.st_mode & other)


def make_private(folder: Path, account: Account | None) -> Path:
    """Creates `folder` for the account alone and returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    return folder


def write_private(path: Path, text: str, account: Account | None) -> None:
    """Writes a file that only the account (and root) can read."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write(text)
        if account is not None:
            os.fchown(descriptor, account.uid, account.gid)
