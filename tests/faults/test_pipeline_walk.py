"""A worker dies before and after every step: afterwards every accepted file stands once in the record and in search."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from sqlalchemy import select

from archive.models import File, Job, Page
from archive.record import Archive
from config import ROOT
from indexer.reconcile import reconcile
from indexer.upkeep import remove_orphans
from indexer.worker import Worker
from mappings.aliases import Kind
from tests.faults.walk import STEPS
from tests.indexer_world import (
    Index,
    count_open,
    drain,
    environ,
    get_file,
    hand_in,
    let_time_pass,
    make_mixed_pdf,
)

WORDS = ("设备验收单", "锅炉检验报告")


def work_and_die(archive: Archive, point: str) -> int:
    """Exit code of a worker that dies at the point."""
    arguments = [sys.executable, "-m", "tests.faults.walk", point]
    return subprocess.run(arguments, cwd=ROOT, env=environ(archive), timeout=200, check=False).returncode


def assert_whole(archive: Archive, index: Index, file_id: str, item_ids: set[str]) -> None:
    """The file is read, each of its words found once, nothing is open, and no blob is missing or left over."""
    file = get_file(archive, file_id)
    assert (file.outcome, file.pages_done, count_open(archive)) == ("searchable", len(WORDS), 0)
    for words in WORDS:
        assert index.find_words(words) == {file.item_id}
    assert {entry["_id"] for entry in index.find(Kind.ITEMS)} == item_ids
    assert index.page_ids() == {f"{file_id}:{number}" for number in range(1, len(WORDS) + 1)}
    assert reconcile(archive, index.client, is_repairing=False).is_clean
    remove_orphans(archive, timedelta(0))
    with archive.database.reading() as session:
        assert all(job.done == job.total for job in session.scalars(select(Job)))
        assert not session.scalars(select(Page.number).where(Page.partial_address.is_not(None))).all()
        named = {address for row in session.execute(select(File.address, File.text_address)) for address in row}
    assert set(archive.vault.iter_addresses(timedelta(0))) == named


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_death_at_each_step(archive: Archive, worker: Worker, index: Index, step: str, moment: str) -> None:
    file_id = hand_in(archive, make_mixed_pdf(*WORDS), "混合.pdf")
    assert work_and_die(archive, f"{step}:{moment}") == -signal.SIGKILL, "the point was not reached"
    let_time_pass(archive)
    drain(worker)
    assert_whole(archive, index, file_id, {get_file(archive, file_id).item_id})


@pytest.mark.parametrize("seed", range(3))
def test_two_deaths_in_one_night(archive: Archive, worker: Worker, index: Index, seed: int) -> None:
    file_id = hand_in(archive, make_mixed_pdf(*WORDS), "混合.pdf")
    points = [f"{step}:{moment}" for step in STEPS for moment in ("before", "after")]
    for point in random.Random(seed).sample(points, 2):
        work_and_die(archive, point)
        let_time_pass(archive)
    drain(worker)
    assert_whole(archive, index, file_id, {get_file(archive, file_id).item_id})
