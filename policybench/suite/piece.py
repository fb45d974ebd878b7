"""A piece of a run at the driver's: its folder, which takes what a worker sends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from policybench.arrays import Floats
from policybench.executors.messages import Begun, Finished, Message, Noted, Saved, Steps
from policybench.executors.work import Work
from policybench.parts import Part
from policybench.store import Manifest, RunFolder
from policybench.store.manifest import Machine, installed_versions, now
from policybench.store.names import CHECKPOINT, STEPS, TRANSCRIPT
from policybench.suite.plan import PARTS, PlannedRun


class Piece:
    """A whole run, or a part of one.

    The folder of the run is locked by the driver, which alone writes to the piece's own.

    Attributes:
        run: which run it is a piece of.
        path: its folder.
        payoffs: mean payoffs of the steps that are done.
        begun: the manifest on disk; None if it has not begun.
        deaths: how many workers in a row died without finishing a step.
    """

    def __init__(self, run: PlannedRun, part: Part | None) -> None:
        """Name the piece; nothing is read or written yet."""
        self.run, self._part = run, part
        self.path: Path = run.path if part is None else run.path / PARTS / part.suffix
        self.manifest = run.manifest if part is None else run.part_manifest(part)
        self.payoffs: list[float] = []
        self.begun: Manifest | None = None
        self.deaths = 0
        self._folder = RunFolder(self.path)

    @property
    def finished(self) -> bool:
        """Whether all is done."""
        return self.begun is not None and self.begun.status == "finished"

    @property
    def n_seeds(self) -> int:
        """How many seeds it has."""
        return len(self.manifest.protocol.seeds)

    def look(self) -> None:
        """See where it stands; what a step that was cut short left is removed.

        Raises:
            InputError: its files are damaged, or were made with another configuration.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        self.begun = self._folder.find(self.manifest)
        payoffs: Floats = self._folder.resume(self.manifest.protocol.seeds).records.payoffs
        self.payoffs = payoffs.reshape(-1, self.n_seeds).mean(axis=1).tolist()

    def work(self, key: str, *, shares_files: bool, seconds_between: float) -> Work:
        """What is left of it, for a worker; see ``Work``."""
        files = {name: self.path / name for name in (STEPS, CHECKPOINT, TRANSCRIPT)}
        protocol = self.run.request.protocol
        return Work(
            key=key,
            request=replace(self.run.request, protocol=replace(protocol, part=self._part)),
            configuration=self.manifest.configuration(),
            versions=installed_versions(),
            manifest=self.begun.model_dump_json() if self.begun is not None and self.payoffs else None,
            may_restart=self._part is not None,
            folder=self.path,
            files=None
            if shares_files
            else {name: path.read_bytes() for name, path in files.items() if path.is_file()},
            seconds_between=seconds_between,
        )

    def take(self, message: Message) -> None:
        """Write what a worker sent."""
        match message:
            case Begun():
                self._begin(message)
            case Steps():
                self._folder.append_lines(message.lines)
                self.payoffs += message.payoffs
                self.deaths = 0
            case Saved():
                self._folder.save(message.content)
            case Noted():
                with (self.path / TRANSCRIPT).open("ab") as file:
                    file.write(message.content)
            case Finished():
                manifest = self.begun or self.manifest
                self._folder.finish_with_lines(manifest, message.lines, message.count)
                self.begun = self._folder.find(self.manifest)
            case _:
                pass

    def _begin(self, message: Begun) -> None:
        if self.begun is not None and self.payoffs and not message.elsewhere:
            return
        machine = Machine.model_validate_json(message.machine)
        begun = {"versions": message.versions, "machine": machine, "created": now()}
        if self.begun is not None and not message.elsewhere:
            begun["created"] = self.begun.created
        self.begun = self._folder.begin(self.manifest.model_copy(update=begun))
        self.payoffs = []
