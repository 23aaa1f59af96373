"""Members of packed files through libarchive, whose library comes with the `archi` wheel: one after the other.

Only the formats asked for are switched on: some that libarchive knows name files on the disk, and its guess at a format
would take damage for another kind of file.
"""

from __future__ import annotations

import bz2
import ctypes
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_size_t, c_ssize_t, c_uint, c_void_p
from functools import partial
from typing import Final

import archi

from render.jail.errors import OpError
from render.jail.source import Source
from render.ops.members import Member

_OK, _END, _WARN = 0, 1, -20
_REGULAR_FILE = 0o100000
_RAW = 0x90000
_BLOCK = 256 * 1024
_STREAM = ("filter_gzip", "filter_xz", "filter_zstd", "format_raw")
_PARTS: Final = {
    "application/zip": ("format_zip_seekable",),
    "application/x-7z-compressed": ("format_7zip",),
    "application/x-rar-compressed": ("format_rar", "format_rar5"),
    "application/x-tar": ("format_tar",),
    "application/vnd.ms-cab-compressed": ("format_cab",),
    "application/x-iso9660-image": ("format_iso9660",),
    "application/gzip": _STREAM,
    "application/x-xz": _STREAM,
    "application/zstd": _STREAM,
    "application/x-bzip2": _STREAM,
}
MEDIA_TYPES: Final = frozenset(_PARTS)

_library = ctypes.CDLL(archi.__file__)  # a symbol is looked for in what the module was linked with, too
_ReadCallback = CFUNCTYPE(c_ssize_t, c_void_p, c_void_p, POINTER(c_void_p))


def _declare(name: str, result: type | None, *arguments: type) -> Callable[..., int]:
    function = getattr(_library, f"archive_{name}")
    function.restype, function.argtypes = result, arguments
    return function  # type: ignore[no-any-return]


_new = _declare("read_new", c_void_p)
_free = _declare("read_free", c_int, c_void_p)
_add_passphrase = _declare("read_add_passphrase", c_int, c_void_p, c_char_p)
_open = _declare("read_open", c_int, c_void_p, c_void_p, c_void_p, _ReadCallback, c_void_p)
_open_memory = _declare("read_open_memory", c_int, c_void_p, c_void_p, c_size_t)
_next_header = _declare("read_next_header", c_int, c_void_p, POINTER(c_void_p))
_read_data = _declare("read_data", c_ssize_t, c_void_p, c_void_p, c_size_t)
_format = _declare("format", c_int, c_void_p)
_filter = _declare("filter_code", c_int, c_void_p, c_int)
_has_encrypted = _declare("read_has_encrypted_entries", c_int, c_void_p)
_is_encrypted = _declare("entry_is_encrypted", c_int, c_void_p)
_file_type = _declare("entry_filetype", c_uint, c_void_p)
_hardlink = _declare("entry_hardlink", c_void_p, c_void_p)
_size = _declare("entry_size", c_int64, c_void_p)
_size_is_set = _declare("entry_size_is_set", c_int, c_void_p)
_name = _declare("entry_pathname", c_char_p, c_void_p)
_name_utf8 = _declare("entry_pathname_utf8", c_char_p, c_void_p)


def iter_members(source: Source, media_type: str, password: str = "") -> Generator[Member]:
    """Regular files in the order of the packed file. Raises OpError `damaged`, `encrypted` (already the list is).

    With a password what is encrypted can be read; what it does not open fails with `encrypted`. What is compressed as
    a whole is a tape archive or a single file; zeros could be both, and no file is lost then.
    """
    if _PARTS[media_type] is _STREAM:
        is_tape = False
        for member in _walk(source, media_type, (*_STREAM, "format_tar")):
            is_tape = True
            yield member
        if is_tape:
            return
    yield from _walk(source, media_type, _PARTS[media_type], password)


def _walk(source: Source, media_type: str, parts: Sequence[str], password: str = "") -> Generator[Member]:
    handle = _new()
    blocks = _Blocks(bz2.BZ2File(source.open())) if media_type == "application/x-bzip2" else None
    try:
        for part in parts:
            _declare(f"read_support_{part}", c_int, c_void_p)(handle)
        if password:
            _add_passphrase(handle, password.encode())
        if blocks is not None:
            opened = _open(handle, None, None, blocks.callback, None)
        else:
            opened = _open_memory(handle, source.map(), source.size)
        if opened != _OK:
            raise _blame(handle)
        yield from _iter_entries(handle, is_packed=parts[0] in _STREAM and blocks is None, opens=bool(password))
    finally:
        _free(handle)
        if blocks is not None:
            blocks.close()


def _iter_entries(handle: int, *, is_packed: bool, opens: bool) -> Generator[Member]:
    entry = c_void_p()
    buffer = ctypes.create_string_buffer(_BLOCK)  # one for all: a large one for each member would cost more than it
    while True:
        status = _next_header(handle, ctypes.byref(entry))
        if status == _END:
            return
        if status < _WARN:
            raise _blame(handle)
        if is_packed and not _filter(handle, 0):
            raise OpError("damaged")  # nothing was unpacked: this would be the file itself
        if _file_type(entry) not in (0, _REGULAR_FILE) or _hardlink(entry):
            continue
        # What is only compressed has no name of its own, and libarchive would invent one.
        is_named = _format(handle) != _RAW
        name: bytes = (is_named and (_name(entry) or _name_utf8(entry))) or b""  # type: ignore[assignment]
        locked = bool(_is_encrypted(entry))
        reason = "encrypted" if locked and not opens else ""
        size = _size(entry) if _size_is_set(entry) else None
        yield Member(name=name, size=size, reason=reason, read=partial(_read, handle, buffer, locked))


def _read(handle: int, buffer: ctypes.Array[ctypes.c_char], locked: bool, limit: int) -> bytes:
    """At most `limit` bytes of the present member; fewer only at its end. Raises OpError `damaged`, `encrypted`."""
    found = bytearray()
    while len(found) < limit:
        count = _read_data(handle, buffer, min(len(buffer), limit - len(found)))
        if count < 0:
            # A wrong password passes the one byte that checks it in one case of 256; then the content is nonsense.
            raise OpError("encrypted" if locked else "damaged")
        if count == 0:
            break
        found += memoryview(buffer)[:count]
    return bytes(found)


def _blame(handle: int) -> OpError:
    # libarchive may only be asked for what its format knows once it has settled on one.
    return OpError("encrypted" if _format(handle) and _has_encrypted(handle) > 0 else "damaged")


class _Blocks:
    """Hands a stream to libarchive block by block: the bundled library lacks bzip2, Python has it."""

    def __init__(self, stream: bz2.BZ2File) -> None:
        self._stream = stream
        self._block = b""
        self.callback = _ReadCallback(self._read)

    def _read(self, _archive: int, _data: int, block: ctypes._Pointer[c_void_p]) -> int:
        with suppress(OSError, EOFError, ValueError):
            self._block = self._stream.read(_BLOCK)
            block[0] = ctypes.cast(c_char_p(self._block), c_void_p)
            return len(self._block)
        return -1

    def close(self) -> None:
        """Closes the stream."""
        self._stream.close()
