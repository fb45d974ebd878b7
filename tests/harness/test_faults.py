"""Plugins that fail: who, while doing what, and where the traceback is."""

from __future__ import annotations

import re

import numpy as np
import pytest
from gymnasium import spaces
from toy_runs import Watcher, request

from policybench import InputError, plugins
from policybench.errors import ContractError, PluginError
from policybench.harness.launch import launch
from policybench.store import load_run

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def change(monkeypatch):
    """Changes a member of the toy plugin's classes for one test."""

    def to(kind, **members):
        name = {"principals": "hill-climbing", "environments": "toll-road"}[kind]
        for member, value in members.items():
            monkeypatch.setattr(getattr(plugins.registry(), kind)[name].spec.load(), member, value)

    return to


def failing(error):
    def fail(self, *args, **options):
        raise error

    return fail


ERRORS = [EOFError("no more"), BrokenPipeError(32, "Broken pipe"), SystemExit(0), OSError(5, "Input/output error")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("kind", "method", "doing"),
    [
        ("principals", "__init__", "while it was created"),
        ("principals", "ask", "while it chose an action, seed 0"),
        ("principals", "tell", "while it was told what its action led to, seed 0"),
        ("principals", "state_dict", "while it was asked for its state, seed 0"),
        ("principals", "recommend", "while it was asked for its recommendation, seed 0"),
        ("environments", "__init__", "while it was created"),
        ("environments", "prepare", "while it was prepared"),
        ("environments", "contexts", "while it drew the contexts of step 0"),
        ("environments", "evaluate", "while it evaluated step 0"),
        ("environments", "close", "while it was closed"),
    ],
)
def test_every_exception_names_the_plugin_and_keeps_its_traceback(tmp_path, change, kind, method, doing, error):
    change(kind, **{method: failing(error)})
    who = {"principals": r"principal 'hill-climbing' \(policybench-toy 0.3.0\)", "environments": "'toll-road'"}[
        kind
    ]
    with pytest.raises(PluginError, match=rf"{who} failed {doing}: {type(error).__name__}") as caught:
        launch(request(tmp_path), Watcher())
    [place] = re.findall(r"its traceback is in (\S+)", str(caught.value))
    text = (tmp_path / place).read_text()
    assert "in fail" in text
    assert type(error).__name__ in text


def test_an_interruption_is_no_fault_of_the_plugin(tmp_path, change):
    change("environments", evaluate=failing(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher())


def test_a_traceback_shows_no_key(tmp_path, change, monkeypatch):
    monkeypatch.setenv("SOME_API_KEY", "sk-1234567890")
    change("principals", ask=failing(RuntimeError("refused: sk-1234567890")))
    with pytest.raises(PluginError):
        launch(request(tmp_path), Watcher())
    [path] = tmp_path.rglob("traceback.txt")
    assert "sk-1234567890" not in path.read_text()
    assert "refused: ***" in path.read_text()


def test_a_run_goes_on_after_a_fault_and_forgets_it(tmp_path, monkeypatch):
    climber = plugins.registry().principals["hill-climbing"].spec.load()
    with monkeypatch.context() as patch:
        patch.setattr(climber, "recommend", failing(ValueError("not yet")))
        with pytest.raises(PluginError):
            launch(request(tmp_path), Watcher())
    watcher = Watcher()
    path = launch(request(tmp_path), watcher)
    assert watcher.begun == (8, 8)
    assert not (path / "traceback.txt").exists()


@pytest.mark.parametrize("stop_after", [None, 2])
def test_environments_are_closed_however_a_run_ends(tmp_path, change, stop_after):
    closed = []
    change("environments", close=lambda self: closed.append(self.seeds))
    try:
        launch(request(tmp_path, workers=2), Watcher(stop_after))
    except KeyboardInterrupt:
        assert stop_after
    assert closed == [(0, 1), (2,)]


def test_environments_are_closed_if_the_principal_is_refused(tmp_path, change):
    closed = []
    change("environments", close=lambda self: closed.append(self.seeds))
    with pytest.raises(InputError):
        launch(request(tmp_path, principal_options={"radius": 3.0}, workers=1), Watcher())
    assert closed == [(0, 1, 2)]


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ({"told": {(0, 1): 2}}, r"at \['told'\]: the key \(0, 1\) is no string"),
        ({"rng": np.random.default_rng(0).bit_generator.state}, r"at \['rng'\]\['state'\]\['state'\]"),
        ({"rngs": [np.random.default_rng(0)]}, r"at \['rngs'\]\[0\]: .* not Generator"),
        ({"parts": [1, {"deep": {1.5: 2}}]}, r"at \['parts'\]\[1\]\['deep'\]: the key 1.5"),
    ],
)
def test_what_could_not_be_read_back_is_refused_when_it_is_saved(tmp_path, change, state, place):
    change("principals", state_dict=lambda self: state)
    with pytest.raises(
        ContractError, match=rf"hill-climbing.*what state_dict\(\) returned cannot be saved {place}"
    ):
        launch(request(tmp_path), Watcher())


def test_notes_that_are_no_json_are_refused(tmp_path, change):
    change("principals", notes=lambda self: {"array": np.zeros(2)})
    with pytest.raises(ContractError, match=r"what notes\(\) returned cannot be written as JSON"):
        launch(request(tmp_path), Watcher())


def test_a_float32_box_holds_its_own_bound(tmp_path, change):
    init = plugins.registry().environments["toll-road"].spec.load().__init__

    def narrow(self, seeds, **options):
        from dataclasses import replace

        init(self, seeds, **options)
        self.problem = replace(self.problem, action_space=spaces.Box(0.0, 0.9, (1,), np.float32))

    change("environments", __init__=narrow)
    change("principals", ask=lambda self, context: np.array([0.9]))
    stored = load_run(launch(request(tmp_path), Watcher()))
    assert {row.action[0] for row in stored.steps} == {0.9}
    change("principals", ask=lambda self, context: np.array([0.9001]))
    with pytest.raises(ContractError, match="which is not in Box"):
        launch(request(tmp_path / "other"), Watcher())
