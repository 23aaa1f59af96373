"""Attaches the files of a folder to catalogued records, from the command line. Doing it again adds nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from archive import intake
from archive.access import gate
from archive.access.actions import Action
from archive.access.actor import Actor
from archive.attach.attaching import KIND, Attached, Fitting, Outcome, attach
from archive.attach.matching import REASONS, Fit, Manifest, Match, Names, list_wanted, match_files
from archive.attach.records import Missing, find_targets, find_touched, list_missing
from archive.errors import ArchiveError
from archive.intake import RefusedError
from archive.models import Job
from archive.record import Archive
from indexer.manifest import list_files
from render.errors import ToolError
from render.memory_file import MemoryFile
from render.programs import PAGES
from render.sandbox import SandboxPool

PORTION: Final = 32


@dataclass
class Attachment:
    """One run for one actor: what became of each file, and which records still have none."""

    archive: Archive
    actor: Actor
    answers: list[Attached] = field(default_factory=list)
    missing: tuple[Missing, ...] = ()
    job_id: str = ""
    _children: SandboxPool = field(default_factory=lambda: SandboxPool(1, PAGES))

    def run(
        self,
        folder: Path,
        manifest: Manifest,
        *,
        is_dry: bool,
        tell: Callable[[int], object] = lambda _: None,
    ) -> None:
        """Matches all files, then adds them portion by portion. Raises NotGrantedError, VaultFullError."""
        gate.require(self.actor, Action.CATALOGUE_IMPORT)
        sources = dict(list_files(folder))
        names = Names(self.archive.scheme)
        with self.archive.database.reading() as session:
            targets = find_targets(session, self.actor, list_wanted(names, sources, manifest))
        matches = match_files(names, list(sources), targets, manifest)
        for match in matches:
            if match.fit is not Fit.MATCHED:
                self.answers.append(Attached(match.name, Outcome.SURPLUS, reason=REASONS[match.fit]))
        fitting = iter([match for match in matches if match.fit is Fit.MATCHED])
        with self._children:
            while portion := list(islice(fitting, PORTION)):
                if is_dry:
                    self.answers += [self._answer(match, Outcome.ATTACHED) for match in portion]
                else:
                    self._attach(portion, sources)
                tell(len(portion))
        self._find_missing(is_dry=is_dry)

    def _answer(self, match: Match, outcome: Outcome, reason: str = "") -> Attached:
        target = match.target
        named = (target.code, target.item_id) if target else ("", "")
        return Attached(match.name, outcome, *named, reason=reason)

    def _attach(self, portion: Sequence[Match], sources: Mapping[str, Path]) -> None:
        fitting = []
        for match in portion:
            try:
                with sources[match.path].open("rb") as source:
                    wanted = source if match.pages is None else self._take_pages(source, match.pages)
                    fitting.append(Fitting(match, intake.store(self.archive, wanted)))
            except (RefusedError, ToolError) as err:
                self.answers.append(self._answer(match, Outcome.REFUSED, err.reason))
            except OSError:
                self.answers.append(self._answer(match, Outcome.REFUSED, "not_openable"))
        try:
            with self.archive.database.writing() as session:
                job = session.get(Job, self.job_id) or intake.open_job(session, self.actor, KIND)
                self.job_id = job.id
                answers = attach(session, self.archive, self.actor, job, fitting)
        except ArchiveError:
            for one in fitting:
                self.archive.vault.destroy(one.stored.address)
            raise
        self.answers += answers
        for one, answer in zip(fitting, answers, strict=True):
            if answer.outcome is not Outcome.ATTACHED:
                self.archive.vault.destroy(one.stored.address)

    def _take_pages(self, source: BinaryIO, pages: tuple[int, int]) -> BytesIO:
        """Some pages of a PDF as a document. Raises ToolError."""
        with MemoryFile(source) as document:
            params = {"first": pages[0], "last": pages[1]}
            return BytesIO(self._children.call("pdf.extract", params, document)[1])

    def _find_missing(self, *, is_dry: bool) -> None:
        codes = {answer.code for answer in self.answers if answer.code}
        with self.archive.database.reading() as session:
            missing = list_missing(session, find_touched(session, self.actor, codes))
        taken = {answer.item_id for answer in self.answers if answer.outcome is Outcome.ATTACHED} if is_dry else set()
        self.missing = tuple(record for record in missing if record.item_id not in taken)
