"""What the command groups share: opening the archive, and saying errors in words instead of stack traces."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import ParamSpec, TypeVar

import click
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive import accounts, audit, setup
from archive.access.actor import Actor, resolve_actor
from archive.errors import ArchiveError
from archive.reasons import REASONS
from archive.record import Archive
from archive.vault.errors import KeyFileError
from config import Config, ConfigError

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


class Failure(click.ClickException):
    """Ends a command with a sentence in English and Chinese, exit code 1."""

    def __init__(self, english: str, chinese: str) -> None:
        super().__init__(f"{english}\n{chinese}")


def spoken(command: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Turns errors that a person can act on into sentences."""

    @wraps(command)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        audit.request_id.set(f"cli-{uuid.uuid4().hex[:12]}")
        try:
            return command(*args, **kwargs)
        except ConfigError as err:
            raise click.ClickException(str(err)) from err
        except KeyFileError as err:
            raise Failure(
                f"The key file {err.details.get('path', '')} cannot be used ({err.code}).",
                f"密钥文件不可用：{err.details.get('path', '')}（{err.code}）。",
            ) from err
        except ArchiveError as err:
            raise explain(err) from err
        except SQLAlchemyError as err:
            raise Failure(
                f"The database does not answer or cannot be written ({type(err).__name__}).",
                f"数据库没有应答或无法写入（{type(err).__name__}）。",
            ) from err

    return run


def explain(err: ArchiveError) -> Failure:
    """The sentences of an error, with the fields at fault."""
    chinese, english = REASONS.get(err.reason or err.code) or REASONS.get(err.code) or REASONS["internal"]
    fields = [(name, REASONS.get(code, (code, code))) for name, code in err.details.items()]
    return Failure(
        " ".join([english, *(f"{name}: {said[1]}" for name, said in fields)]),
        "".join([chinese, *(f"{name}：{said[0]}" for name, said in fields)]),
    )


@contextmanager
def opened() -> Iterator[Archive]:
    """The archive of these settings, at the schema of this version."""
    archive = Archive.open(Config.load())
    try:
        if not setup.is_current(archive.database):
            raise Failure(
                "The database has another schema; run: flask --app manage database upgrade",
                "数据库结构不是当前版本，请运行：flask --app manage database upgrade",
            )
        yield archive
    finally:
        archive.close()


def get_actor(session: Session, name: str) -> Actor:
    """The actor of that account. Raises Failure."""
    user = accounts.find_user(session, name)
    if user is None or not user.is_active:
        raise Failure(f"There is no active account {name}.", f"没有可用的账号 {name}。")
    return resolve_actor(session, user)
