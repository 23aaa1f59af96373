"""What the disk sees: nothing outside the vault, no plaintext, no leftovers, and no half a blob when it is full."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from pathlib import Path

import pytest

from archive.vault.errors import BlobAddressError, BlobDamagedError, BlobMissingError, VaultError, VaultFullError
from archive.vault.format import CHUNK_SIZE
from archive.vault.keys import KeyRing
from archive.vault.store import Vault

ROOT = Path(__file__).parents[2]
MARKER = "患者张三的病历".encode()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    keys, _ = KeyRing.create(tmp_path / "vault.json")
    return Vault(tmp_path / "vault", keys, "aes-256-gcm")


def files(vault: Vault) -> list[Path]:
    return [path for path in vault._root.rglob("*") if path.is_file() and path.name != "recovery.json"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ab",
        "..",
        "../" * 21 + "a",
        "/etc/passwd",
        "recovery.json",
        "partial",
        "A" * 64,
        "g" * 64,
        "a" * 63,
        "a" * 65,
        "a" * 64 + "\n",
        "a" * 62 + "/b",
        "a" * 62 + "\0b",
        "０" * 64,
    ],
)
def test_what_is_no_address_reaches_no_file(vault: Vault, address: str) -> None:
    for act in (vault.reader, vault.size, vault.exists, vault.destroy, lambda text: vault.read(text, 0, 1)):
        with pytest.raises(BlobAddressError):
            act(address)


def test_a_well_formed_address_without_a_blob_is_missing(vault: Vault) -> None:
    assert not vault.exists("a" * 64)
    for act in (vault.reader, vault.size, vault.destroy):
        with pytest.raises(BlobMissingError):
            act("a" * 64)


def test_a_link_in_place_of_a_blob_is_not_followed(vault: Vault, tmp_path: Path) -> None:
    stored = vault.put(b"content")
    path = vault._root / stored.address[:2] / stored.address
    outside = tmp_path / "outside"
    path.rename(outside)
    before = outside.read_bytes()
    path.symlink_to(outside)
    for act in (vault.reader, vault.size, vault.destroy):
        with pytest.raises(BlobDamagedError):
            act(stored.address)
    assert outside.read_bytes() == before


def test_a_link_in_place_of_a_folder_is_not_followed(vault: Vault, tmp_path: Path) -> None:
    stored = vault.put(b"content")
    folder = vault._root / stored.address[:2]
    outside = folder.rename(tmp_path / "outside")
    folder.symlink_to(outside)
    for act in (vault.reader, vault.size, vault.exists, vault.destroy):
        with pytest.raises(BlobDamagedError):
            act(stored.address)
    assert (outside / stored.address).exists()


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_plain_file_is_not_opened(vault: Vault, kind: str) -> None:
    stored = vault.put(b"content")
    path = vault._root / stored.address[:2] / stored.address
    path.unlink()
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(BlobDamagedError):
        vault.reader(stored.address)


def test_nothing_is_written_through_planted_links(vault: Vault, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    for number in range(256):
        (vault._root / f"{number:02x}").symlink_to(outside)
    with pytest.raises(OSError):
        vault.put(b"content")
    assert not list(outside.iterdir())
    assert not files(vault)
    (vault._root / "partial").rmdir()
    (vault._root / "partial").symlink_to(outside)
    with pytest.raises(OSError):
        vault.writer()
    assert not list(outside.iterdir())


def test_everything_is_private(vault: Vault) -> None:
    old = os.umask(0)
    try:
        vault.put(b"content")
        with vault.writer() as writer:
            writer.write(b"content")
            modes = {path: stat.S_IMODE(path.stat().st_mode) for path in [vault._root, *vault._root.rglob("*")]}
    finally:
        os.umask(old)
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


@pytest.mark.parametrize("cipher", ["aes-256-gcm", "sm4-gcm"])
def test_no_plaintext_touches_the_disk(tmp_path: Path, cipher: str) -> None:
    keys, _ = KeyRing.create(tmp_path / "vault.json")
    vault = Vault(tmp_path / "vault", keys, cipher)
    page = MARKER * (CHUNK_SIZE // len(MARKER) * 3)
    with vault.writer() as writer:
        for start in range(0, len(page), 50_000):
            writer.write(page[start : start + 50_000])
            seen = b"".join(path.read_bytes() for path in files(vault))
            assert MARKER not in seen
            assert MARKER[:12] not in seen
        stored = writer.finish()
    vault.put(MARKER)
    everything = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(everything) >= 4
    for path in everything:
        raw = path.read_bytes()
        assert MARKER not in raw
        assert stored.sha256 not in raw
        assert stored.sha256.hex() not in path.name
    assert vault.read(stored.address, 0, len(MARKER)) == MARKER


def test_a_dropped_writer_leaves_nothing(vault: Vault) -> None:
    with vault.writer() as writer:
        writer.write(bytes(3 * CHUNK_SIZE))
        assert len(files(vault)) == 1
    with pytest.raises(RuntimeError, match="upload broke"), vault.writer() as writer:
        writer.write(b"half")
        raise RuntimeError("upload broke")
    assert not files(vault)


def test_an_unfinished_file_holds_no_key(vault: Vault) -> None:
    writer = vault.writer()
    writer.write(bytes(3 * CHUNK_SIZE))
    (partial,) = files(vault)
    assert partial.read_bytes()[:110] == bytes(110)
    writer.abort()


def test_only_old_leftovers_are_swept(vault: Vault) -> None:
    stored = vault.put(b"content")
    old, young = vault.writer(), vault.writer()
    for writer in (old, young):
        writer.write(bytes(CHUNK_SIZE + 1))
    left = vault._root / "partial" / old._partial
    os.utime(left, (time.time() - 7200, time.time() - 7200))
    assert vault.sweep_partial(timedelta(hours=1)) == 1
    assert not left.exists()
    assert young.finish().size == CHUNK_SIZE + 1
    assert vault.read(stored.address, 0, 7) == b"content"
    old.abort()


@pytest.mark.parametrize("room", [0, 50, 110, 120, 200_000, 200_109])
def test_a_file_too_large_for_the_system_leaves_nothing(tmp_path: Path, room: int) -> None:
    """A limit on file size stands for every full disk: the same calls fail at the same places, in a real kernel."""
    keys, _ = KeyRing.create(tmp_path / "vault.json")
    vault = Vault(tmp_path / "vault", keys, "aes-256-gcm")
    before = sorted(path for path in vault._root.rglob("*"))
    script = f"""
        import resource, sys
        from pathlib import Path
        from archive.vault.errors import VaultFullError
        from archive.vault.keys import KeyRing
        from archive.vault.store import Vault
        vault = Vault(Path({str(vault._root)!r}), KeyRing.load(Path({str(tmp_path / "vault.json")!r})), "aes-256-gcm")
        resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))
        try:
            vault.put(bytes(200_000))
        except VaultFullError as err:
            sys.exit(40 if err.reason == "EFBIG" else 41)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], cwd=ROOT, check=False)
    assert done.returncode == 40
    assert sorted(path for path in vault._root.rglob("*")) == before


FULL_DISK = """
    import sys
    from pathlib import Path
    from archive.vault.errors import VaultFullError
    from archive.vault.keys import KeyRing
    from archive.vault.store import Vault
    root = Path(sys.argv[1])
    keys, _ = KeyRing.create(root / "keys" / "vault.json")
    vault = Vault(root / "vault", keys, "aes-256-gcm")
    kept = vault.put(b"kept")
    def tree():
        return sorted(str(path) for path in root.rglob("*"))
    before, full = tree(), 0
    for size in (300_000, 900_000, 5_000_000):
        try:
            vault.put(bytes(size))
            vault_now = tree()
        except VaultFullError as err:
            assert err.reason == "ENOSPC", err.reason
            full += 1
            assert tree() == vault_now
    assert full == 2, full
    assert vault.read(kept.address, 0, 4) == b"kept"
"""


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    """A tiny file system of its own, in a mount namespace that ends with the process."""
    place = tmp_path / "small"
    place.mkdir()
    mount = f"mount -t tmpfs -o size=1m none {place} && exec {sys.executable} - {place}"
    enter = ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "sh", "-c", mount]
    try:
        probe = subprocess.run([*enter[:-1], f"mount -t tmpfs none {place}"], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("unshare is missing")
    if probe.returncode != 0:
        pytest.skip("this account may not mount a file system")
    script = textwrap.dedent(FULL_DISK)
    done = subprocess.run(enter, cwd=ROOT, input=script, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_full_disk_is_told_apart_from_other_errors(vault: Vault) -> None:
    assert issubclass(VaultFullError, VaultError)
    (vault._root / "partial").rmdir()
    with pytest.raises(FileNotFoundError):
        vault.put(b"content")


def test_descriptors_are_given_back(vault: Vault) -> None:
    """Errors on every path must close what they opened; a leak would end a worker after some thousand damaged files."""
    stored, descriptors = vault.put(b"content"), Path("/proc/self/fd")
    path = vault._root / stored.address[:2] / stored.address
    raw = path.read_bytes()

    def use_all() -> None:
        path.write_bytes(raw)
        vault.read(stored.address, 0, 7)
        vault.put(b"more")
        vault.writer().abort()
        path.write_bytes(raw[:-1])
        for act in (vault.reader, vault.size):
            with pytest.raises(BlobDamagedError):
                act(stored.address)
        with pytest.raises(BlobMissingError):
            vault.reader("a" * 64)

    use_all()
    before = len(list(descriptors.iterdir()))
    for _ in range(20):
        use_all()
    assert len(list(descriptors.iterdir())) == before
