"""Weights & Biases: a run whose id is the key, so that it is found again."""

from __future__ import annotations

from pathlib import Path

from policybench import InputError, ObservedRun
from policybench_trackers.numbers import parameters, title
from policybench_trackers.tracker import Tracker, library


class WeightsAndBiases(Tracker):
    """Sends to the service, or keeps files that ``wandb sync`` sends later."""

    def __init__(self, project: str, entity: str | None, mode: str, folder: str) -> None:
        """Look for the library and, if anything is to be sent, for a key.

        Raises:
            InputError: the library is not installed, or there is no key.
        """
        self._settings = {"project": project, "entity": entity, "mode": mode, "dir": folder}
        self._wandb = library("wandb", "wandb")
        # Without a key the library would ask for one, while the run goes on.
        if mode == "online" and not self._wandb.login(prompt=False, verify=False):
            raise InputError(
                "--observe wandb: there is no key; set WANDB_API_KEY, give the command wandb login, or add "
                "-o mode=offline"
            )

    def open(self, run: ObservedRun) -> int:
        """The run of that id. Offline nobody can be asked what is there: the files go on after ``run.done``."""
        Path(str(self._settings["dir"])).mkdir(parents=True, exist_ok=True)
        self._run = self._wandb.init(
            **self._settings,
            id=run.key,
            name=title(run.manifest),
            config=parameters(run.manifest),
            resume="allow",
            # Nothing is printed: standard output is for the result.
            settings=self._wandb.Settings(silent=True, console="off"),
        )
        return int(self._run.step) if self._settings["mode"] == "online" else run.done

    def send(self, numbers: dict[str, float], step: int) -> None:
        """One row of its history."""
        self._run.log(numbers, step=step)

    def close(self, numbers: dict[str, float], *, finished: bool) -> None:
        """The last numbers are the summary's."""
        self._run.summary.update(numbers)
        self._run.finish(exit_code=0 if finished else 1)
