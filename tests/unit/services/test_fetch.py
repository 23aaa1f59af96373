"""Only the pinned bytes get in: against a real repository on loopback."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.maven import MavenContext

from services import fetch
from services.errors import DownloadError, SpaceError
from services.fetch import Artifact, copy_program, fetch_artifact, read_artifact, unpack_zip
from services.places import require_room


class Repository:
    """A Maven repository on loopback with one artifact."""

    def __init__(self, folder: Path, url: str) -> None:
        self.remote, self.local, self.url = folder / "remote", folder / "local", url

    @property
    def served(self) -> Path:
        return self.remote / "org" / "example" / "tool" / "1.0" / "tool-1.0.jar"

    @property
    def cached(self) -> Path:
        return self.local / "org" / "example" / "tool" / "1.0" / "tool-1.0.jar"

    def serve(self, content: bytes) -> None:
        self.served.parent.mkdir(parents=True, exist_ok=True)
        self.served.write_bytes(content)

    def fetch(self, pinned: bytes) -> Path:
        artifact = Artifact("org.example", "tool", "1.0", "jar", hashlib.sha256(pinned).hexdigest(), 1)
        return fetch_artifact(artifact, MavenContext(repo_cache=self.local, remote_repos={"test": self.url}))


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    (tmp_path / "remote").mkdir()
    handler = partial(QuietHandler, directory=str(tmp_path / "remote"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield Repository(tmp_path, f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        thread.join()


def test_the_pinned_file_is_fetched_once(repository: Repository) -> None:
    repository.serve(b"program")
    assert repository.fetch(b"program").read_bytes() == b"program"
    repository.served.unlink()
    assert repository.fetch(b"program") == repository.cached


def test_another_file_is_refused_named_and_removed(repository: Repository) -> None:
    repository.serve(b"something else")
    with pytest.raises(DownloadError, match=r"tool 1\.0 is not the pinned file"):
        repository.fetch(b"program")
    assert not repository.cached.exists()


def test_a_download_that_broke_off_earlier_is_fetched_again(repository: Repository) -> None:
    repository.serve(b"program")
    repository.cached.parent.mkdir(parents=True)
    repository.cached.write_bytes(b"prog")
    assert repository.fetch(b"program").read_bytes() == b"program"


def test_a_missing_artifact_is_named(repository: Repository) -> None:
    with pytest.raises(DownloadError, match=r"tool 1\.0 could not be downloaded"):
        repository.fetch(b"program")


def test_an_unreachable_repository_is_named(tmp_path: Path) -> None:
    repository = Repository(tmp_path, "http://127.0.0.1:9")  # the discard port: nobody listens
    with pytest.raises(DownloadError, match=r"tool 1\.0 could not be downloaded \(ConnectionError\)"):
        repository.fetch(b"program")


@pytest.mark.parametrize("name", ["elasticsearch", "tika"])
def test_the_projects_artifacts_are_pinned(name: str) -> None:
    artifact = read_artifact(name)
    assert len(bytes.fromhex(artifact.sha256)) == 32
    assert artifact.version[0].isdigit()


def make_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as bundle:
        bundle.writestr("tool-1.0/bin/tool", "run")
        bundle.writestr("tool-1.0/lib/tool.jar", "code")
    return path


def test_unpacking_happens_once_and_whole(tmp_path: Path) -> None:
    archive, target = make_zip(tmp_path / "tool.zip"), tmp_path / "programs" / "tool"
    target.parent.mkdir()
    calls = []

    def deliver() -> Path:
        calls.append(1)
        return archive

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: unpack_zip(deliver, target), range(4)))
    assert results == [target] * 4
    assert len(calls) == 1
    assert (target / "bin" / "tool").read_text() == "run"
    assert (target / "bin" / "tool").stat().st_mode & 0o777 == 0o644
    assert [path.name for path in target.parent.iterdir() if not path.name.endswith(".lock")] == ["tool"]


def test_unpacking_that_fails_leaves_nothing(tmp_path: Path) -> None:
    archive, target = tmp_path / "tool.zip", tmp_path / "tool"
    archive.write_bytes(make_zip(tmp_path / "whole.zip").read_bytes()[:-30])
    with pytest.raises(zipfile.BadZipFile):
        unpack_zip(lambda: archive, target)
    assert not target.exists()
    assert not list(tmp_path.glob(".new-*"))


def test_a_program_is_copied_with_its_mode(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"code")
    target = copy_program(lambda: source, tmp_path / "target", mode=0o755)
    assert (target.read_bytes(), target.stat().st_mode & 0o777) == (b"code", 0o755)


def test_too_little_room_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(SpaceError, match=r"is full: \d+ MB free"):
        require_room(tmp_path, needed=1 << 60)


def test_a_full_disk_is_a_sentence() -> None:
    with pytest.raises(SpaceError, match="/dev is full"), fetch.naming_a_full_disk(Path("/dev")):
        Path("/dev/full").write_bytes(b"x")


def test_other_failures_keep_their_nature() -> None:
    with pytest.raises(FileNotFoundError), fetch.naming_a_full_disk(Path("/dev")):
        Path("/dev/none").read_bytes()
