"""Looks at everything the installation needs and says in words what is wrong and what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

from elasticsearch import ApiError, TransportError
from sqlalchemy.exc import SQLAlchemyError

from archive import setup
from archive.models import utc_now
from archive.operations import Figures, read_figures
from archive.reasons import REASONS, RETRIED
from archive.record import Archive
from archive.vault.errors import VaultError
from config import Config
from indexer.bulk import connect
from indexer.toolbox import Toolbox
from mappings.aliases import Kind, check_index
from render.clamd import Scanner, ScannerUnavailableError
from render.errors import ToolUnavailableError

ROOM: Final = 1 << 30
LATE: Final = timedelta(minutes=5)
Probe = Callable[[str], bool]
"""Whether the named server (search, parser, queue, web) answers."""


class Level(StrEnum):
    """How grave a finding is."""

    GOOD = "ok"
    WARNING = "warning"
    FAILURE = "failure"


@dataclass(frozen=True)
class Finding:
    """One look: what at, how it is, and in words for people."""

    name: str
    level: Level
    english: str
    chinese: str


def examine(archive: Archive, answers: Probe) -> Iterator[Finding]:
    """All findings, one after the other."""
    yield _look_at_database(archive)
    yield _look_at_vault(archive)
    yield _look_at_room(archive)
    yield _look_at_encryption(archive.config.data)
    yield from _look_at_servers(answers)
    yield _look_at_scanner(archive.config)
    yield from _look_at_index(archive)
    yield from _look_at_isolation(archive)
    yield from _look_at_backlog(archive)


def _look_at_database(archive: Archive) -> Finding:
    try:
        if setup.is_current(archive.database):
            return _good("database")
    except SQLAlchemyError:
        return _bad("database", "The database does not answer.", "数据库没有应答。")
    return _bad("database", "Other schema; run: database upgrade.", "数据库结构不是当前版本，请运行 database upgrade。")


def _look_at_vault(archive: Archive) -> Finding:
    probe = os.urandom(64)
    try:
        address = archive.vault.put(probe).address
        with archive.vault.reader(address) as blob:
            is_same = blob.read() == probe
        archive.vault.destroy(address)
    except (VaultError, OSError) as err:
        return _bad(
            "vault", f"The vault cannot be used ({type(err).__name__}).", f"保管库不可用（{type(err).__name__}）。"
        )
    return _good("vault") if is_same else _bad("vault", "The vault gave other bytes back.", "保管库读出的内容不一致。")


def _look_at_room(archive: Archive) -> Finding:
    free = shutil.disk_usage(archive.config.data).free
    if free >= ROOM:
        return Finding("disk", Level.GOOD, f"{free >> 30} GB free", f"剩余 {free >> 30} GB")
    return _bad("disk", f"Only {free >> 20} MB free.", f"磁盘仅剩 {free >> 20} MB。")


def _look_at_encryption(folder: Path) -> Finding:
    """Database and index hold text, so their disk should be encrypted (dm-crypt is what can be seen from here)."""
    device = folder.stat().st_dev
    uuid = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/dm/uuid")
    if uuid.exists() and uuid.read_text(encoding="ascii").startswith("CRYPT-"):
        return _good("encryption")
    return _warn(
        "encryption",
        "The disk of the data folder is not seen to be encrypted; database and index hold readable text.",
        "未检测到数据目录所在磁盘已加密；数据库和索引中有可读文字。",
    )


def _look_at_servers(answers: Probe) -> Iterator[Finding]:
    for name in ("search", "parser", "queue"):
        if answers(name):
            yield _good(name)
        else:
            yield _bad(name, "No answer.", "没有应答。")


def _look_at_scanner(config: Config) -> Finding:
    if config.scanner == "off":
        return _warn("scanner", "No virus scanner is set up (SCANNER).", "未设置病毒扫描（SCANNER）。")
    try:
        version = Scanner(config.scanner_address).version()
    except ScannerUnavailableError:
        return _bad("scanner", "The virus scanner does not answer.", "病毒扫描服务没有应答。")
    return Finding("scanner", Level.GOOD, version, version)


def _look_at_index(archive: Archive) -> Iterator[Finding]:
    with connect(archive.config) as client:
        for kind in Kind:
            name = f"index {kind}"
            try:
                problems = check_index(client, archive.config.index_prefix, kind)
            except (ApiError, TransportError):
                yield _bad(name, "The search engine does not answer.", "检索服务没有应答。")
                continue
            if problems:
                found = ", ".join(problems)
                yield _bad(name, f"{found}; run: index rebuild.", f"{found}，请运行 index rebuild。")
            else:
                yield _good(name)


def _look_at_isolation(archive: Archive) -> Iterator[Finding]:
    tools = Toolbox(archive.config)
    try:
        isolation = tools.isolation()
    except ToolUnavailableError:
        yield _bad("render", "The children that read documents do not start.", "文件解析子进程无法启动。")
        return
    finally:
        tools.close()
    yield _good("render")
    layers = {
        "network": (isolation.network_isolated, "reach the network", "访问网络"),
        "files": (isolation.files, "open files", "打开文件"),
        "calls": (isolation.calls, "make dangerous system calls", "执行危险的系统调用"),
        "account": (isolation.unprivileged, "act as root", "以管理员身份运行"),
    }
    for name, (holds, english, chinese) in layers.items():
        if holds:
            yield _good(f"isolation {name}")
        else:
            yield _warn(
                f"isolation {name}",
                f"The kernel does not let us forbid the children to {english}.",
                f"系统内核不允许禁止子进程{chinese}。",
            )


def _look_at_backlog(archive: Archive) -> Iterator[Finding]:
    try:
        with archive.database.reading() as session:
            figures = read_figures(session)
    except SQLAlchemyError:
        return
    for topic, queue in figures.queues.items():
        backlog = queue.backlog
        said = f"{backlog.due} due, {backlog.leased} at work, {backlog.delayed} delayed"
        shown = f"待处理 {backlog.due}，处理中 {backlog.leased}，延后 {backlog.delayed}"
        if queue.oldest is not None:
            minutes = _minutes(utc_now() - queue.oldest)
            said, shown = f"{said}, the oldest for {minutes} min", f"{shown}，最早已等待 {minutes} 分钟"
        if backlog.delayed:
            chinese, english = REASONS.get(backlog.last_error, REASONS["internal"])
            yield _warn(f"work {topic}", f"{said}. {english}", f"{shown}。{chinese}")
        else:
            yield Finding(f"work {topic}", Level.GOOD, said, shown)
    if figures.oldest is not None and utc_now() - figures.oldest > LATE and not figures.rate:
        yield _warn(
            "workers", "Work waits for minutes; do worker and beat run?", "任务已等待数分钟，请检查 worker 与 beat。"
        )
    yield from _look_at_pace(figures)


def _look_at_pace(figures: Figures) -> Iterator[Finding]:
    said = f"{figures.files} files wait, {figures.rate:.1f} a minute"
    shown = f"待处理文件 {figures.files}，每分钟 {figures.rate:.1f} 个"
    if figures.files and figures.left is not None:
        minutes = _minutes(figures.left)
        said, shown = f"{said}, about {minutes} min left", f"{shown}，约剩 {minutes} 分钟"
    yield Finding("pace", Level.GOOD, said, shown)
    for reason, count in figures.failures.items():
        chinese, english = REASONS.get(reason, REASONS["internal"])
        level = Level.WARNING if reason in RETRIED else Level.GOOD
        name = f"failed {reason or 'internal'}"
        yield Finding(name, level, f"{count} files in 7 days. {english}", f"七天内 {count} 个文件。{chinese}")
    for problem, count in figures.folders.items():
        if problem:
            chinese, english = REASONS.get(problem, REASONS["internal"])
            yield _warn("watched folders", f"{count} not looked into. {english}", f"{count} 个无法读取。{chinese}")


def _minutes(span: timedelta) -> int:
    return round(span.total_seconds() / 60)


def _good(name: str) -> Finding:
    return Finding(name, Level.GOOD, "good", "正常")


def _warn(name: str, english: str, chinese: str) -> Finding:
    return Finding(name, Level.WARNING, english, chinese)


def _bad(name: str, english: str, chinese: str) -> Finding:
    return Finding(name, Level.FAILURE, english, chinese)
