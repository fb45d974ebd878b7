"""A landscape that is shipped, unpacked, and read in the plainest way there is."""

import json
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

from policybench_tabular.table import SHIPPED


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("landscape")
    with ZipFile(SHIPPED["harvest-11"]) as file:
        file.extractall(path)
    return path


@pytest.fixture(scope="session")
def payoffs(folder) -> np.ndarray:
    """[11, 11, 11, 4]."""
    lines = [json.loads(line) for line in (folder / "payoffs.jsonl").read_text().splitlines()]
    table = np.empty((11**3, 4))
    for line in lines:
        table[line["action"], line["seed"]] = line["payoff"]
    return table.reshape(11, 11, 11, 4)
