"""Errors of set-up and servers: each is one sentence in English and one in Chinese, and says what to do."""

from __future__ import annotations


class ServiceError(Exception):
    """Set-up or a server failed for a reason that a person can act on."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english}\n{chinese}")


class AccountError(ServiceError):
    """No unprivileged account to run the servers as, or a folder that it cannot reach."""


class JavaError(ServiceError):
    """No Java runtime of the needed version."""


class DownloadError(ServiceError):
    """A package could not be had, or what came is not what was pinned."""


class PortError(ServiceError):
    """A port that a server needs is held by another process."""


class SpaceError(ServiceError):
    """The disk has too little room."""


class StartError(ServiceError):
    """A server ended, or did not answer in time."""


class RunningError(ServiceError):
    """A process is running already, so a second one must not start."""
