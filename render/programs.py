"""The sandboxed programs and their limits: `RENDER` is small and fast, `READER` holds the recognition models."""

from __future__ import annotations

from pathlib import Path

from render.sandbox import Limits, Program

_MIB = 1024**2

RENDER = Program(
    modules=("render.ops.pdf", "render.ops.attachments", "render.ops.image", "render.ops.revisions"),
    limits=Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=1024 * _MIB),
    data_bytes=2048 * _MIB,
    retain_bytes=256 * _MIB,
)
"""Text of PDF pages, images of pages, files attached to PDF documents, deletions in Word documents."""

POSTERS = Program(
    modules=("render.ops.poster",),
    limits=Limits(wall_seconds=30, cpu_seconds=30, memory_bytes=1024 * _MIB),
    data_bytes=2048 * _MIB,
    recycle_after=50,
)
"""Pictures of films. Decoders of moving pictures are large and often broken into: a child does not last long."""

READER = Program(
    modules=("render.ops.pdf", "render.ops.ofd", "render.ops.image", "render.ops.ocr"),
    limits=Limits(wall_seconds=300, cpu_seconds=200, memory_bytes=1800 * _MIB),
    data_bytes=3072 * _MIB,
    retain_bytes=1024 * _MIB,
    recycle_after=500,
)
"""Recognition; a page takes some seconds of one core, a wall-sized drawing six times as long."""

SHEETS = Program(
    modules=("render.ops.sheet",),
    limits=Limits(wall_seconds=120, cpu_seconds=110, memory_bytes=1536 * _MIB, output_bytes=256 * _MIB),
    data_bytes=2048 * _MIB,
)
"""Rows of tables: catalogues that are taken over."""

PAGES = Program(
    modules=(
        *("render.ops.pdf", "render.ops.extract"),
        *("render.ops.image", "render.ops.image_extract", "render.ops.codes"),
    ),
    limits=Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=1024 * _MIB, output_bytes=1024 * _MIB),
    data_bytes=2048 * _MIB,
    retain_bytes=256 * _MIB,
)
"""Pages of a scan as documents of their own, and the separator sheets between them."""

FORMATS = Program(
    modules=("render.ops.ofd", "render.ops.ofd_attachments", "render.ops.dxf", "render.ops.media"),
    limits=Limits(wall_seconds=180, cpu_seconds=150, memory_bytes=1536 * _MIB),
    data_bytes=2560 * _MIB,
    retain_bytes=512 * _MIB,
)
"""Text of formats that only ingest reads."""


def build_speech(model: Path) -> Program:
    """Speech to text with the model in this folder; six hours of sound take 1.4 GB beside the model."""
    return Program(
        modules=("render.ops.speech",),
        folders=(model,),
        limits=Limits(wall_seconds=1800, cpu_seconds=1700, memory_bytes=4096 * _MIB),
        data_bytes=6144 * _MIB,
        retain_bytes=2048 * _MIB,
    )


UNPACK = Program(
    modules=("render.ops.unpack",),
    limits=Limits(wall_seconds=60, cpu_seconds=60, memory_bytes=1024 * _MIB),
    data_bytes=1536 * _MIB,
    recycle_after=1_000_000,
    retain_bytes=1024 * _MIB,
)
"""Files inside others. A child stays while a container lasts, however many members it has and whatever it keeps:
another one would have to read up to the same place again."""

DECRYPT = Program(
    modules=("render.ops.decrypt",),
    limits=Limits(wall_seconds=120, cpu_seconds=110, memory_bytes=1536 * _MIB),
    data_bytes=2560 * _MIB,
    recycle_after=1_000_000,
    retain_bytes=1536 * _MIB,
)
"""Files that a password opens. A child serves one file and ends: the password is gone with it."""
