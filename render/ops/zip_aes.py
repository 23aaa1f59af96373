"""Members of ZIP files locked with AES (WinZip AE-1 and AE-2, APPNOTE.TXT 7.3 and the AES Encryption Information of
WinZip): the bundled libarchive has no cipher, and the standard library none either.
"""

from __future__ import annotations

import hashlib
import hmac
import struct
import zipfile
import zlib
from collections.abc import Generator
from typing import Any, BinaryIO, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.members import Member

_AES: Final = 99
"""Compression method that stands in for the real one, which the extra field names."""
_EXTRA: Final = 0x9901
_KEY_BYTES: Final = {1: 16, 2: 24, 3: 32}
_ROUNDS, _CHECK_BYTES, _MAC_BYTES = 1000, 2, 10
_BLOCK, _PIECE = 16, 256 * 1024
_HEADER: Final = struct.Struct("<4s22xHH")
_UTF8: Final = 0x800


def prepare() -> None:
    """Loads the ciphers while libraries may still be opened."""
    _build_cipher(bytes(16)).update(bytes(_BLOCK))
    hashlib.pbkdf2_hmac("sha1", b"a", b"b", 1)


def uses_aes(source: Source) -> bool:
    """Whether any member is locked with AES. Raises BadZipFile."""
    with source.open() as file, zipfile.ZipFile(file) as packed:
        return any(info.compress_type == _AES for info in packed.infolist())


def iter_members(source: Source, password: str) -> Generator[Member]:
    """Members in the order of the directory; one that this password does not open has the reason `encrypted`."""
    with source.open() as file, zipfile.ZipFile(file) as packed:
        for info in packed.infolist():
            if info.is_dir():
                continue
            name = info.filename.encode("utf-8" if info.flag_bits & _UTF8 else "cp437")
            yield _open_member(file, packed, info, name, password.encode())


def _open_member(
    file: BinaryIO, packed: zipfile.ZipFile, info: zipfile.ZipInfo, name: bytes, password: bytes
) -> Member:
    try:
        if info.compress_type != _AES:
            stream = packed.open(info, pwd=password)
            return Member(name, info.file_size, "", _Guarded(stream.read).read)
        reader = _Locked(file, info, password)
    except OpError as err:
        return Member(name, info.file_size, err.reason, _nothing)
    except RuntimeError:  # the password is another one
        return Member(name, info.file_size, "encrypted", _nothing)
    except (zipfile.BadZipFile, NotImplementedError, OSError, struct.error):
        return Member(name, info.file_size, "damaged", _nothing)
    return Member(name, info.file_size, "", _Guarded(reader.read).read)


def _nothing(_limit: int) -> bytes:
    return b""


class _Guarded:
    """Says of every failure to read that the member is damaged."""

    def __init__(self, read: Any) -> None:
        self._read = read

    def read(self, limit: int) -> bytes:
        """Raises OpError `damaged`."""
        try:
            return bytes(self._read(limit))
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as err:
            raise OpError("damaged") from err


class _Locked:
    """One member: salt, two bytes that check the password, cipher text, ten bytes that prove it whole."""

    def __init__(self, file: BinaryIO, info: zipfile.ZipInfo, password: bytes) -> None:
        """Raises OpError `encrypted` for another password, `encryption_unknown`."""
        key_bytes, method = _read_extra(info.extra)
        if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise OpError("encryption_unknown")
        file.seek(info.header_offset)
        magic, name_size, extra_size = _HEADER.unpack(file.read(_HEADER.size))
        if magic != b"PK\x03\x04":
            raise OpError("damaged")
        self._file, self._at = file, info.header_offset + _HEADER.size + name_size + extra_size
        salt = self._take(key_bytes // 2)
        check = self._take(_CHECK_BYTES)
        derived = hashlib.pbkdf2_hmac("sha1", password, salt, _ROUNDS, 2 * key_bytes + _CHECK_BYTES)
        if not hmac.compare_digest(derived[-_CHECK_BYTES:], check):
            raise OpError("encrypted")
        self._cipher = _build_cipher(derived[:key_bytes])
        self._mac = hmac.new(derived[key_bytes:-_CHECK_BYTES], digestmod="sha1")
        self._left = info.compress_size - key_bytes // 2 - _CHECK_BYTES - _MAC_BYTES
        self._counter = 0
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if method == zipfile.ZIP_DEFLATED else None
        self._ready = b""

    def read(self, limit: int) -> bytes:
        """At most `limit` bytes; fewer only at the end. Raises OpError, zlib.error."""
        found = bytearray()
        while len(found) < limit:
            piece = self._next_piece(limit - len(found))
            if not piece:
                break
            found += piece
        return bytes(found)

    def _next_piece(self, limit: int) -> bytes:
        if self._ready:
            waiting, self._ready = self._ready, b""
        elif self._left > 0:
            waiting = self._decrypt(self._take(min(_PIECE, self._left)))
        else:
            return b""
        if self._inflate is None:
            self._ready = waiting[limit:]
            return waiting[:limit]
        piece = self._inflate.decompress(waiting, limit)
        self._ready = self._inflate.unconsumed_tail
        if not piece and (self._left > 0 or self._ready) and not self._inflate.eof:
            return self._next_piece(limit)
        return piece

    def _decrypt(self, cipher_text: bytes) -> bytes:
        self._mac.update(cipher_text)
        self._left -= len(cipher_text)
        if not self._left and not hmac.compare_digest(self._mac.digest()[:_MAC_BYTES], self._take(_MAC_BYTES)):
            raise OpError("damaged")
        blocks = -(-len(cipher_text) // _BLOCK)
        # The counter is little-endian and begins at 1, which no ready-made counter mode does.
        counters = b"".join(struct.pack("<QQ", self._counter + n, 0) for n in range(1, blocks + 1))
        self._counter += blocks
        stream = self._cipher.update(counters)[: len(cipher_text)]
        size = len(cipher_text)
        return (int.from_bytes(cipher_text, "big") ^ int.from_bytes(stream, "big")).to_bytes(size, "big")

    def _take(self, size: int) -> bytes:
        self._file.seek(self._at)
        data = self._file.read(size)
        self._at += size
        if len(data) < size:
            raise OpError("damaged")
        return data


def _read_extra(extra: bytes) -> tuple[int, int]:
    """Bytes of the key and the real compression method."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _EXTRA and size >= 7:
            strength, method = struct.unpack_from("<4xBH", extra, 4)
            if strength in _KEY_BYTES:
                return _KEY_BYTES[strength], method
        extra = extra[4 + size :]
    raise OpError("encryption_unknown")


def _build_cipher(key: bytes) -> Any:
    return Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - encrypts counters, see `_Locked`
