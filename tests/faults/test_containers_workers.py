"""A worker dies with the members of a container in the vault and none of them in the record."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import timedelta

from sqlalchemy import select

from archive.models import File, Job
from archive.record import Archive
from config import ROOT
from indexer.upkeep import remove_orphans
from indexer.worker import Worker
from tests import packed
from tests.faults.test_pipeline_workers import environ
from tests.indexer_world import Index, drain, hand_in, let_time_pass, make_pdf

# The worker as it is, but for the moment of its death: members stored, nothing recorded.
DYING = """
import os, signal
from archive.outbox import Topic
from indexer import worker
from indexer.pipeline import Pipeline
Pipeline.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
worker.current().work(Topic.INGEST)
"""
MEMBERS = {f"卷/{n}.txt": f"第{n}份移交文件".encode() for n in range(20)} | {"报告.pdf": make_pdf("锅炉检验报告")}


def test_members_stored_and_not_recorded_stand_exactly_once_afterwards(
    archive: Archive, worker: Worker, index: Index
) -> None:
    file_id = hand_in(archive, packed.make_zip(MEMBERS), "移交.zip")
    died = subprocess.run([sys.executable, "-c", DYING], cwd=ROOT, env=environ(archive), check=False, timeout=120)
    assert died.returncode == -9
    assert count_blobs(archive) == 1 + len(MEMBERS)
    with archive.database.reading() as session:
        assert session.scalars(select(File.id)).all() == [file_id]

    let_time_pass(archive)
    drain(worker)
    with archive.database.reading() as session:
        files = session.scalars(select(File)).all()
        assert Counter(file.member_path for file in files) == Counter(["", *MEMBERS])
        assert {file.outcome for file in files if file.parent_id} == {"searchable"}
        (job,) = session.scalars(select(Job))
        assert job.done == job.total == len(files)
    assert len(index.page_ids()) == len(MEMBERS)
    named = 1 + 2 * len(MEMBERS)  # bytes of all, text of the members
    assert count_blobs(archive) == named + len(MEMBERS)
    assert remove_orphans(archive, timedelta(seconds=-5)) == len(MEMBERS)
    assert count_blobs(archive) == named


def count_blobs(archive: Archive) -> int:
    return len(list(archive.vault.iter_addresses(timedelta(seconds=-5))))
