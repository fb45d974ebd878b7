"""The plugin that the README shows is short; that it installs and runs is seen where the README is run."""

from __future__ import annotations

import re
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_plugin_of_the_readme_has_less_than_45_lines():
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    [source] = [block for block in blocks if "hookimpl" in block]
    assert len(source.splitlines()) < 45
