"""Property tests draw the same examples every time; documents are tests, run from top to bottom."""

from pathlib import Path

import pytest
from documents.collection import documents
from documents.workplace import FEW, Workplace
from hypothesis import settings

from policybench.protocol import FINAL_EVALUATIONS

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


def pytest_configure(config: pytest.Config) -> None:
    """Let pytest-xdist give out files in the order of ``testpaths``, not those of many tests first."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False


pytest_collect_file = documents(Path(__file__).parent).pytest()


@pytest.fixture(scope="module")
def workplace(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Where the blocks of one document run."""
    text = request.path.read_text(encoding="utf-8")
    # A suite makes its runs in processes of their own, which know nothing of a smaller number.
    whole = "policybench leaderboard add runs" in text or "\npolicybench suite" in text
    number = FINAL_EVALUATIONS if whole else FEW
    return Workplace(tmp_path_factory.mktemp("document"), request.path.parent, number)
