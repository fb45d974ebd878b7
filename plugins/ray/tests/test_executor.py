"""What can be said without a cluster: options, addresses, and works as streams of messages."""

from __future__ import annotations

from pathlib import Path

import pytest

from policybench import InputError
from policybench.executors import Refused, Work
from policybench.plugins import registry


def test_the_executor_is_announced_and_its_options_are_checked():
    from policybench.options import parse_options

    spec = registry().executor("ray").spec
    assert parse_options("executor ray", "-x", [], spec.options) == {"address": "auto", "cores": 1, "seeds": 1}
    with pytest.raises(InputError, match=r"-x cores=0: cores takes .*integer, at least 1"):
        parse_options("executor ray", "-x", ["cores=0"], spec.options)


def test_addresses_without_a_cluster_are_refused_in_one_line(monkeypatch):
    ray = pytest.importorskip("ray", reason="Ray is not installed")

    def fail(**options):
        raise ConnectionError("Could not find\nany running Ray instance.")

    monkeypatch.setattr(ray, "init", fail)
    create = registry().executor("ray").spec.create
    with pytest.raises(InputError, match=r"-x address=ray://here:1: is the address of Ray's client server"):
        create(address="ray://here:1")
    with pytest.raises(
        InputError,
        match=r"-x address=auto: Could not find any running Ray instance.; start a cluster with: ray start --head",
    ) as error:
        create(address="auto")
    assert "\n" not in str(error.value)


def test_a_work_is_a_stream_that_ends_with_its_last_message():
    from policybench_ray.worker import messages_of

    work = Work("1", None, {}, {"python": "2.7.18"}, None, False, Path(), None, 0.2)
    [message] = messages_of(work)
    assert isinstance(message, Refused)
    assert "where the driver has 2.7" in message.line
