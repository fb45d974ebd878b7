"""Plugins and outcomes as a run records them: entries, the command to repeat it, its environment, its rows."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from policybench.arrays import Array, Floats
from policybench.environment import Environment
from policybench.options import Option, as_text, changed, misnamed, recorded
from policybench.outcome import Outcome
from policybench.plugins import Plugin, registry
from policybench.problem import Problem
from policybench.specs import EnvironmentSpec, PrincipalSpec
from policybench.store.manifest import PartEntry, PluginEntry, ReferencePayoffs
from policybench.store.records import TimestepsRecord


def plugin_entry(
    plugin: Plugin[PrincipalSpec] | Plugin[EnvironmentSpec], options: Mapping[str, Any]
) -> PluginEntry:
    """What manifests say of a plugin and its options; operational options are recorded with their defaults."""
    options = recorded(_defining(options, plugin.spec.options), plugin.spec.options)
    return PluginEntry(
        name=plugin.spec.name,
        variant=variant_name(plugin.spec.name, changed(options, plugin.spec.options)),
        distribution=plugin.distribution,
        version=plugin.version,
        entry_point=plugin.entry_point,
        options=as_json(options),
    )


def variant_name(name: str, difference: Mapping[str, Any]) -> str:
    """The name of a plugin with some options changed, fit for folders and tables.

    Options whose text would be too long, or hold characters that file names cannot, are shortened or replaced; a
    digest keeps such names apart.

    Args:
        name: the plugin's.
        difference: the options that differ from their defaults, in the order of declaration.

    >>> variant_name("ucb", {"c": 0.5, "ties": "first"})
    'ucb-c=0.5,ties=first'
    >>> variant_name("fixed", {"action": (0.0, 1.5)})
    'fixed-action=0_1.5'
    >>> variant_name("ai-economist", {"observe": False})
    'ai-economist-observe=false'
    >>> variant_name("ucb", {})
    'ucb'
    """
    if not difference:
        return name
    text = ",".join(f"{key}={_short(value)}" for key, value in difference.items())
    safe = re.sub(r"[^\w.,=+-]", "_", text)
    if safe != text or len(safe) > 80:
        digest = hashlib.sha256(json.dumps(dict(difference), sort_keys=True).encode()).hexdigest()[:8]
        safe = f"{safe[:60]}-{digest}"
    return f"{name}-{safe}"


def as_json(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options as they read back from a manifest, where tuples have become lists."""
    plain: dict[str, Any] = json.loads(json.dumps(dict(options)))
    return plain


def as_values(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options from a manifest as plugins take them: lists become tuples again.

    >>> as_values({"action": [0.0, 1.5], "c": 2.0})
    {'action': (0.0, 1.5), 'c': 2.0}
    """
    return {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}


def reference_payoffs(problem: Problem) -> ReferencePayoffs:
    """Floor and ceiling; neither, if there is no distance between them that scores could be measured by."""
    floor, ceiling = problem.floor, problem.ceiling
    if floor is not None and ceiling is not None and ceiling.payoff <= floor.payoff:
        return ReferencePayoffs(floor=None, ceiling=None)
    return ReferencePayoffs(floor=floor.payoff if floor else None, ceiling=ceiling.payoff if ceiling else None)


def recorded_environment(
    entry: PluginEntry, seeds: Sequence[int], more: Mapping[str, Any] | None = None
) -> Environment:
    """The environment of a manifest made again, from the plugin that is installed here.

    Args:
        entry: what the manifest says of it.
        seeds: the rows of the batch.
        more: options that replace those of the entry, such as the manifest's final options.

    Raises:
        InputError: no environment of that name is installed, or it refuses the options.
    """
    options = as_values({**entry.options, **(more or {})})
    return registry().environment(entry.name).spec.create(seeds, **options)


class _RecordedProtocol(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def seeds(self) -> list[int]: ...
    @property
    def steps(self) -> int: ...


def run_command(
    principal: tuple[str, Mapping[str, Any]],
    environment: tuple[str, Mapping[str, Any]],
    protocol: _RecordedProtocol,
    part: PartEntry | None = None,
) -> str:
    """The command that makes a run again, ``policybench run ...``, quoted for a shell.

    Args:
        principal: its name, and the options that differ from their defaults.
        environment: likewise.
        protocol: as a manifest records it; seeds and steps are named where they are not the protocol's own.
        part: which part of the run it is, if it is one.
    """
    seeds = protocol.seeds if part is None else part.seeds
    words = ["policybench", "run", "--principal", principal[0], "--env", environment[0]]
    words += ["--protocol", protocol.name]
    if protocol.label != protocol.name:
        words += ["--seeds", str(len(seeds)), "--steps", str(protocol.steps)]
    if part is not None:
        words += ["--part", f"{part.number}/{part.count}"]
    for flag, (_, options) in (("-p", principal), ("-e", environment)):
        for name, value in options.items():
            if value is not None:
                words += [flag, f"{name}={as_text(value)}"]
    return shlex.join(words)


def changed_options(entry: PluginEntry, declared: Iterable[Option] | None) -> dict[str, Any]:
    """The options of an entry that differ from their defaults; all of them where the defaults are not known.

    Args:
        entry: what a manifest says.
        declared: the options of the plugin that is installed here; None if it is not.
    """
    values = as_values(entry.options)
    options = None if declared is None else tuple(declared)
    if options is None or misnamed(values, options):
        return values
    return dict(changed(values, options))


def _defining(options: Mapping[str, Any], declared: Iterable[Option]) -> dict[str, Any]:
    """The options that define a run; operational ones with their defaults, whatever was given."""
    return {
        option.name: option.default if option.operational else options.get(option.name, option.default)
        for option in declared
    }


def _short(value: Any) -> str:
    return "_".join(map(_number, value)) if isinstance(value, (tuple, list)) else as_text(value)


def _number(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def recorded_rows(contexts: Array | None, actions: Floats, outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """What step logs and final evaluations say of outcomes, one row per seed.

    Args:
        contexts: [n_seeds, ...]; None where there are none.
        actions: [n_seeds, action_dim].
        outcomes: [n_seeds].

    Returns:
        Fields that ``StepRecord`` and ``FinalRecord`` have in common.
    """
    return [
        {
            "context": None if contexts is None else np.ravel(contexts[i]).tolist(),
            "action": actions[i].tolist(),
            "payoff": float(outcome.payoff),
            "timesteps": TimestepsRecord(
                training=outcome.timesteps.training, validation=outcome.timesteps.validation
            ),
        }
        for i, outcome in enumerate(outcomes)
    ]
