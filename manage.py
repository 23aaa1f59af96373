"""Composition root: puts the packages together for the web server and for the command line.

`gunicorn "manage:create_app()"` serves the portal. `flask --app manage COMMAND` asks for `app`, which carries the
commands of all packages and opens nothing, so that commands work before the archive is set up, and fast. Neither loads
the packages of the other: each web process would keep them for life.
"""

from __future__ import annotations

from flask import Flask

from config import Config


def create_app() -> Flask:
    """The portal with its settings from the environment."""
    from portal import create_app as create_portal
    from portal.logs import configure_logging

    config = Config.load()
    configure_logging(config.log_level)
    return create_portal(config)


def _create_command_line() -> Flask:
    from archive import commands as archive_commands
    from indexer import catalogue_commands, watch_commands
    from indexer import commands as indexer_commands
    from services import probes

    line = Flask("manage", static_folder=None)
    for command in (
        archive_commands.database,
        archive_commands.user,
        catalogue_commands.catalogue,
        indexer_commands.ingest,
        watch_commands.watch,
        indexer_commands.index,
        indexer_commands.build_doctor(probes.answers),
        indexer_commands.build_demo(probes.portal_address),
    ):
        line.cli.add_command(command)
    return line


def __getattr__(name: str) -> Flask:
    """`app`, when somebody asks for it."""
    if name != "app":
        raise AttributeError(name)
    return _create_command_line()
