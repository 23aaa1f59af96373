"""The embedded Valkey: broker, sessions and counters. It keeps nothing on disk: what it holds may be lost."""

from __future__ import annotations

from config import Config
from services.accounts import find_account, make_private, write_private
from services.commands import PLAIN_ENVIRONMENT, Command
from services.fetch import copy_valkey
from services.places import program_folder, state_folder
from services.ports import LOOPBACK, OFFSETS
from services.settings import queue_password

# noeviction: a full broker must refuse new messages, not silently drop queued ones.
CONFIGURATION = """\
bind {host}
port {port}
protected-mode yes
requirepass {password}
dir {folder}
save ""
appendonly no
maxmemory 256mb
maxmemory-policy noeviction
loglevel notice
"""


def build_command(config: Config) -> Command:
    """Configures Valkey and says how to start it. Raises ServiceError."""
    account = find_account()
    folder = make_private(state_folder(config) / "valkey", account)
    text = CONFIGURATION.format(
        host=LOOPBACK,
        port=config.port + OFFSETS["queue"],
        password=queue_password(config.redis_url),
        folder=folder,
    )
    write_private(folder / "valkey.conf", text, account)
    return Command(
        name="queue",
        arguments=(str(copy_valkey(program_folder(account))), str(folder / "valkey.conf")),
        folder=folder,
        environment=PLAIN_ENVIRONMENT,
        account=account,
    )
