"""Runs from Python: started, continued, read, drawn and compared as the command line does."""

import builtins
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from toy_runs import log

import policybench
from policybench import InputError, Run

pytestmark = pytest.mark.usefixtures("toy")
NOTEBOOK = Path(__file__).parents[1] / "examples" / "notebook.ipynb"


@pytest.fixture
def finished(tmp_path):
    return policybench.run("hill-climbing", "toll-road", seeds=2, steps=12, out=tmp_path / "runs")


def test_a_run_is_what_the_command_makes_of_the_same_options(cli, tmp_path):
    options = {"radius": 0.25}
    made = policybench.run(
        "hill-climbing", "toll-road", protocol="smoke", principal_options=options, out=tmp_path / "python"
    )
    result = cli(
        "run", "--principal", "hill-climbing", "--env", "toll-road", "--protocol", "smoke", "-p", "radius=0.25"
    )
    assert result.returncode == 0, result.stderr
    path = tmp_path / "runs" / made.path.relative_to(tmp_path / "python")
    assert log(made.path) == log(path)
    assert policybench.load(path)[0].manifest.principal == made.manifest.principal


def test_the_same_call_finds_the_finished_run(finished, tmp_path, capfd):
    again = policybench.run("hill-climbing", "toll-road", seeds=2, steps=12, out=tmp_path / "runs")
    assert again.manifest.finished == finished.manifest.finished
    assert capfd.readouterr() == ("", "")
    policybench.run("random", "toll-road", seeds=1, steps=2, out=tmp_path / "runs", progress=True)
    assert "step 2/2" in capfd.readouterr().err


def test_rows_as_frames(finished):
    steps, final = finished.steps, finished.final
    assert steps.columns.tolist() == [
        "seed",
        "step",
        "action_0",
        "payoff",
        "training_timesteps",
        "validation_timesteps",
        "seconds",
        "filled",
    ]
    assert steps[["step", "seed"]].to_numpy().tolist() == [[step, seed] for step in range(12) for seed in (0, 1)]
    rows = log(finished.path)
    assert steps.payoff.tolist() == [row["payoff"] for row in rows]
    assert steps.action_0.tolist() == [row["action"][0] for row in rows]
    convergence = steps[steps.step >= 10].groupby("seed").payoff.mean()
    assert finished.summary().scores.convergence.payoff.mean == pytest.approx(convergence.mean())
    assert len(final) == 2 * (final.evaluation.max() + 1)
    assert np.isfinite(final.payoff).all()


def test_runs_are_loaded_drawn_and_compared(finished, tmp_path):
    other = policybench.run("random", "toll-road", seeds=2, steps=12, out=tmp_path / "runs")
    runs = policybench.load(tmp_path / "runs")
    assert [repr(run) for run in runs] == [
        "<Run: hill-climbing on toll-road, quick-2x12, finished>",
        "<Run: random on toll-road, quick-2x12, finished>",
    ]
    figure = runs[0].plot(runs[1])
    assert {text.get_text() for text in figure.legends[0].texts} == {"hill-climbing", "random"}
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert policybench.compare(finished, other) == policybench.compare(finished.path, str(other.path))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda place: policybench.run("ubc", "toll-road", out=place), "unknown principal 'ubc'"),
        (lambda place: policybench.run("random", "toll-road", protocol="fast", out=place), "protocol"),
        (lambda place: policybench.run("random", "toll-road", seeds=0, out=place), "seeds"),
        (lambda place: policybench.run("random", "toll-road", steps=-1, out=place), "steps"),
        (
            lambda place: policybench.run("random", "toll-road", principal_options={"c": 1}, out=place),
            "has no option 'c'",
        ),
        (
            lambda place: policybench.run("random", "toll-road", steps="3", out=place),
            "steps '3': takes an integer, at least 1",
        ),
        (lambda place: policybench.run("random", "toll-road", protocol=3, out=place), "protocol 3: there is none"),
        (
            lambda place: policybench.run("random", "toll-road", principal_options=[1], out=place),
            r"principal_options \[1\]: takes values by name",
        ),
        (lambda place: policybench.load(place / "nothing"), "no runs here"),
        (lambda place: policybench.load([]), r"\[\]: takes a path"),
        (lambda place: policybench.compare(1, 2), "1: takes a path"),
        (lambda place: Run(place), "no run here"),
    ],
)
def test_wrong_arguments_are_named(tmp_path, call, message):
    with pytest.raises(InputError, match=message):
        call(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_wrong_figures_are_named(finished):
    with pytest.raises(InputError, match=r"kind 'curve': there is none\. Did you mean 'curves'\? Choose curves, "):
        finished.plot(kind="curve")


def test_without_pandas_all_but_the_frames_works(finished, monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **more):
        if name.partition(".")[0] == "pandas":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    assert finished.summary().steps_done == 12
    with pytest.raises(ImportError, match=r"pip install 'policybench\[pandas\]'"):
        _ = finished.steps


def test_the_front_door_imports_nothing_that_takes_long():
    code = "import policybench, sys; policybench.run, policybench.load; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "matplotlib", "pandas", "scipy", "numba"} & set(loaded)


def test_the_notebook_runs_from_top_to_bottom(tmp_path):
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    for cell in notebook.cells:
        cell.source = cell.source.replace('protocol="quick"', 'protocol="quick", seeds=2, steps=3')
    NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}
    ).execute()
    shown = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert any("image/png" in output.get("data", {}) for output in shown)
    assert not any(output.output_type == "error" for output in shown)
