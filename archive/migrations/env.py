"""How Alembic reaches the database: by the connection that archive.setup hands over, or by the settings."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection

from archive.db import Database
from archive.models import Base
from archive.models.base import Moment
from config import Config


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Writes our own column type as what it is in the database, so that old revisions do not depend on the program."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, Moment) else False


def run(connection: Connection) -> None:
    """Runs the revisions asked for in one transaction."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=True,
        render_as_batch=True,  # SQLite cannot alter columns; Alembic then rebuilds the table
        render_item=render_item,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(Config.load().database_url)
    with database.engine.connect() as own:
        run(own)
        own.commit()
    database.close()
