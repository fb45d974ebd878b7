"""Which documents are run, and what is found in them."""

from __future__ import annotations

from pathlib import Path

from documents.blocks import block_parser
from documents.inline import inline_parser
from documents.remark_checks import remark_parser
from sybil import Sybil

LEFT_OUT = ("CHANGELOG.md", ".github/*.md", "leaderboards/environments/*.md")
"""Records of the past, forms to fill in, and what ``policybench leaderboard build`` writes."""


def documents(root: Path) -> Sybil:
    """Every Markdown file below a folder; each runs in a workplace of its own, from top to bottom."""
    parsers = (block_parser, inline_parser, remark_parser)
    return Sybil(parsers, pattern="*.md", excludes=LEFT_OUT, path=str(root), fixtures=["workplace"])
