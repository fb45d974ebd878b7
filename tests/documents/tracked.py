"""The documents of the project: the Markdown files that git knows."""

from __future__ import annotations

import subprocess
from pathlib import Path


def tracked_documents(root: Path) -> list[Path]:
    """Every Markdown file below a folder that is tracked, or new and not ignored."""
    command = ["git", "-C", str(root), "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.check_output(command, text=True).splitlines()
    return [root / name for name in sorted(set(names)) if (root / name).is_file()]
