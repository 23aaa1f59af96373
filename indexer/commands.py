"""Commands of the indexer: `ingest`, `index`, `doctor`, `demo`. Heavy modules are imported when a command runs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive.console import Failure, get_actor, opened, spoken
from archive.reasons import OUTCOMES, REASONS, Outcome
from config import Config

if TYPE_CHECKING:
    from archive.record import Archive
    from indexer.ingest import Ingest, Progress
    from indexer.manifest import Entry, ManifestError

Probe = Callable[[Config, str], bool]


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--manifest", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV with one row a record."
)
@click.option("--as", "name", required=True, metavar="USER", help="Account in whose name it happens.")
@click.option("--wait", is_flag=True, help="Stay until everything can be searched.")
@click.option("--join-pages", is_flag=True, help="Make numbered images (001.jpg, 002.jpg …) one file of pages.")
@click.option("--separators", is_flag=True, help="Part every scan at its separator sheets.")
@click.option("--create-missing", is_flag=True, help="Create departments that do not exist yet.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON for each file.")
@spoken
def ingest(
    *,
    path: Path,
    manifest: Path | None,
    name: str,
    wait: bool,
    join_pages: bool,
    separators: bool,
    create_missing: bool,
    as_json: bool,
) -> None:
    """Take PATH, a file or a folder, into the archive. Doing it again adds nothing twice."""
    from indexer.ingest import Ingest

    with opened() as archive:
        with archive.database.reading() as session:
            actor = get_actor(session, name)
        run = Ingest(archive, actor, is_parting=separators)
        with _explaining():
            entries = run.plan(path, manifest, is_creating=create_missing, is_joining=join_pages)
        is_finished = _run_ingest(archive, run, entries, wait=wait)
        if as_json:
            for line in run.report():
                click.echo(json.dumps(asdict(line), ensure_ascii=False))
        _say_counts(run, to_stderr=as_json)
        if not (is_finished and run.is_all_taken):
            sys.exit(1)


@contextmanager
def _explaining() -> Iterator[None]:
    """Tells faults of a manifest in words."""
    from indexer.manifest import ManifestError

    try:
        yield
    except ManifestError as err:
        raise _explain_faults(err) from err


def _run_ingest(archive: Archive, run: Ingest, entries: Sequence[Entry], *, wait: bool) -> bool:
    """Takes in and, if wanted, waits. Returns whether everything asked for is done."""
    with _bar(len(entries), "taken in 接收") as tell:
        run.take(entries, tell)
    return _wait(archive, run) if wait else True


def _wait(archive: Archive, run: Ingest) -> bool:
    from indexer.bulk import connect
    from indexer.ingest import StalledError, make_visible

    seen = 0

    def show(progress: Progress) -> None:
        nonlocal seen
        now = progress.files + progress.pages
        tell(now - seen)
        seen = now

    try:
        first = run.progress()
        with _bar(first.all_files + max(first.all_pages, first.all_files), "read 读取") as tell:
            run.watch(show)
    except StalledError:
        click.echo("No worker is at work. The files are safe and will be read when the workers run.", err=True)
        click.echo("没有工作进程在运行。文件已安全保存，工作进程启动后会自动处理。", err=True)
        return False
    with connect(archive.config) as client:
        make_visible(archive, client)
    return True


@contextmanager
def _bar(length: int, label: str) -> Iterator[Callable[[int], object]]:
    """A progress bar where somebody looks; silence elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    with click.progressbar(length=length, label=label, file=sys.stderr, show_pos=True) as bar:
        yield bar.update


def _say_counts(run: Ingest, *, to_stderr: bool) -> None:
    for name, number in sorted(run.count().items()):
        chinese = (
            OUTCOMES[Outcome(name)][0] if name in set(Outcome) else {"catalogued": "仅著录", "accepted": "已接收"}[name]
        )
        click.echo(f"{number:7} {name} {chinese}", err=to_stderr)


def _explain_faults(err: ManifestError) -> click.ClickException:
    lines = ["Nothing was taken in. 未接收任何内容。"]
    for fault in err.faults[:100]:
        chinese, english = REASONS.get(fault.reason, (fault.reason, fault.reason))
        lines.append(f"row {fault.row} 第{fault.row}行 {fault.column}: {english} {chinese}")
    if len(err.faults) > 100:
        lines.append(f"… {len(err.faults) - 100} more 条")
    return click.ClickException("\n".join(lines))


@click.group()
def index() -> None:
    """The search index."""


@index.command("rebuild")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@spoken
def rebuild_command(*, as_json: bool) -> None:
    """Build the index anew from the record while the old one serves on."""
    from indexer.bulk import IndexUnavailableError, connect
    from indexer.rebuild import count_items, rebuild

    with opened() as archive, connect(archive.config) as client:
        try:
            with _bar(count_items(archive), "indexed 索引") as tell:
                done = rebuild(archive, client, tell)
        except IndexUnavailableError as err:
            raise _explain_index(err.code) from err
    _say({"items": done.items, "refused": len(done.refused), "indices": dict(done.indices)}, as_json=as_json)
    sys.exit(bool(done.refused))


@index.command("reconcile")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@spoken
def reconcile_command(*, as_json: bool) -> None:
    """Compare index and record, and repair what differs."""
    _compare(is_repairing=True, as_json=as_json)


@index.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@spoken
def check_command(*, as_json: bool) -> None:
    """Compare index and record; exit code 1 when they differ or the index is of another version."""
    if not _compare(is_repairing=False, as_json=as_json):
        sys.exit(1)


def _compare(*, is_repairing: bool, as_json: bool) -> bool:
    from indexer.bulk import IndexUnavailableError, connect
    from indexer.reconcile import reconcile
    from mappings.aliases import Kind, check_index

    with opened() as archive, connect(archive.config) as client:
        try:
            found = reconcile(archive, client, is_repairing=is_repairing)
            problems = {k.value: check_index(client, archive.config.index_prefix, k) for k in Kind}
        except IndexUnavailableError as err:
            raise _explain_index(err.code) from err
    known = {kind: list(names) for kind, names in problems.items() if names}
    _say(found.as_dict() | ({"problems": known} if known else {}), as_json=as_json)
    return found.is_clean and not known


def _explain_index(code: str) -> Failure:
    chinese, english = REASONS[code]
    return Failure(english, chinese)


def _say(values: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(values, ensure_ascii=False))
        return
    for name, value in values.items():
        click.echo(f"{name:12} {value}")


def build_doctor(answers: Probe) -> click.Command:
    """The command `doctor`; `answers` asks a server of the installation whether it works."""

    @click.command()
    @click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
    @spoken
    def doctor(*, as_json: bool) -> None:
        """Look at services, keys, disk, isolation, index and work; exit code 1 when something must be mended."""
        from indexer.doctor import Level, examine

        config = Config.load()
        from archive.record import Archive

        archive = Archive.open(config)
        try:
            findings = list(examine(archive, lambda name: answers(config, name)))
        finally:
            archive.close()
        for finding in findings:
            if as_json:
                click.echo(json.dumps(asdict(finding), ensure_ascii=False))
            else:
                click.echo(f"{finding.level:8} {finding.name:20} {finding.english} {finding.chinese}")
        sys.exit(any(finding.level is Level.FAILURE for finding in findings))

    return doctor


def build_demo(address: Callable[[Config], str]) -> click.Group:
    """The group `demo`; `address` says where people find the portal."""

    @click.group()
    def demo() -> None:
        """The sample archive."""

    @demo.command()
    @spoken
    def load() -> None:
        """Fill this installation with the sample archive. Repeating it is harmless."""
        from archive.record import Archive
        from indexer import demo as sample

        config = Config.load()
        sample.prepare(config)
        archive = Archive.open(config)
        try:
            made = sample.seed(archive)
            run = sample.open_ingest(archive)
            with _explaining():
                entries = run.plan(sample.FILES, sample.MANIFEST)
            is_finished = _run_ingest(archive, run, entries, wait=True)
            _say_counts(run, to_stderr=False)
        finally:
            archive.close()
        if not is_finished:
            sys.exit(1)
        click.echo(f"\n{address(config)}\n")
        for account in made:
            click.echo(f"  {account.name:14} {account.password:32} {account.shows_zh}")
        click.echo(f"\nTry 试一试: {address(config)}/search?q={sample.QUERY}")

    return demo
