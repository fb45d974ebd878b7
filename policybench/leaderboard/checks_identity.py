"""Who made a submission, and when: held against the clock and against what is installed here."""

from __future__ import annotations

from datetime import timedelta

from policybench.errors import InputError
from policybench.leaderboard.first_party import is_first_party, owner_of
from policybench.leaderboard.schema import Submission, SubmittedPlugin
from policybench.options import changed, misnamed
from policybench.plugins import Plugin, registry
from policybench.problem import Problem
from policybench.recorded import as_values
from policybench.specs import EnvironmentSpec, PrincipalSpec
from policybench.store.faults import shown
from policybench.store.manifest import now
from policybench.streams import generator

_CLOCKS = timedelta(hours=1)
_ROUNDING = 2.0


def check_identity(where: str, submission: Submission) -> list[str]:
    """Check times, and that names, entry points and options are those of the installed plugins.

    A name belongs to the distribution that brings it here, and this project's own names belong to its own
    distributions everywhere: nobody else's plugin may bear them.

    Args:
        where: the file, for the message.
        submission: consistent in itself.

    Returns:
        What could not be checked, for the tables.

    Raises:
        InputError: one line that names file and field.
    """
    _check_times(where, submission)
    manifest, found = submission.manifest, registry()
    unchecked = []
    if manifest.external and manifest.principal.name in found.principals:
        raise InputError(
            f"{where}: manifest.external: is true, but the name {manifest.principal.name} belongs to a plugin, "
            f"{found.principals[manifest.principal.name].distribution}"
        )
    for kind, plugin, installed in (
        ("principal", manifest.principal, found.principals.get(manifest.principal.name)),
        ("environment", manifest.environment, found.environments.get(manifest.environment.name)),
    ):
        if kind == "principal" and manifest.external:
            unchecked.append("not regenerable")
            continue
        if installed is None:
            _check_reserved(f"{where}: manifest.{kind}", kind, plugin)
            unchecked.append(f"{kind} of {plugin.distribution} not installed")
            continue
        _check_plugin(f"{where}: manifest.{kind}", plugin, installed)
        spec = installed.spec
        if isinstance(spec, EnvironmentSpec) and spec.why_no_leaderboard:
            reason = spec.why_no_leaderboard
            raise InputError(f"{where}: manifest.environment: {plugin.name} has no leaderboard: {reason}")
        if plugin.version != installed.version:
            unchecked.append(f"{kind} version {plugin.version} not checked")
    return unchecked


def find_hosted(where: str, submission: Submission, problem: Problem | None) -> bool | None:
    """Whether a service decides, found by making the principal, not by what the file says.

    Args:
        where: the file, for the message.
        submission: whose names and options were checked.
        problem: of its environment; None if that is not installed.

    Returns:
        None if the principal cannot be made here, and the file does not say that a service decides.

    Raises:
        InputError: the file says otherwise; one line that names file and field.
    """
    manifest = submission.manifest
    plugin = registry().principals.get(manifest.principal.name)
    unknown = True if manifest.hosted else None
    if plugin is None or problem is None:
        return unknown
    try:
        options = as_values(manifest.principal.options)
        hosted = bool(plugin.spec.create(problem, rng=generator(0, 0, "principal"), **options).hosted)
    except Exception:  # noqa: BLE001 - a plugin may fail in any way, as one that asks for a key does
        return unknown
    if hosted != manifest.hosted:
        raise InputError(
            f"{where}: manifest.hosted: is {str(manifest.hosted).lower()}, but "
            f"{'a service decides' if hosted else 'no service decides'}"
        )
    return hosted


def _check_times(where: str, submission: Submission) -> None:
    manifest, seconds = submission.manifest, submission.costs.seconds
    if manifest.finished > now() + _CLOCKS:
        raise InputError(f"{where}: manifest.finished: lies in the future")
    if manifest.finished < manifest.created:
        raise InputError(
            f"{where}: manifest.finished: lies before manifest.created, as after a clock was set back; "
            "run it again with --fresh"
        )
    # Parts may be made at the same time, each with a clock of its own.
    spans = [(part.created, part.finished) for part in manifest.parts] or [(manifest.created, manifest.finished)]
    for created, finished in spans:
        if not manifest.created <= created <= finished <= manifest.finished:
            raise InputError(f"{where}: manifest.parts: a part was not made between created and finished")
    elapsed = sum((finished - created).total_seconds() for created, finished in spans)
    if not 0 < seconds <= elapsed + _ROUNDING * len(spans):
        raise InputError(
            f"{where}: costs.seconds: is {seconds:g}, which does not fit the {elapsed:g} seconds from "
            "manifest.created to manifest.finished, or those of its parts"
        )


def _check_reserved(field: str, kind: str, given: SubmittedPlugin) -> None:
    owner = owner_of(given.name)
    if owner is not None and given.distribution != owner:
        raise InputError(
            f"{field}.distribution: is {given.distribution}, but the name {given.name} is reserved for {owner}"
        )
    if owner is None and is_first_party(given.distribution):
        raise InputError(f"{field}.distribution: {given.distribution} brings no {kind} named {given.name}")


def _check_plugin(
    field: str, given: SubmittedPlugin, installed: Plugin[PrincipalSpec] | Plugin[EnvironmentSpec]
) -> None:
    if given.distribution != installed.distribution:
        raise InputError(
            f"{field}.distribution: is {given.distribution}, but the name {given.name} belongs to "
            f"{installed.distribution}"
        )
    if given.version != installed.version:
        return
    if given.entry_point != installed.entry_point:
        raise InputError(
            f"{field}.entry_point: is {given.entry_point}, but {given.distribution} {given.version} brings "
            f"{given.name} through {installed.entry_point}"
        )
    if wrong := misnamed(given.options, installed.spec.options):
        raise InputError(f"{field}.options: {given.name} {given.version} has not these: {shown(', '.join(wrong))}")
    differ = list(changed(as_values(given.options), installed.spec.options))
    if given.changed != differ:
        raise InputError(
            f"{field}.changed: is {', '.join(given.changed) or 'empty'}, but what differs from the defaults is "
            f"{', '.join(differ) or 'nothing'}"
        )
