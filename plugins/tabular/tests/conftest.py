"""A small landscape, written as files: what [x, y] pays on a grid of three levels, evaluated four times."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest

from policybench.landscape import Design, measure
from policybench.plugins import registry


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    plugin = registry().environment("escape-room")
    design = Design(levels=3, seeds=4)
    options = {option.name: option.default for option in plugin.spec.options}
    return measure(plugin, options, design, tmp_path_factory.mktemp("landscapes"), workers=1)


@pytest.fixture(scope="session")
def zipped(folder, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("zip") / "room.zip"
    with ZipFile(path, "w", ZIP_DEFLATED) as file:
        for name in ("landscape.json", "payoffs.jsonl"):
            file.write(folder / name, name)
    return path


@pytest.fixture(scope="session")
def payoffs(folder) -> np.ndarray:
    """[3, 3, 3, 4], read in the plainest way there is."""
    import json

    lines = [json.loads(line) for line in (folder / "payoffs.jsonl").read_text().splitlines()]
    table = np.empty((27, 4))
    for line in lines:
        table[line["action"], line["seed"]] = line["payoff"]
    return table.reshape(3, 3, 3, 4)
