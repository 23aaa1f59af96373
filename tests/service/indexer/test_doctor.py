"""The doctor says of everything how it is, layer by layer where children are shut in."""

from __future__ import annotations

from dataclasses import asdict

from archive.record import Archive
from indexer.doctor import Level, examine
from indexer.worker import Worker


def test_a_sound_installation_has_no_failure(archive: Archive, worker: Worker) -> None:
    worker.indexing.ensure()
    found = {finding.name: finding.level for finding in examine(archive, lambda _: True)}
    assert Level.FAILURE not in found.values()
    assert {"database", "vault", "disk", "encryption", "render", "index items", "work index"} <= set(found)


def test_servers_and_indices_that_are_missing_are_failures(archive: Archive) -> None:
    found = {finding.name: finding.level for finding in examine(archive, lambda name: name != "queue")}
    failed = {name for name, level in found.items() if level is Level.FAILURE}
    assert failed == {"queue", "index items", "index pages"}


def test_every_layer_around_the_children_is_named(archive: Archive, worker: Worker) -> None:
    layers = asdict(worker.tools.isolation())
    holds = {
        "network": layers["network"] or layers["calls"],
        "files": layers["files"],
        "calls": layers["calls"],
        "account": layers["unprivileged"],
    }
    found = {finding.name: finding for finding in examine(archive, lambda _: True)}
    for name, is_held in holds.items():
        finding = found[f"isolation {name}"]
        assert finding.level is (Level.GOOD if is_held else Level.WARNING)
