"""The tools of one worker process: sandboxed children, parser, extractors. Nobody else makes them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import ClassVar, Final

import redis

from archive import file_passwords
from archive.record import Archive
from config import Config
from indexer.extract.recognition import Recogniser
from indexer.extract.registry import build_extractors
from indexer.extract.types import TEXT_LIMIT
from indexer.identify import OOXML, Identified, Kind
from indexer.parting import Parter
from indexer.tools.members import MemberReader
from indexer.tools.tika import TikaClient
from render.clamd import Scanner
from render.errors import ToolUnavailableError
from render.programs import DECRYPT, FORMATS, PAGES, READER, RENDER, UNPACK, build_speech
from render.sandbox import Isolation, SandboxPool

REST_SECONDS: Final = 15.0
"""A tool that was not to be had is not asked again for so long: others' work must not wait for it."""
_EMBEDDING: Final = (OOXML, "application/msword", "application/vnd.ms-excel", "application/vnd.ms-powerpoint")
"""Office documents whose embedded files are taken out."""


class QueueDownError(ToolUnavailableError):
    """Valkey, in which a password waits, does not answer."""

    code: ClassVar[str] = "queue_down"


class Toolbox:
    """Everything that reads foreign bytes. Children start when first needed, one of each kind for this process."""

    def __init__(self, config: Config) -> None:
        self._render = SandboxPool(1, RENDER)
        self._reader = SandboxPool(1, READER)
        self._unpack = SandboxPool(1, UNPACK)
        self._formats = SandboxPool(1, FORMATS)
        self._pages = SandboxPool(1, PAGES)
        self._tika = TikaClient(config.tika_urls or ("http://127.0.0.1:1",), write_limit=TEXT_LIMIT)
        self._resting: dict[str, tuple[float, ToolUnavailableError]] = {}
        self.scanner = Scanner(config.scanner_address) if config.scanner != "off" else None
        self.is_scan_required = config.scanner == "required"
        self._speech = None
        if config.speech_model is not None and find_spec("faster_whisper") is not None:
            self._speech = SandboxPool(1, build_speech(config.speech_model))
        self.extractors = build_extractors(
            render=self._render, formats=self._formats, speech=self._speech, tika=self._tika
        )
        unpack = MemberReader(self._unpack, "unpack.next")
        self._member_readers = {
            Kind.CONTAINER: unpack,
            Kind.OFFICE: unpack,
            Kind.MAIL: unpack,
            Kind.PDF: MemberReader(self._render, "pdf.next"),
            Kind.OFD: MemberReader(self._formats, "ofd.next"),
        }
        self._valkey = file_passwords.connect(config)
        self.parter = Parter(self._pages)
        self.recogniser = Recogniser(self._reader, dpi=config.ocr_dpi)

    @contextmanager
    def watch(self, name: str) -> Iterator[None]:
        """Work with the named tool. Raises ToolUnavailableError at once while the tool is known to be out."""
        until, cause = self._resting.get(name, (0.0, ToolUnavailableError()))
        if time.monotonic() < until:
            raise cause
        try:
            yield
        except ToolUnavailableError as err:
            self._resting[name] = (time.monotonic() + REST_SECONDS, err)
            raise

    def find_member_reader(self, identified: Identified) -> MemberReader | None:
        """What opens such a file for the files inside it; None where nothing does."""
        if identified.kind is Kind.OFFICE and not identified.media_type.startswith(_EMBEDDING):
            return None
        return self._member_readers.get(identified.kind)

    def take_password(self, archive: Archive, file_id: str) -> str:
        """The password that somebody gave for the file; it is gone then. Raises QueueDownError."""
        try:
            return file_passwords.take(archive, self._valkey, file_id)
        except redis.RedisError as err:
            raise QueueDownError from err

    @contextmanager
    def open_with(self, password: str) -> Iterator[MemberReader]:
        """What opens a file with its password, in a child of its own that knows it no longer than this lasts."""
        with SandboxPool(1, DECRYPT) as pool:
            yield MemberReader(pool, "decrypt.next", password)

    def isolation(self) -> Isolation:
        """What the kernel allows around the children."""
        return self._render.isolation()

    def close(self) -> None:
        """Ends the children."""
        self._render.close()
        self._reader.close()
        self._unpack.close()
        self._formats.close()
        self._pages.close()
        if self._speech is not None:
            self._speech.close()
        self._tika.close()
        self._valkey.close()
