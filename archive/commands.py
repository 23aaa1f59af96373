"""Command groups of the record of truth: `database` and `user`.

Accounts made here are a local bootstrap by whoever administers the machine; each act is in the trail as the system's.
"""

from __future__ import annotations

import click
from sqlalchemy.orm import Session

from archive import accounts, setup
from archive.access.actor import SYSTEM, Role
from archive.console import Failure, opened, spoken
from archive.models import User
from archive.record import Archive
from config import Config


@click.group()
def database() -> None:
    """The database and its schema."""


@database.command()
@spoken
def upgrade() -> None:
    """Set the archive up, or bring it to this version. Repeating it is harmless."""
    config = Config.load()
    recovery_key = setup.create_keys(config)
    setup.migrate(config)
    archive = Archive.open(config)
    try:
        setup.seed(archive)
    finally:
        archive.close()
    if recovery_key is not None:
        click.echo("Recovery key, shown only now – print it and lock it in the safe:")
        click.echo("恢复密钥，只显示这一次，请打印后锁入保险柜：")
        click.echo(f"  {recovery_key}")


@click.group()
def user() -> None:
    """Accounts and API tokens."""


@user.command()
@click.argument("name")
@click.option("--role", "roles", multiple=True, required=True, type=click.Choice([role.value for role in Role]))
@click.option("--department", "departments", multiple=True, help="Code or name; may be repeated.")
@click.option(
    "--clearance",
    type=click.IntRange(1, 5),
    default=2,
    show_default=True,
    help="Highest sensitivity read without a grant.",
)
@click.option("--organisation", default="", help="For people from outside the hospital.")
@click.option("--display-name", default="", help="As shown on pages; NAME when left out.")
@click.option("--password", is_flag=True, help="Ask for a password; without one, only API tokens can be used.")
@spoken
def add(
    *,
    name: str,
    roles: tuple[str, ...],
    departments: tuple[str, ...],
    clearance: int,
    organisation: str,
    display_name: str,
    password: bool,
) -> None:
    """Create the account NAME."""
    secret = _ask_password() if password else None
    with opened() as archive, archive.database.writing() as session:
        accounts.create_user(
            session,
            archive.keys,
            SYSTEM,
            name=name,
            roles=[Role(role) for role in roles],
            departments=departments,
            clearance=clearance,
            organisation=organisation,
            display_name=display_name,
            password=secret,
        )


@user.command()
@click.argument("name")
@click.option("--revoke", is_flag=True, help="End all tokens of the account instead.")
@spoken
def token(*, name: str, revoke: bool) -> None:
    """Print a new API token of the account NAME."""
    with opened() as archive, archive.database.writing() as session:
        owner = _get_user(session, name)
        if revoke:
            accounts.revoke_tokens(session, archive.keys, SYSTEM, owner)
            return
        click.echo(accounts.issue_token(session, archive.keys, SYSTEM, owner))


@user.command()
@click.argument("name")
@spoken
def password(name: str) -> None:
    """Set the password of the account NAME; ends its sessions."""
    secret = _ask_password()
    with opened() as archive, archive.database.writing() as session:
        owner = _get_user(session, name)
        accounts.change_password(session, archive.keys, SYSTEM, owner, secret)


def _ask_password() -> str:
    return str(click.prompt("Password 密码", hide_input=True, confirmation_prompt=True, err=True))


def _get_user(session: Session, name: str) -> User:
    found = accounts.find_user(session, name)
    if found is None:
        raise Failure(f"There is no account {name}.", f"没有账号 {name}。")
    return found
