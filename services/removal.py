"""Removes an installation: records, files, keys and server state."""

from __future__ import annotations

import shutil
from pathlib import Path

from config import ROOT, SETTINGS_FILE, Config
from services.errors import ServiceError


def list_folders(config: Config) -> tuple[Path, ...]:
    """The existing folders of this installation. Raises ServiceError when one does not look like ours."""
    folders = [folder for folder in (config.data, config.keys) if folder.exists()]
    for folder in folders:
        marks = ("run", "servers", "vault", "guidang.db", SETTINGS_FILE, config.key_file.name)
        if folder in (Path.home(), ROOT, *ROOT.parents) or not any((folder / mark).exists() for mark in marks):
            raise ServiceError(
                f"{folder} does not look like a folder of this program; nothing was removed.",
                f"{folder} 不像本系统的目录，未删除任何内容。",
            )
    servers = config.data / "servers"  # a link when the servers' account cannot reach the data, see services.places
    if servers.is_symlink() and servers.exists():
        folders.append(servers.resolve())
    return tuple(folders)


def remove_folders(folders: tuple[Path, ...]) -> None:
    """Removes the folders and all in them."""
    for folder in folders:
        shutil.rmtree(folder)
