"""The worker's side: carries out a work by the same loop as an ordinary run, and sends what comes of it."""

from __future__ import annotations

import hashlib
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock

from policybench.blame import traceback_text
from policybench.errors import ContractError, InputError, PluginError, StopRunError
from policybench.executors.messages import Begun, Doing, Failed, Message, Refused
from policybench.executors.sending import SendingFolder, SendingProgress
from policybench.executors.work import Work
from policybench.harness.plan import RunPlan, choose, make_plan
from policybench.harness.runner import run
from policybench.store import Manifest
from policybench.store.manifest import installed_versions, this_machine
from policybench.store.platforms import platform_differences

_MESSAGES_A_CHECKPOINT = 15
"""How many times as seldom as steps are checkpoints sent: each of them waits for the driver's disk."""


def carry_out(work: Work, send: Callable[[Message], None]) -> None:
    """Carry out a work to its end, in this process.

    Args:
        work: what is to be done.
        send: takes each message, in order. The last one is ``Finished``, ``Failed`` or ``Refused``; nothing is
            raised but what ``send`` raises.
    """
    try:
        if differences := _version_differences(work.versions):
            send(_refusal(differences))
            return
        with make_plan(work.request, choose(work.request)) as plan:
            if differences := _configuration_differences(work, plan.manifest):
                send(_refusal(differences))
                return
            _carry_out(work, plan, send)
    except KeyboardInterrupt:
        send(Failed("interrupted", "interrupted"))
    except InputError as error:
        send(Failed("failed", str(error)))
    except StopRunError as error:
        send(Failed("stopped", str(error)))
    except (PluginError, ContractError, Exception) as error:  # noqa: BLE001 - goes on as a message
        said = isinstance(error, PluginError | ContractError | OSError)
        send(Failed("failed", str(error) if said else f"{type(error).__name__}: {error}", traceback_text(error)))


def _carry_out(work: Work, plan: RunPlan, send: Callable[[Message], None]) -> None:
    elsewhere = _platform(work)
    if elsewhere and not work.may_restart:
        raise InputError(
            f"{work.folder} was begun on another platform ({'; '.join(elsewhere)}), where numbers may differ in "
            "their last digits; continue it there, or choose another folder with --out"
        )
    send(Begun(installed_versions(), this_machine().model_dump_json(), elsewhere))
    manifest = plan.manifest
    with ExitStack() as stack:
        handed_over = work.files is None and not elsewhere
        path = work.folder if handed_over else Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for name, content in ({} if elsewhere else work.files or {}).items():
            (path / name).write_bytes(content)
        send(Doing("preparing"))
        _prepare(plan)
        folder = SendingFolder(path, send, seconds_between=work.seconds_between, sends_transcript=not handed_over)
        # What has been finished is sent however the run ends; the work ends with what comes after.
        stack.callback(folder.flush)
        stack.enter_context(plan.panel.attached(path, manifest.environment, manifest.protocol.steps))
        seconds_between = _MESSAGES_A_CHECKPOINT * work.seconds_between
        run(plan, folder, manifest, SendingProgress(send), seconds_between=seconds_between)


def _platform(work: Work) -> list[str]:
    if work.manifest is None:
        return []
    begun = Manifest.model_validate_json(work.manifest)
    return platform_differences(begun.versions, begun.machine)


def _refusal(differences: list[str]) -> Refused:
    return Refused(
        f"the worker on {socket.gethostname()} has {', '.join(differences)}; install the same versions on every "
        "machine"
    )


def _version_differences(wanted: Mapping[str, str]) -> list[str]:
    here = installed_versions()
    pairs = [(name, _version(name, here), _version(name, wanted)) for name in {**wanted, **here}]
    return [f"{name} {own}, where the driver has {other}" for name, own, other in pairs if own != other]


def _version(name: str, versions: Mapping[str, str]) -> str:
    version = versions.get(name, "none")
    return ".".join(version.split(".")[:2]) if name == "python" else version


def _configuration_differences(work: Work, here: Manifest) -> list[str]:
    found = here.configuration()
    return [
        f"{kind} {name} {found[kind].get(name)!r}, where the driver has {wanted.get(name)!r}"
        for kind, wanted in work.configuration.items()
        for name in {**wanted, **found[kind]}
        if found[kind].get(name) != wanted.get(name)
    ]


def _prepare(plan: RunPlan) -> None:
    """Prepare the environment: one process of a machine compiles kernels, and the others find them on the disk."""
    facts = [plan.manifest.environment.model_dump_json(), sys.prefix, repr(sorted(installed_versions().items()))]
    name = f"policybench-{hashlib.sha256(chr(0).join(facts).encode()).hexdigest()[:16]}"
    prepared = Path(tempfile.gettempdir()) / f"{name}.prepared"
    if prepared.exists():
        plan.environment.prepare()
        return
    with FileLock(prepared.with_suffix(".lock"), mode=0o666):
        plan.environment.prepare()
        prepared.touch()
