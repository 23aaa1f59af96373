"""Putting, reading and destroying blobs; the reader as a file object for other libraries."""

from __future__ import annotations

import hashlib
import io
import tracemalloc
import zipfile
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from reportlab.pdfgen.canvas import Canvas

from archive.vault.errors import BlobDamagedError, BlobDestroyedError, BlobMissingError, WrongKeyError
from archive.vault.format import CHUNK_SIZE, DESTROYED, HEADER_SIZE, SEALED_OFFSET
from archive.vault.keys import KeyRing
from archive.vault.store import Vault

EDGES = [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 2 * CHUNK_SIZE, 3 * CHUNK_SIZE + 17]


def content(size: int) -> bytes:
    return hashlib.shake_128(b"content").digest(size)


def path_of(vault: Vault, address: str) -> Path:
    return vault._root / address[:2] / address


@pytest.mark.parametrize("size", EDGES)
def test_what_was_put_is_read(vault: Vault, size: int) -> None:
    stored = vault.put(content(size))
    assert stored.size == vault.size(stored.address) == size
    assert stored.sha256 == hashlib.sha256(content(size)).digest()
    assert vault.read(stored.address, 0, size) == content(size)
    with vault.reader(stored.address) as reader:
        assert reader.read() == content(size)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_range_of_any_size_written_in_any_pieces(vault: Vault, data: st.DataObject) -> None:
    size = data.draw(st.one_of(st.sampled_from(EDGES), st.integers(0, 4 * CHUNK_SIZE)))
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=6)))
    plain = content(size)
    with vault.writer() as writer:
        for start, end in zip([0, *cuts], [*cuts, size], strict=True):
            writer.write(plain[start:end])
        stored = writer.finish()
    start = data.draw(st.integers(0, size))
    end = data.draw(st.integers(start, size))
    assert vault.read(stored.address, start, end) == plain[start:end]
    vault.destroy(stored.address)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 11), (11, 11)])
def test_a_range_outside_the_blob_is_an_error(vault: Vault, start: int, end: int) -> None:
    stored = vault.put(content(10))
    with pytest.raises(ValueError):
        vault.read(stored.address, start, end)


def test_a_range_read_decrypts_only_its_chunks(vault: Vault) -> None:
    stored = vault.put(content(6 * CHUNK_SIZE))
    path = path_of(vault, stored.address)
    raw, step = bytearray(path.read_bytes()), CHUNK_SIZE + 16
    for number in (0, 1, 4, 5):  # every other chunk is destroyed: touching one would raise
        raw[HEADER_SIZE + number * step] ^= 1
    path.write_bytes(raw)
    assert vault.size(stored.address) == 6 * CHUNK_SIZE
    wanted = slice(2 * CHUNK_SIZE, 4 * CHUNK_SIZE)
    assert vault.read(stored.address, wanted.start, wanted.stop) == content(6 * CHUNK_SIZE)[wanted]
    for start, end in ((wanted.start - 1, wanted.stop), (wanted.start, wanted.stop + 1)):
        with pytest.raises(BlobDamagedError):
            vault.read(stored.address, start, end)


def test_equal_content_has_one_digest_and_two_lives(vault: Vault) -> None:
    one, two = vault.put(b"same"), vault.put(b"same")
    assert one.digest == two.digest != hashlib.sha256(b"same").digest()
    assert one.address != two.address
    assert (
        path_of(vault, one.address).read_bytes()[HEADER_SIZE:] != path_of(vault, two.address).read_bytes()[HEADER_SIZE:]
    )
    vault.destroy(one.address)
    assert vault.read(two.address, 0, 4) == b"same"


def test_digests_differ_between_vaults(vault: Vault, tmp_path: Path, cipher: str) -> None:
    other_keys, _ = KeyRing.create(tmp_path / "other.json")
    other = Vault(tmp_path / "other", other_keys, cipher)
    assert vault.put(b"same").digest != other.put(b"same").digest


def test_a_destroyed_blob_is_gone(vault: Vault) -> None:
    stored = vault.put(b"content")
    assert vault.exists(stored.address)
    vault.destroy(stored.address)
    assert not vault.exists(stored.address)
    assert not path_of(vault, stored.address).exists()
    for act in (vault.reader, vault.size, vault.destroy):
        with pytest.raises(BlobMissingError):
            act(stored.address)


def test_destruction_begins_with_the_data_key(vault: Vault) -> None:
    """A second name of the file shows what the crash between the two steps, or a copy on the same disk, would see."""
    stored = vault.put(content(100))
    path = path_of(vault, stored.address)
    witness = path.with_name("witness")
    witness.hardlink_to(path)
    vault.destroy(stored.address)
    assert witness.read_bytes()[SEALED_OFFSET:HEADER_SIZE] == DESTROYED
    witness.rename(path)
    with pytest.raises(BlobDestroyedError):
        vault.reader(stored.address)
    vault.destroy(stored.address)
    assert not path.exists()


def test_old_blobs_open_after_rotation_and_change_of_cipher(tmp_path: Path, keys: KeyRing) -> None:
    stored = []
    for name in ("aes-256-gcm", "sm4-gcm"):
        stored.append(Vault(tmp_path / "vault", keys, name).put(name.encode()))
        keys.rotate()
    stored.append(Vault(tmp_path / "vault", keys, "sm4-gcm").put(b"third"))
    vault = Vault(tmp_path / "vault", KeyRing.load(tmp_path / "keys" / "vault.json"), "aes-256-gcm")
    assert [vault.read(blob.address, 0, blob.size) for blob in stored] == [b"aes-256-gcm", b"sm4-gcm", b"third"]


def test_a_running_vault_reads_blobs_of_a_later_version(tmp_path: Path, keys: KeyRing) -> None:
    running = Vault(tmp_path / "vault", keys, "aes-256-gcm")
    later_keys = KeyRing.load(tmp_path / "keys" / "vault.json")
    later_keys.rotate()
    stored = Vault(tmp_path / "vault", later_keys, "aes-256-gcm").put(b"later")
    assert running.read(stored.address, 0, 5) == b"later"


def test_the_vault_of_another_ring_is_refused(vault: Vault, tmp_path: Path, cipher: str) -> None:
    other, _ = KeyRing.create(tmp_path / "other.json")
    before = (vault._root / "recovery.json").read_bytes()
    with pytest.raises(WrongKeyError):
        Vault(vault._root, other, cipher)
    assert (vault._root / "recovery.json").read_bytes() == before


def test_an_outdated_key_file_is_refused(tmp_path: Path, keys: KeyRing) -> None:
    path = tmp_path / "keys" / "vault.json"
    old = path.read_bytes()
    keys.rotate()
    Vault(tmp_path / "vault", keys, "aes-256-gcm")
    path.write_bytes(old)
    with pytest.raises(WrongKeyError):
        Vault(tmp_path / "vault", KeyRing.load(path), "aes-256-gcm")


@pytest.mark.parametrize("text", ["", "{}", "{", '{"ring": 1}', '{"ring": "", "versions": []}'])
def test_an_unreadable_sealed_copy_is_replaced(vault: Vault, keys: KeyRing, cipher: str, text: str) -> None:
    (vault._root / "recovery.json").write_text(text)
    Vault(vault._root, keys, cipher)
    assert (vault._root / "recovery.json").read_bytes() == keys.sealed_copy()


def test_a_writer_takes_nothing_after_its_end(vault: Vault) -> None:
    finished, dropped = vault.writer(), vault.writer()
    finished.write(b"content")
    finished.finish()
    dropped.abort()
    for writer in (finished, dropped):
        for act in (lambda writer=writer: writer.write(b"more"), writer.finish):
            with pytest.raises(ValueError, match="finished or dropped"):
                act()
        writer.abort()


def test_streaming_needs_no_memory(tmp_path: Path, keys: KeyRing) -> None:
    vault, piece = Vault(tmp_path / "vault", keys, "aes-256-gcm"), content(1 << 20)
    tracemalloc.start()
    try:
        with vault.writer() as writer:
            for _ in range(64):
                writer.write(piece)
            stored = writer.finish()
        digest, buffer = hashlib.sha256(), bytearray(1 << 18)
        with vault.reader(stored.address) as reader:
            while filled := reader.readinto(buffer):
                digest.update(buffer[:filled])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert digest.digest() == stored.sha256
    assert peak < 4 << 20


def test_a_reader_behaves_like_a_file(vault: Vault) -> None:
    plain = content(2 * CHUNK_SIZE + 5)
    twin = io.BytesIO(plain)
    with vault.reader(vault.put(plain).address) as reader:
        assert reader.readable()
        assert reader.seekable()
        assert not reader.writable()
        steps = [(7, 0, 10), (CHUNK_SIZE - 3, 0, 6), (-9, 2, 20), (-4, 1, 2), (0, 2, 1), (10**9, 0, 5), (0, 0, 10**12)]
        for offset, whence, size in steps:
            assert reader.seek(offset, whence) == twin.seek(offset, whence)
            assert reader.read(size) == twin.read(size)
            assert reader.tell() == twin.tell()
        reader.seek(3)
        assert reader.read(None) == plain[3:]
        with pytest.raises(ValueError):
            reader.seek(-1)
    with pytest.raises(ValueError):
        reader.read(1)


def test_zip_readers_take_it(vault: Vault) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(5):
            archive.writestr(f"{number}.bin", content(50_000 + number))
    with vault.reader(vault.put(packed.getvalue()).address) as reader, zipfile.ZipFile(reader) as archive:
        assert archive.testzip() is None
        assert archive.read("3.bin") == content(50_003)


def test_image_readers_take_it(vault: Vault) -> None:
    packed = io.BytesIO()
    Image.frombytes("RGB", (300, 200), content(180_000)).save(packed, "PNG")
    with vault.reader(vault.put(packed.getvalue()).address) as reader, Image.open(reader) as image:
        assert image.tobytes() == content(180_000)


def test_pdf_readers_take_it(vault: Vault) -> None:
    packed = io.BytesIO()
    canvas = Canvas(packed, pageCompression=0)
    for number in range(120):
        canvas.drawString(72, 700, f"page number {number}")
        canvas.drawString(72, 600, "filler " * 120)
        canvas.showPage()
    canvas.save()
    assert len(packed.getvalue()) > 2 * CHUNK_SIZE
    with vault.reader(vault.put(packed.getvalue()).address) as reader:
        document = pypdfium2.PdfDocument(reader)
        assert len(document) == 120
        page = document[77]
        text = page.get_textpage()
        assert "page number 77" in text.get_text_range()
        text.close()
        page.close()
        document.close()
