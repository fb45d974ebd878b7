"""Fails exactly one check, with a message that says what is wrong and where to read on."""

from __future__ import annotations

from testing.good import environment, failures, principal

from policybench.testing import ConformanceError, environment_checks, principal_checks


def environment_fails(kind, name, got, **more):
    return _fails(failures(environment_checks(environment(kind, **more))), name, got)


def principal_fails(kind, name, got):
    error = _fails(failures(principal_checks(principal(kind))), name, got)
    assert isinstance(error, ConformanceError)
    return error


def _fails(failed, name, got):
    assert list(failed) == [name], {each: str(error) for each, error in failed.items()}
    error = failed[name]
    assert got in error.got
    assert error.expected
    assert error.page == f"docs/conformance.md#{name}"
    assert f"policybench check-plugin --explain {name}" in str(error)
    return error
