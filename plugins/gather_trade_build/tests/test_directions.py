"""What taxes pay along directions: the actions that are measured, the table and the picture."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from policybench_gather_trade_build import directions
from policybench_gather_trade_build.directions_plot import draw
from policybench_gather_trade_build.rules import US_FEDERAL


def test_shapes_reach_the_highest_rate_and_the_us_tax_lies_on_its_direction():
    for shape in directions.SHAPES.values():
        assert len(shape) == 7
        assert min(shape) >= 0
        assert max(shape) == 1
    assert tuple(0.37 * share for share in directions.SHAPES["US federal"]) == pytest.approx(US_FEDERAL)
    assert sorted(directions.SHAPES["regressive"]) == sorted(directions.SHAPES["progressive"])


def test_each_action_is_measured_once_and_no_tax_begins_every_line(monkeypatch, tmp_path):
    asked = []

    def pay(design, folder):
        asked.append(design)
        if design.given is None:
            return np.full((design.random, design.seeds), 5.0)
        return np.array([[100 * sum(rates), 100 * sum(rates) + 1] for rates in design.given.values()])

    monkeypatch.setattr(directions, "_payoffs", pay)
    measured = directions.measure_directions(2, 3, tmp_path)
    given, random = asked
    assert (given.seeds, random.seeds, random.random) == (2, 2, 3)
    assert len(given.given) == 1 + 10 * len(directions.SHAPES)
    for name, shape in directions.SHAPES.items():
        np.testing.assert_allclose(
            measured.along[name][:, 0], [100 * h * sum(shape) for h in directions.HEIGHTS], atol=1e-9
        )
    table = directions.as_table(measured)
    assert "| flat " in table
    assert "3 random rates: 5 on average, from 5 to 5" in table


def test_the_command_measures_prints_and_draws(monkeypatch, tmp_path):
    monkeypatch.setattr(directions, "SHAPES", {"flat": (1.0,) * 7})
    monkeypatch.setattr(directions, "HEIGHTS", (0.0, 1.0))
    output = tmp_path / "landscape.png"
    words = ["--seeds", "2", "--random", "2", "--folder", str(tmp_path), "-o", str(output)]
    result = CliRunner().invoke(directions.main, words, catch_exceptions=False)
    assert result.exit_code == 0
    cells = next(line for line in result.output.splitlines() if line.startswith("| flat")).split("|")
    assert float(cells[2]) > 3 * float(cells[3])  # no tax pays far more than a full one
    assert output.read_bytes().startswith(b"\x89PNG")


def test_a_picture_of_another_kind_is_refused_before_anything_is_measured(tmp_path):
    result = CliRunner().invoke(directions.main, ["-o", str(tmp_path / "landscape.txt")])
    assert result.exit_code == 2
    assert "landscape.txt; the name ends in .png, .svg or .pdf" in result.output


def test_the_picture_has_a_line_a_direction_and_a_dot_a_random_action():
    rng = np.random.default_rng(0)
    along = {name: rng.uniform(size=(3, 4)) for name in ("flat", "progressive")}
    lines, dots = draw(along, (0.0, 0.5, 1.0), rng.uniform(size=(7, 4))).axes
    assert [line.get_label() for line in lines.lines] == list(along)
    np.testing.assert_allclose(lines.lines[1].get_ydata(), along["progressive"].mean(axis=1))
    assert len(dots.collections[0].get_offsets()) == 7
