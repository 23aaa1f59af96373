"""Sets up, starts, stops and asks the processes of this installation."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

import click

from config import Config, ConfigError
from services import keeper
from services.errors import ServiceError
from services.fetch import naming_a_full_disk

# Commands import what they need themselves: `run` lives as long as its process and should weigh little.

Parameters = ParamSpec("Parameters")
SERVERS = ("search", "parser", "queue")


def spoken(function: Callable[Concatenate[Config, Parameters], int]) -> Callable[Parameters, None]:
    """Hands the settings to a command, turns errors into sentences and the result into the exit code."""

    @wraps(function)
    def run(*args: Parameters.args, **kwargs: Parameters.kwargs) -> None:
        try:
            config = Config.load()
            with naming_a_full_disk(config.data):
                code = function(config, *args, **kwargs)
        except (ServiceError, ConfigError) as err:
            click.echo(str(err), err=True)
            code = 1
        except OSError as err:
            click.echo(f"The system refused ({err.strerror}): {err.filename}\n系统拒绝了操作：{err.filename}", err=True)
            code = 1
        except KeyboardInterrupt:
            code = 130
        sys.exit(code)

    return run


@click.group(help=__doc__)
def main() -> None:
    """The command group: each command prints plain sentences and exits with 0 or 1."""


@main.command()
@spoken
def setup(config: Config) -> int:
    """Generate settings and secrets, fetch and unpack the servers. Repeating it is harmless."""
    from services import supervisor

    if supervisor.find_running(config) is None:
        supervisor.prepare(config)
    return 0


@main.command()
@click.argument("names", nargs=-1, type=click.Choice(keeper.NAMES))
@spoken
def up(config: Config, names: tuple[str, ...]) -> int:
    """Start all processes (or those NAMES) in the background and wait until they answer."""
    from services import supervisor

    if not supervisor.say_running(config):
        supervisor.start_all(config, names or keeper.NAMES)
    return 0


@main.command()
@spoken
def down(config: Config) -> int:
    """Stop everything that runs on this data folder."""
    from services import supervisor

    stopped = supervisor.stop_all(config)
    click.echo("Stopped. 已停止。" if stopped else "Nothing was running. 没有正在运行的进程。")
    return 0


@main.command()
@click.option("--detach", is_flag=True, help="Leave everything running and return.")
@click.argument("command", nargs=-1)
@spoken
def session(config: Config, *, detach: bool, command: tuple[str, ...]) -> int:
    """Start everything, run COMMAND, stay until Ctrl-C and stop everything."""
    from services import supervisor

    return supervisor.run_session(config, command, detach=detach)


@main.command(hidden=True)
@click.argument("names", nargs=-1, type=click.Choice(keeper.NAMES))
@spoken
def supervise(config: Config, names: tuple[str, ...]) -> int:
    """Run the processes of the Procfile in the foreground (what `up` starts in the background)."""
    from services import supervisor

    return supervisor.supervise(config, names or keeper.NAMES)


@main.command()
@click.argument("name", type=click.Choice(keeper.NAMES))
@spoken
def run(config: Config, name: str) -> int:
    """Run one process of the Procfile in the foreground and start it again when it dies."""
    keeper.keep(config, name)
    return 0


@main.command()
@click.argument("names", nargs=-1, type=click.Choice(SERVERS))
@click.option("--seconds", default=300.0, show_default=True, help="Give up after this time.")
@spoken
def wait(config: Config, names: tuple[str, ...], seconds: float) -> int:
    """Wait until the servers (all, or those NAMES) answer."""
    from services.probes import wait_for

    wait_for(config, names or SERVERS, seconds=seconds)
    return 0


@main.command()
@spoken
def status(config: Config) -> int:
    """Say which process runs and which answers; the exit code is 0 when all that can be asked answer."""
    from services.supervisor import list_states

    states = list_states(config)
    for state in states:
        click.echo(state.describe())
    return 0 if all(state.answers is not False for state in states) else 1


@main.command()
@click.option("--yes", is_flag=True, help="Do not ask.")
@spoken
def reset(config: Config, *, yes: bool) -> int:
    """Stop everything and remove all records, files, keys and server state."""
    from services import removal, supervisor

    folders = removal.list_folders(config)
    if not folders:
        click.echo("Nothing to remove. 没有可删除的内容。")
        return 0
    click.echo("All records, files and keys in these folders will be lost:\n以下目录中的档案、文件和密钥将全部删除：")
    for folder in folders:
        click.echo(f"  {folder}")
    if not yes and click.prompt("Type yes to remove them 输入 yes 确认", default="no") != "yes":
        click.echo("Nothing was removed. 未删除。")
        return 1
    supervisor.stop_all(config)
    removal.remove_folders(folders)
    click.echo("Removed. 已删除。")
    return 0


if __name__ == "__main__":
    main(prog_name="python -m services")
