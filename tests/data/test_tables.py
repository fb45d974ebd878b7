"""Exported tables: every number of a run survives CSV and Parquet, and no cell is taken for a formula."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet
from toy_runs import Watcher, request

from policybench.analysis.summary import summary_of
from policybench.data import writing
from policybench.data.results import COLUMNS, result_table
from policybench.data.schema import EVALUATIONS, PAYOFF, RUN, SCHEMA_VERSION, STEPS, Column, Table
from policybench.data.steps import final_table, step_table
from policybench.data.writing import csv_text, harmless, merged, write
from policybench.errors import InputError
from policybench.harness.launch import launch
from policybench.store import load_run

read_csv = partial(pd.read_csv, float_precision="round_trip")
PAGE = Path(__file__).parents[2] / "docs" / "data.md"


@pytest.fixture
def run(toy, tmp_path):
    return load_run(launch(request(tmp_path, seeds=2, steps=3), Watcher()))


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_steps_read_back_by_pandas_are_the_log(run, tmp_path, suffix):
    path = tmp_path / "new" / f"steps{suffix}"
    write(path, [step_table(run)])
    frame = read_csv(path) if suffix == ".csv" else pd.read_parquet(path)
    assert len(frame) == 6
    assert frame.payoff.tolist() == run.steps.payoffs.tolist()
    assert frame.action_0.tolist() == run.steps.actions[:, 0].tolist()
    assert frame.score.tolist() == pytest.approx(((run.steps.payoffs + 2) / 0.5).tolist())
    assert frame.seed.tolist() == [0, 1] * 3
    assert not frame.filled.any()
    assert set(frame.principal_variant) == {"hill-climbing"}
    assert json.loads(frame.environment_options[0]) == run.manifest.environment.options
    assert json.loads(frame.machine[0])["cores"] == run.manifest.machine.cores
    assert pd.to_datetime(frame.created)[0] == run.manifest.created
    assert [path.name for path in path.parent.iterdir()] == [path.name]


def test_final_evaluations_are_rows_too(run, tmp_path):
    write(tmp_path / "final.csv", [final_table(run)])
    frame = read_csv(tmp_path / "final.csv")
    assert frame.payoff.tolist() == [record.payoff for record in run.final]
    assert sorted(set(frame.evaluation)) == list(range(25))
    assert len(final_table(replace(run, final=[]))) == 0


def test_a_run_is_a_row_with_the_numbers_of_its_summary(run):
    [row] = csv.DictReader(io.StringIO(csv_text([result_table([run])])))
    scores = summary_of(run).scores
    assert float(row["sample_efficiency_score"]) == scores.sample_efficiency.score.mean
    assert float(row["recommended_payoff_low"]) == scores.recommended.payoff.low
    assert float(row["target_75_reached"]) == scores.targets[1].success_share
    assert row["sample_efficiency_100_score"] == ""
    assert (row["hosted"], row["steps_done"], row["schema_version"]) == ("false", "3", str(SCHEMA_VERSION))


def test_runs_with_other_actions_share_a_table_with_empty_cells(run, tmp_path):
    wide = np.tile(run.steps.actions, (1, 2))
    other = replace(run, steps=replace(run.steps, actions=wide, contexts=wide))
    for suffix, read in ((".csv", read_csv), (".parquet", pd.read_parquet)):
        write(tmp_path / f"all{suffix}", [step_table(run), step_table(other)])
        frame = read(tmp_path / f"all{suffix}")
        assert frame.action_1.isna().tolist() == [True] * 6 + [False] * 6
        assert frame.context_0.dropna().tolist() == wide[:, 0].tolist()
        names = list(frame)
        assert names.index("context_1") < names.index("action_0") < names.index("action_1") < names.index("payoff")


def test_parquet_says_its_version_and_the_meaning_of_each_column(run, tmp_path):
    write(tmp_path / "steps.parquet", [step_table(run)])
    schema = parquet.read_schema(tmp_path / "steps.parquet")
    assert schema.metadata[b"policybench_schema_version"] == str(SCHEMA_VERSION).encode()
    assert schema.field("floor").metadata[b"meaning"].startswith(b"payoff that scores 0")
    assert str(schema.field("created").type) == "timestamp[us, tz=UTC]"


@given(st.text(max_size=20))
def test_no_text_begins_like_a_formula_and_none_is_lost(text):
    cell = harmless(text)
    assert not re.match(r"[=+\-@\t\r\n]", cell)
    assert cell.removeprefix("'") == text.removeprefix("'")


@given(st.lists(st.tuples(st.text(), st.floats(allow_nan=False, allow_infinity=False)), max_size=5))
def test_numbers_stay_numbers_and_csv_is_read_back(rows):
    columns = (Column("name", "text", ""), Column("value", "number", ""), Column("at", "time", ""))
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    values = {
        "name": [name for name, _ in rows],
        "value": [value for _, value in rows],
        "at": [moment] * len(rows),
    }
    read = list(csv.DictReader(io.StringIO(csv_text([Table(columns, values)]), newline="")))
    assert [row["name"] for row in read] == [harmless(name) for name, _ in rows]
    assert [float(row["value"]) for row in read] == [value for _, value in rows]
    assert {row["at"] for row in read} <= {"2026-01-02T00:00:00Z"}


def test_other_files_are_refused_before_any_work(tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"-o a\.xls: takes a name that ends in \.csv or \.parquet"):
        writing.check_suffix(Path("a.xls"))
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(InputError, match=r"pip install 'policybench\[parquet\]'"):
        writing.check_suffix(Path("a.parquet"))
    writing.check_suffix(Path("a.csv"))


def test_a_file_that_cannot_be_finished_leaves_the_one_before(run, tmp_path):
    path = tmp_path / "steps.csv"
    write(path, [step_table(run)])
    before = path.read_text()
    broken = step_table(run)
    broken.values["payoff"].pop()
    with pytest.raises(ValueError):
        write(path, [broken])
    assert path.read_text() == before
    assert [found.name for found in tmp_path.iterdir() if found.is_file()] == ["steps.csv"]


def test_the_page_names_every_column():
    described = re.findall(r"^\| `([a-z_0-9.]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    numbered = [name for name in described if name.endswith(("_0", "_low", "_high")) or "..." in name]
    wanted = {column.name for column in (*RUN, *PAYOFF, *STEPS, *EVALUATIONS, *COLUMNS)}
    assert set(described) - set(numbered) <= wanted | {"seed", "step"}
    missing = {name for name in wanted if not name.endswith(("_low", "_high"))} - set(described)
    assert missing == set()


def test_columns_are_merged_in_their_order():
    a, b, c = (Column(name, "number", "") for name in "abc")
    empty = {"a": [], "b": [], "c": []}
    assert merged([Table((a, c), empty), Table((a, b, c), empty)]) == [a, b, c]


@pytest.mark.parametrize(
    ("ending", "begins"),
    [("csv", b"schema_version,"), ("json", b"["), ("md", b"| "), ("parquet", b"PAR1"), ("tex", b"% \\usepackage")],
)
def test_results_are_written_in_the_format_that_the_file_ends_in(run, cli, tmp_path, ending, begins):
    done = cli("results", run.path, "-o", tmp_path / f"table.{ending}")
    assert done.returncode == 0, done.stderr
    written = Path(done.stdout.strip())
    assert written.read_bytes().startswith(begins)
