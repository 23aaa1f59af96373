"""Files that open with a password only, encrypted on the spot."""

from __future__ import annotations

import hashlib
import hmac
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.format.ooxml import OOXMLFile
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests import packed


def make_pdf(password: str, *pages: str) -> bytes:
    """RC4, as the standard security handler of PDF 1.4 has it."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, encrypt=password)
    for text in pages:
        canvas.drawString(72, 700, text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def lock_office(document: bytes, password: str) -> bytes:
    """An Office Open XML document with agile encryption (MS-OFFCRYPTO 2.3.4.10)."""
    out = io.BytesIO()
    OOXMLFile(io.BytesIO(document)).encrypt(password, out)
    return out.getvalue()


def make_xls(password: str, text: str) -> bytes:
    """One cell in BIFF8 with RC4 encryption (MS-XLS 2.2.10, MS-OFFCRYPTO 2.3.6)."""
    salt = bytes(range(16))
    secret = hashlib.md5(password.encode("utf-16-le")).digest()[:5]
    base = hashlib.md5((secret + salt) * 16).digest()[:5]

    def encrypt(block: int, data: bytes) -> bytes:
        key = hashlib.md5(base + struct.pack("<I", block)).digest()
        return Cipher(ARC4(key), None).encryptor().update(data)

    verifier = b"sixteen letters!"
    sealed = encrypt(0, verifier + hashlib.md5(verifier).digest())
    filepass = struct.pack("<HHH", 1, 1, 1) + salt + sealed
    label = struct.pack("<HHHHB", 0, 0, 15, len(text), 1) + text.encode("utf-16-le") + b"\0"
    label += b"\0\0" * (len(text) % 2)  # what fills the sector behind the last record must be empty records: 4 bytes
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0, 0, 0)
    records = [(0x0809, bof), (0x002F, filepass), (0x0204, label), (0x000A, b"")]
    stream, content = bytearray(), bytearray()
    for kind, body in records:
        head = struct.pack("<HH", kind, len(body))
        stream += head + body
        content += head + (body if kind == 0x0204 else bytes(len(body)))
    cipher = b"".join(encrypt(n, bytes(content[n * 1024 : n * 1024 + 1024])) for n in range(len(content) // 1024 + 1))
    place = len(stream) - 4 - len(label)  # only the body of the label is encrypted: headers never are
    stream[place : place + len(label)] = cipher[place : place + len(label)]
    return packed.make_compound("Workbook", bytes(stream))


def lock_zip(files: Mapping[str, bytes], password: str, *, open_files: Mapping[str, bytes] | None = None) -> bytes:
    """ZIP with the traditional cipher (APPNOTE.TXT, 6.1); `open_files` have no password."""
    return _build_zip(
        files, open_files or {}, lambda data, crc: _lock_traditionally(data, password.encode(), crc), 0, b""
    )


def lock_zip_aes(files: Mapping[str, bytes], password: str) -> bytes:
    """ZIP with AES-256 (WinZip AE-2)."""
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 2, b"AE", 3, zipfile.ZIP_DEFLATED)
    return _build_zip(files, {}, lambda data, _: _lock_with_aes(data, password.encode()), 99, extra)


def _build_zip(
    files: Mapping[str, bytes],
    clear: Mapping[str, bytes],
    lock: Callable[[bytes, int], bytes],
    method: int,
    extra: bytes,
) -> bytes:
    body, directory = bytearray(), bytearray()
    for name, data in [*clear.items(), *files.items()]:
        is_locked = name in files
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        squeezed = deflate.compress(data) + deflate.flush()
        content = lock(squeezed, zlib.crc32(data)) if is_locked else squeezed
        packed_as = (method or 8) if is_locked else 8
        crc = 0 if is_locked and method else zlib.crc32(data)
        more = extra if is_locked else b""
        flags, encoded = 0x800 | (1 if is_locked else 0), name.encode()
        known = struct.pack("<HHHHIII", flags, packed_as, 0, 0x21, crc, len(content), len(data))
        place = len(body)
        body += b"PK\x03\x04" + struct.pack("<H", 51) + known + struct.pack("<HH", len(encoded), len(more))
        body += encoded + more + content
        directory += b"PK\x01\x02" + struct.pack("<HH", 51, 51) + known
        directory += struct.pack("<HHHHHII", len(encoded), len(more), 0, 0, 0, 0, place) + encoded + more
    count = len(files) + len(clear)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + b"PK\x05\x06" + end)


def _lock_traditionally(data: bytes, password: bytes, crc: int) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def step(byte: int) -> None:
        keys[0] = _crc(keys[0], byte)
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = _crc(keys[2], keys[1] >> 24)

    for byte in password:
        step(byte)
    found = bytearray()
    for byte in bytes(11) + bytes([crc >> 24]) + data:
        mixed = (keys[2] & 0xFFFF) | 2
        found.append(byte ^ (((mixed * (mixed ^ 1)) >> 8) & 0xFF))
        step(byte)
    return bytes(found)


def _crc(crc: int, byte: int) -> int:
    return (zlib.crc32(bytes([byte]), crc ^ 0xFFFFFFFF)) ^ 0xFFFFFFFF


def _lock_with_aes(data: bytes, password: bytes) -> bytes:
    salt = bytes(range(16))
    derived = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 66)
    cipher = Cipher(algorithms.AES(derived[:32]), modes.ECB()).encryptor()
    blocks = -(-len(data) // 16)
    stream = cipher.update(b"".join(struct.pack("<QQ", n, 0) for n in range(1, blocks + 1)))
    sealed = bytes(a ^ b for a, b in zip(data, stream, strict=False))
    proof = hmac.digest(derived[32:64], sealed, "sha1")[:10]
    return salt + derived[64:] + sealed + proof
