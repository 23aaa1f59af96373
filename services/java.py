"""Finds a Java runtime that Elasticsearch and Tika can run on."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from config import Config
from services.accounts import can_reach, find_account
from services.errors import JavaError

MIN_VERSION = 21
USUAL_FOLDERS = (
    "/usr/lib/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "/opt/*jdk*",
    "/opt/*jre*",
    "/usr/local/*jdk*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/.sdkman/candidates/java/*",
    "~/.jdks/*",
)


@dataclass(frozen=True)
class Java:
    """A runtime: its home, its feature version (0 when it could not be told) and where it was found."""

    home: Path
    version: int
    source: str

    @property
    def program(self) -> Path:
        """The java executable."""
        return self.home / "bin" / "java"


def require_java(config: Config) -> Java:
    """The first runtime that fits, in the order settings, JAVA_HOME, PATH, usual folders. Raises JavaError.

    A folder named by GUIDANG_JAVA_HOME is taken or refused; the search does not go on behind its back.
    """
    seen: list[Java] = []
    for java in _iter_runtimes(config):
        if java.version >= MIN_VERSION and can_reach(find_account(), java.program.parent):
            return java
        seen.append(java)
    raise JavaError(
        f"No Java {MIN_VERSION} or newer. {_describe(seen)} Install one (Debian: apt-get install "
        f"openjdk-{MIN_VERSION}-jre-headless, or any Temurin {MIN_VERSION}+) or set GUIDANG_JAVA_HOME to its folder.",
        f"没有找到 Java {MIN_VERSION} 或更新的运行环境；请安装（Debian：openjdk-{MIN_VERSION}-jre-headless），"
        "或用 GUIDANG_JAVA_HOME 指定其目录。",
    )


def _describe(seen: list[Java]) -> str:
    if not seen:
        return "None was found at all."
    account = find_account()
    found = (
        f"Java {java.version or '?'} in {java.home} ({java.source}"
        + (
            f", not reachable for the user {account.name}"
            if account and not can_reach(account, java.home / "bin")
            else ""
        )
        + ")"
        for java in seen
    )
    return f"Found: {'; '.join(found)}."


def _iter_runtimes(config: Config) -> Iterator[Java]:
    if config.java_home:
        yield read_runtime(Path(config.java_home), "GUIDANG_JAVA_HOME")
        return
    done: set[Path] = set()
    for home, source in _iter_homes(config):
        resolved = home.resolve()
        if resolved not in done and (resolved / "bin" / "java").is_file():
            done.add(resolved)
            yield read_runtime(resolved, source)


def _iter_homes(config: Config) -> Iterator[tuple[Path, str]]:
    if config.system_java_home:
        yield Path(config.system_java_home), "JAVA_HOME"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path).resolve().parent.parent, "PATH"
    for pattern in USUAL_FOLDERS:
        full = Path(pattern).expanduser()
        base = Path(full.anchor)
        # Newest name first, so that a machine with several runtimes does not end up on the oldest that fits.
        for home in sorted(base.glob(str(full.relative_to(base))), reverse=True):
            yield home, "usual folders"


def read_runtime(home: Path, source: str) -> Java:
    """The runtime in `home`, its version read from its `release` file or, without one, asked of the program."""
    release = home / "release"
    text = release.read_text(encoding="utf-8", errors="replace") if release.is_file() else _ask(home / "bin" / "java")
    match = re.search(r'(?:JAVA_VERSION=|version )"(\d+)(?:\.(\d+))?', text)
    if match is None:
        return Java(home, 0, source)
    first, second = int(match[1]), int(match[2] or 0)
    return Java(home, second if first == 1 else first, source)  # "1.8" is the old way to say 8


def _ask(program: Path) -> str:
    try:
        return subprocess.run([program, "-version"], capture_output=True, text=True, timeout=30, check=False).stderr
    except OSError:
        return ""
