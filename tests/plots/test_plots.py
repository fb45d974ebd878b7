"""Figures show what the metrics say, in the same colours everywhere, in every format."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from toy_runs import Watcher, request

from policybench import InputError
from policybench.analysis.summary import summarise
from policybench.harness.launch import launch
from policybench.landscape import Design, load_landscape, measure
from policybench.options import parse_options
from policybench.plots.actions_over_time import actions_over_time
from policybench.plots.canvas import THEMES, drawn_runs, save
from policybench.plots.dimensions import dimension_names
from policybench.plots.landscape_slices import landscape_slices
from policybench.plots.learning_curves import EARLY, learning_curves
from policybench.plots.performance_profile import THRESHOLDS, performance_profiles
from policybench.plots.runtime_ecdf import ecdf, runtime_ecdfs
from policybench.plugins import registry
from policybench.store import load_run

pytestmark = pytest.mark.usefixtures("toy")


@pytest.fixture
def paths(tmp_path):
    return [
        launch(request(tmp_path, steps=30), Watcher()),
        launch(request(tmp_path, steps=30, principal="random"), Watcher()),
    ]


@pytest.fixture
def runs(paths):
    return drawn_runs([load_run(path) for path in paths])


def test_curves_show_trailing_means_and_convergence_payoffs(paths, runs):
    figure = learning_curves(runs, "light")
    early, whole = figure.axes
    assert early.get_xlim()[1] == pytest.approx(EARLY * 30)
    assert whole.get_xlim() == (0, 30)
    for path, run in zip(paths, runs, strict=True):
        [line] = [line for line in whole.lines if line.get_label() == run.label]
        payoffs = np.reshape([row.payoff for row in run.stored.steps], (30, 3))
        assert line.get_ydata()[-1] == pytest.approx(payoffs[-10:].mean())
        assert line.get_xdata().tolist() == list(range(1, 31))
        assert line.get_color() == run.style.colour
        converged = summarise(path).scores.convergence.payoff.mean
        assert any(np.allclose(other.get_ydata(), converged) for other in whole.lines if other is not line)
    assert {text.get_text() for text in figure.legends[0].texts} == {"hill-climbing", "random"}
    assert whole.get_xlabel() == "principal steps"


def test_an_unfinished_run_is_labelled_so(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        launch(request(tmp_path), Watcher(stop_after=3))
    [run] = drawn_runs([load_run(next(tmp_path.rglob("manifest.json")).parent)])
    assert run.label == "hill-climbing (unfinished)"
    [whole] = learning_curves([run], "dark").axes
    assert len(whole.lines) == 3  # curve, floor and ceiling


def test_actions_over_time(runs):
    figure = actions_over_time(runs, "light")
    [axes] = figure.axes
    assert axes.get_title() == "toll"
    assert all(tick == int(tick) for tick in axes.get_xticks())
    ends = {line.get_color(): line.get_ydata()[-1] for line in axes.lines}
    for run in runs:
        last = [row.action for row in run.stored.steps][-30:]
        assert ends[run.style.colour] == pytest.approx(np.mean(last))


def test_actions_of_an_environment_that_is_not_installed_are_numbered(paths):
    entry = load_run(paths[0]).manifest.environment
    assert dimension_names(entry, 1) == ["toll"]
    assert dimension_names(entry, 2) == ["action [0]", "action [1]"]
    assert dimension_names(entry.model_copy(update={"name": "gone"}), 1) == ["action [0]"]
    assert dimension_names(entry.model_copy(update={"options": {"days": "many"}}), 1) == ["action [0]"]


def test_runtimes_and_profiles(runs):
    for run in runs:
        times, shares = ecdf(run)
        assert times == sorted(times)
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= shares[-1] <= 1
    assert len(runtime_ecdfs(runs, "light").axes[0].lines) == 2
    for line in performance_profiles(runs, "light").axes[0].lines:
        assert np.array_equal(line.get_xdata(), THRESHOLDS)
        assert (np.diff(line.get_ydata()) <= 0).all()


@pytest.mark.parametrize("design", [Design(levels=4, seeds=2), Design(random=12, seeds=2)])
def test_landscapes(tmp_path, design):
    plugin = registry().environment("escape-room")
    options = parse_options("escape-room", "-e", ["training_episodes=20"], plugin.spec.options)
    landscape = load_landscape(measure(plugin, options, design, tmp_path, workers=1))
    figure = landscape_slices(landscape, "light")
    panels = [axes for axes in figure.subfigs[0].axes if axes.axison]
    assert len(panels) == 6 + 1  # three dimensions, three pairs, one scale of colours
    across = [axes.get_xlabel().replace("\n", " ") for axes in figure.subfigs[0].axes[6:9]]
    assert across == ["incentive at the lever", "incentive at the start", "incentive at the door"]
    offsets = figure.subfigs[0].axes[0].collections[0].get_offsets()
    assert np.allclose(offsets, np.column_stack([landscape.actions[:, 0], landscape.means("")]))
    [legend] = figure.subfigs[0].legends
    slices = ["slice through the best"] if design.levels else []
    assert [text.get_text() for text in legend.texts] == ["each action", *slices, "best action"]


@pytest.mark.parametrize("design", [Design(levels=2, seeds=2), Design(random=3, seeds=2)])
def test_axes_of_landscapes_span_the_action_space(tmp_path, design):
    plugin = registry().environment("escape-room")
    options = parse_options("escape-room", "-e", ["training_episodes=20"], plugin.spec.options)
    landscape = load_landscape(measure(plugin, options, design, tmp_path, workers=1))
    panels = np.reshape(landscape_slices(landscape, "light").subfigs[0].axes[:9], (3, 3))
    space = list(zip(landscape.manifest.low, landscape.manifest.high, strict=True))
    for up, across in zip(*np.tril_indices(3), strict=True):
        assert panels[up, across].get_xlim() == space[across]
        if up != across:
            assert panels[up, across].get_ylim() == space[up]


@pytest.mark.parametrize("theme", THEMES)
def test_files(runs, tmp_path, theme):
    for suffix in ("png", "svg", "pdf"):
        save(learning_curves(runs, theme), tmp_path / f"one.{suffix}", theme)
        save(learning_curves(runs, theme), tmp_path / f"other.{suffix}", theme)
        assert (tmp_path / f"one.{suffix}").read_bytes() == (tmp_path / f"other.{suffix}").read_bytes()
    paper = Image.open(tmp_path / "one.png").convert("RGB").getpixel((0, 0))
    assert "#{:02x}{:02x}{:02x}".format(*paper) == THEMES[theme].paper
    assert ">hill-climbing</text>" in (tmp_path / "one.svg").read_text()


def test_hostile_names_stay_text(runs, tmp_path):
    manifest = runs[0].stored.manifest
    entry = manifest.principal.model_copy(update={"variant": "$x_{$ <script>alert(1)</script>"})
    hostile = replace(runs[0].stored, manifest=manifest.model_copy(update={"principal": entry}))
    save(learning_curves(drawn_runs([hostile]), "light"), tmp_path / "x.svg", "light")
    text = (tmp_path / "x.svg").read_text()
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_the_command(cli, paths, tmp_path):
    for kind in ("curves", "actions", "ecdf", "profile"):
        done = cli("plot", tmp_path, "-o", f"{kind}.png", "--kind", kind)
        assert done.returncode == 0, done.stderr
        assert Image.open(tmp_path / f"{kind}.png").width > 400
    for arguments, message in (
        ([tmp_path, "-o", "x.png", "--kind", "ecdf", "--x", "steps"], "--x steps: is for --kind curves"),
        ([tmp_path, "-o", "x.gif"], "-o x.gif: cannot write .gif; allowed are .png, .svg and .pdf"),
        ([tmp_path / "none", "-o", "x.png"], "no runs here"),
        ([tmp_path, "-o", "x.png", "--kind", "landscape"], "no landscape here"),
        (["tolls.zip", "-o", "x.png", "--kind", "ecdf"], "--kind ecdf: is for runs; tolls.zip is a landscape"),
    ):
        done = cli("plot", *arguments)
        assert done.returncode == 2
        assert message in done.stderr
        assert done.stderr.count("\n") == 1


def test_figures_that_cannot_be_drawn_say_why(runs):
    other = runs[0].stored.manifest
    entry = other.environment.model_copy(update={"variant": "elsewhere"})
    moved = replace(runs[0].stored, manifest=other.model_copy(update={"environment": entry}))
    mixed = drawn_runs([moved, runs[1].stored])
    with pytest.raises(InputError, match=r"--kind actions: runs of .*; give those of one"):
        actions_over_time(mixed, "light")
    with pytest.raises(InputError, match=r"--kind profile: .* has no run on .*; all need the same environments"):
        performance_profiles(mixed, "light")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MPLBACKEND", "module://matplotlib_inline.backend_inline"),
        ("MATPLOTLIBRC", "text.usetex: True\nfont.size: 30\naxes.grid: True\n"),
    ],
)
def test_a_users_own_settings_of_figures_do_not_reach_ours(cli, process, tmp_path, toy_environ, variable, value):
    run = launch(request(tmp_path, steps=3), Watcher())
    assert cli("plot", run, "-o", "plain.png").returncode == 0
    if variable == "MATPLOTLIBRC":
        (tmp_path / "matplotlibrc").write_text(value)
        value = str(tmp_path / "matplotlibrc")
    toy_environ[variable] = value  # the fixture's own dictionary is what the command line gets
    result = process("plot", run, "-o", "theirs.png")
    assert (result.returncode, result.stderr) == (0, "")
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "theirs.png").read_bytes()
