"""A stranger's plugin: installed into an environment of its own, listed, and run."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

TOY = Path(__file__).parent / "toy_plugin"


def test_a_plugin_from_its_own_distribution_is_listed_and_runs(tmp_path):
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    site = Path(
        subprocess.check_output(
            [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
        ).strip()
    )
    # The new environment sees what this one has installed, as if it had been installed there too.
    (site / "parent.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    before = subprocess.check_output([python, "-m", "policybench", "list"], text=True)
    assert "toll-road" not in before
    subprocess.run(
        [python, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", TOY], check=True, cwd=tmp_path
    )
    after = subprocess.check_output([python, "-m", "policybench", "list", "--wide"], text=True)
    assert "policybench-toy" in after
    run = [*("run", "--principal", "hill-climbing", "--env", "toll-road", "--protocol", "smoke", "--quiet")]
    table = subprocess.check_output([python, "-m", "policybench", *run], text=True, cwd=tmp_path)
    assert "recommended action" in table
    assert not python.is_relative_to(Path(sys.prefix) / "bin")
