"""Figures stay legible and honest: long names, close-ups, runs that must not be drawn together, oracles."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from toy_runs import Watcher, request

from policybench import InputError
from policybench.harness.launch import launch
from policybench.plots import series
from policybench.plots.canvas import THEMES, drawn_runs, panel_title, shortened
from policybench.plots.learning_curves import EARLY, learning_curves
from policybench.plots.performance_profile import performance_profiles
from policybench.plots.runtime_ecdf import runtime_ecdfs
from policybench.store import load_run
from policybench.store.lines import dump_lines
from policybench.store.step_log import read_step_log

pytestmark = pytest.mark.usefixtures("toy")


def with_steps(run, records):
    """The run with another step log."""
    path = run.path / "other.jsonl"
    path.write_bytes(dump_lines(records))
    return replace(run, steps=read_step_log(path, run.manifest.protocol.seeds))


@pytest.fixture
def stored(tmp_path):
    return [
        load_run(launch(request(tmp_path, steps=30), Watcher())),
        load_run(launch(request(tmp_path, steps=30, principal="random"), Watcher())),
    ]


def renamed(run, part, name):
    """The run with another principal or environment, or under another protocol."""
    entry = getattr(run.manifest, part).model_copy(update={"label" if part == "protocol" else "variant": name})
    return replace(run, manifest=run.manifest.model_copy(update={part: entry}))


@pytest.mark.parametrize("draw", [learning_curves, runtime_ecdfs, performance_profiles])
def test_long_names_stay_inside_the_figure(stored, draw):
    runs = [
        renamed(renamed(run, "principal", f"{n}-{'very-' * 30}long"), "environment", "e" * 120)
        for n, run in enumerate(stored)
    ]
    figure = draw(drawn_runs(runs), "light")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    texts = [*figure.legends[0].texts]
    texts += [text for axes in figure.axes for text in (axes.title, axes.xaxis.label, axes.yaxis.label)]
    for text in texts:
        box = text.get_window_extent(canvas.get_renderer())
        assert box.x0 >= 0, text
        assert box.x1 <= figure.bbox.width, text
    assert len({text.get_text() for text in figure.legends[0].texts}) == 2


def test_shortened_texts_keep_both_ends():
    assert panel_title("harvest", "quick") == "harvest, protocol quick"
    assert len(panel_title("h" * 200, "quick")) == 40
    text = shortened("llm-" + "x" * 100 + "=0.01", 30)
    assert len(text) == 30
    assert text.startswith("llm-")
    assert text.endswith("=0.01")


def test_the_close_up_shows_every_step_even_if_the_whole_cannot(stored, monkeypatch):
    monkeypatch.setattr(series, "POINTS", 7)
    [run, _] = drawn_runs(stored)
    early, whole = learning_curves([run], "light").axes
    [line, other] = [next(x for x in axes.lines if x.get_label() == run.label) for axes in (early, whole)]
    assert np.diff(other.get_xdata()).min() > 1
    assert line.get_xdata().tolist() == [1, 2, 3, 4, 5, 6, EARLY * 30 + 1]  # the last beyond the edge
    payoffs = np.reshape([row.payoff for row in run.stored.steps], (30, 3))
    assert line.get_ydata()[4] == pytest.approx(payoffs[:5].mean())


@pytest.mark.parametrize(("steps", "close_up"), [(9, False), (10, True)])
def test_a_close_up_holds_two_points_or_is_left_out(stored, steps, close_up):
    short = renamed(replace(stored[0], steps=stored[0].steps[: 3 * steps]), "environment", "short")
    assert len(learning_curves(drawn_runs([short]), "light").axes) == 1 + close_up
    beside = learning_curves(drawn_runs([short, stored[1]]), "light").axes
    assert [axes.get_title() for axes in beside if axes.get_title()] == [
        "short, protocol quick-3x30",
        "toll-road, protocol quick-3x30",
    ]
    assert [axes.get_ylabel() for axes in beside].count("payoff, early part") == 1
    assert len(beside) == 3 + close_up


@pytest.mark.parametrize("theme", THEMES)
def test_names_of_levels_stand_beside_the_panel_and_apart(stored, theme):
    figure = learning_curves(drawn_runs(stored), theme)
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    for axes in figure.axes:
        names = {text.get_text(): text.get_window_extent(renderer) for text in axes.texts}
        assert list(names) == ["random\nactions", "best known\naction"]
        low, high = names.values()
        assert min(low.x0, high.x0) > axes.get_window_extent(renderer).x1
        assert max(low.x1, high.x1) <= figure.bbox.x1
        assert low.y1 <= high.y0


def test_convergence_payoffs_are_triangles_so_that_dashes_mean_one_thing(stored):
    early, whole = learning_curves(drawn_runs(stored), "light").axes
    assert {line.get_linestyle() for line in early.lines} == {"-"}
    marks = [line for line in whole.lines if line.get_marker() == "<"]
    paid = [float(np.mean([row.payoff for row in run.steps if row.step >= 27])) for run in stored]
    assert [mark.get_ydata()[0] for mark in marks] == pytest.approx(paid)
    assert len({mark.get_color() for mark in marks}) == 2
    assert {line.get_linestyle() for line in whole.lines if line not in marks} == {"-"}


def test_pictures_have_pixels_enough_wherever_they_are_shown(stored, tmp_path):
    picture = learning_curves(drawn_runs(stored), "light")
    picture.savefig(tmp_path / "saved.png")
    for content in (picture._repr_png_(), (tmp_path / "saved.png").read_bytes()):
        width, height = np.frombuffer(content[16:24], ">u4")
        assert (width, height) == (680, 920)


@pytest.mark.parametrize("steps", [1, 2, 5, 30])
@pytest.mark.parametrize("length", [1, 700])
def test_ticks_of_a_log_axis_are_short_and_apart(stored, steps, length):
    rows = [
        row.model_copy(update={"timesteps": row.timesteps.model_copy(update={"validation": length})})
        for row in stored[0].steps[: 3 * steps]
    ]
    figure = runtime_ecdfs(drawn_runs([with_steps(stored[0], rows)]), "light")
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    axis = figure.axes[0].xaxis
    assert not any(label.get_text() for label in axis.get_ticklabels(minor=True))
    low, high = axis.get_view_interval()
    shown = [
        tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high and tick.label1.get_text()
    ]
    assert shown
    assert all("$" not in label.get_text() for label in shown)
    boxes = [label.get_window_extent(canvas.get_renderer()) for label in shown]
    assert all(one.x1 < other.x0 for one, other in pairwise(boxes))


def test_a_close_up_beyond_the_run_is_the_whole(stored):
    far, whole = series.learning_curve(stored[0], 1e9), series.learning_curve(stored[0])
    assert far.timesteps == whole.timesteps
    assert np.array_equal(far.seeds, whole.seeds)


def test_runs_that_would_look_alike_are_refused(stored, tmp_path):
    twin = replace(stored[0], path=tmp_path / "twin")
    with pytest.raises(InputError, match=r"and .*twin: are both of hill-climbing toll-road quick-3x30; give one"):
        drawn_runs([stored[0], twin])


def test_profiles_of_two_protocols_are_refused(stored):
    with pytest.raises(InputError, match="--kind profile: runs of protocols other, quick-3x30; give those of one"):
        performance_profiles(drawn_runs([stored[0], renamed(stored[1], "protocol", "other")]), "light")


def test_runs_without_a_step_are_refused(stored):
    with pytest.raises(InputError, match="no step is done yet"):
        learning_curves(drawn_runs([with_steps(stored[0], [])]), "light")


def changed(run, **values):
    """The run with other values in its step log; each is a function of a row."""
    rows = [row.model_copy(update={name: new(row) for name, new in values.items()}) for row in run.steps]
    return with_steps(run, rows)


def test_episodes_that_end_sooner_shorten_no_curve(stored):
    def lengths(row):
        return row.timesteps.model_copy(update={"validation": 5 if row.step < 10 else 1})

    runs = drawn_runs([changed(stored[0], timesteps=lengths), stored[1]])
    for axis, end in (("steps", 30), ("timesteps", 10 * 5 + 20)):
        early, whole = learning_curves(runs, "light", axis).axes
        [line] = [line for line in whole.lines if line.get_label() == runs[0].label]
        assert line.get_xdata()[-1] == end
        assert early.get_xlim()[1] == pytest.approx(EARLY * end)
        assert whole.get_xlabel() == ("principal steps" if axis == "steps" else "validation timesteps")


def test_wide_bands_do_not_press_curves_flat(stored):
    def payoff(row):
        return {0: 1000.0, 1: -1000.0}.get(row.seed, 0.0) + row.step / 30

    [run] = drawn_runs([changed(stored[0], payoff=payoff)])
    curve = series.learning_curve(run.stored)
    assert max(curve.high) > 1000
    for axes in learning_curves([run], "light").axes:
        low, high = axes.get_ylim()
        assert high - low < 10
    assert low < 0 < max(curve.mean) < high


def test_a_band_that_is_not_much_higher_than_its_line_is_whole():
    low, high = series.payoff_range([[0.0, 10.0]], [[-1.0, 9.0], [1.0, 11.0]])
    assert low < -1
    assert high > 11
    assert series.payoff_range([[3.0, 3.0]], []) < (3, 3) < (4, 4)
    assert series.payoff_range([], []) == (0, 1)


def test_triangles_do_not_hide_each_other(stored):
    twins = [renamed(stored[0], "principal", name) for name in "abc"]
    figure = learning_curves(drawn_runs([*twins, stored[1]]), "light")
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    whole = figure.axes[-1]
    marks = [line for line in whole.lines if line.get_marker() == "<"]
    assert len({mark.get_ydata()[0] for mark in marks}) == 2  # payoffs are not moved
    places = [mark.get_transform().transform((1, mark.get_ydata()[0])) for mark in marks]
    assert min(np.linalg.norm(a - b) for i, a in enumerate(places) for b in places[:i]) > 3.3 / 72 * figure.dpi
    names = min(text.get_window_extent(renderer).x0 for text in whole.texts)
    assert max(place[0] for place in places) + 1.75 / 72 * figure.dpi < names


def test_an_oracle_is_a_dashed_reference_and_no_curve(stored):
    noted = [row.model_copy(update={"notes": {"oracle": True}}) for row in stored[1].steps]
    runs = drawn_runs([stored[0], with_steps(stored[1], noted)])
    assert [run.oracle for run in runs] == [False, True]
    figure = learning_curves(runs, "dark")
    payoff = np.mean([row.payoff for row in noted])
    for axes in figure.axes:
        assert all(line.get_label() != "random" for line in axes.lines)
        [line] = [line for line in axes.lines if np.allclose(line.get_ydata(), payoff)]
        assert line.get_linestyle() == "--"
        assert "oracle: random" in {text.get_text() for text in axes.texts}
    assert [text.get_text() for text in figure.legends[0].texts] == ["hill-climbing"]


def test_an_oracle_can_stand_alone(stored):
    noted = [row.model_copy(update={"notes": {"oracle": True}}) for row in stored[1].steps]
    figure = learning_curves(drawn_runs([with_steps(stored[1], noted)]), "light")
    [whole] = figure.axes  # nothing to see closer
    assert whole.get_xlim() == (0, 30)
    assert not figure.legends


def test_profiles_leave_oracles_out(stored):
    noted = [row.model_copy(update={"notes": {"oracle": True}}) for row in stored[1].steps]
    oracle = with_steps(renamed(stored[1], "environment", "elsewhere"), noted)
    assert len(performance_profiles(drawn_runs([stored[0], oracle]), "light").axes[0].lines) == 1
    with pytest.raises(InputError, match="--kind profile: only oracles are given"):
        performance_profiles(drawn_runs([oracle]), "light")
