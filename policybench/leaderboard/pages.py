"""The generated pages: a part of ``README.md``, and one page per environment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from policybench.leaderboard.boards import Board, Overall, RankedRow, boards, overall
from policybench.leaderboard.folder import Entry
from policybench.leaderboard.tables import (
    aggregates_table,
    board_table,
    kind,
    left_out_text,
    markdown,
    overall_table,
)
from policybench.leaderboard.text import shown_path
from policybench.leaderboard.writing import check_plain, write_below

README, PAGES = "README.md", "environments"
_BEGIN = "<!-- begin of what `policybench leaderboard build` writes; edits from here on are lost -->"
_END = "<!-- end of what `policybench leaderboard build` writes -->"
_WHOLE = "<!-- `policybench leaderboard build` writes this page; edits are lost -->"
_EMPTY = "# Leaderboards\n"


def make_pages(root: Path, entries: Sequence[Entry]) -> dict[Path, str]:
    """The text of every generated file below ``root``, by path; what stands around the README's part stays."""
    found = boards(entries)
    pages = {Path(README): _readme(root / README, found, overall(found))}
    by_environment: dict[str, list[Board]] = defaultdict(list)
    for board in found:
        by_environment[board.environment].append(board)
    for environment, parts in by_environment.items():
        pages[Path(PAGES) / f"{environment}.md"] = _page(environment, parts)
    return pages


def write_pages(root: Path, pages: dict[Path, str]) -> list[Path]:
    """Write what changed and remove pages of environments that are gone; returns what was touched."""
    touched = outdated(root, pages)
    for path in touched:
        if path in pages:
            write_below(root, path, pages[path])
        else:
            check_plain(root, path)
            (root / path).unlink()
    return touched


def outdated(root: Path, pages: dict[Path, str]) -> list[Path]:
    """Files that are not what they should be, relative to ``root``."""
    wrong = [path for path, text in pages.items() if _read(root / path) != text]
    there = (root / PAGES).glob("*.md") if (root / PAGES).is_dir() else ()
    gone = [path.relative_to(root) for path in sorted(there) if path.relative_to(root) not in pages]
    return wrong + [path for path in gone if (_read(root / path) or "").startswith(_WHOLE)]


def _read(path: Path) -> str | None:
    if path.is_symlink() or not path.is_file():
        return None
    return path.read_text(encoding="utf-8", errors="replace")


def _readme(path: Path, found: Sequence[Board], totals: Sequence[Overall]) -> str:
    text = _read(path) or _EMPTY
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not begin or not end:
        before, after = text.rstrip("\n") + "\n\n", "\n"
    sections = [_section(protocol, found, totals) for protocol in dict.fromkeys(board.protocol for board in found)]
    body = "\n\n".join(sections) or "No submissions yet."
    return f"{before}{_BEGIN}\n\n{body}\n\n{_END}{after}"


def _section(protocol: str, found: Sequence[Board], totals: Sequence[Overall]) -> str:
    parts = [_heading(protocol)]
    for table in totals:
        if table.protocol == protocol:
            names = ", ".join(map(markdown, table.environments))
            parts.append(
                f"Scores over {len(table.environments)} environments ({names}), of the principals that cover them "
                f"all:\n\n{overall_table(table, 'github')}"
            )
            if table.left_out:
                parts.append("\n".join(f"* {markdown(line)}" for line in left_out_text(table)))
            parts.append(
                f"The same scores, aggregated as by Agarwal et al. (2021):\n\n{aggregates_table(table, 'github')}"
            )
    lines = ["| environment | principals | ranked first |", "|---|---:|---|"]
    for board in found:
        if board.protocol == protocol:
            first = [row.principal for row in board.rows if row.rank == 1]
            link = f"[{markdown(board.environment)}]({PAGES}/{quote(board.environment)}.md)"
            leaders = ", ".join(map(markdown, first)) or "not ranked"
            lines.append(f"| {link} | {len(board.rows)} | {leaders} |")
    return "\n\n".join([*parts, "\n".join(lines)])


def _page(environment: str, parts: Sequence[Board]) -> str:
    sections = [
        f"{_WHOLE}\n\n# {markdown(environment)}",
        "[What the columns mean, and how ranks are made](../README.md)",
    ]
    for board in parts:
        files = [row.entry.path.as_posix() for row in board.rows]
        links = [f"../{quote(file)}" for file in files]
        sections += [_heading(board.protocol), board_table(board, "github", links), "### Each row again"]
        sections += [_recipe(row, file) for row, file in zip(board.rows, files, strict=True)]
    return "\n\n".join(sections) + "\n"


def _recipe(row: RankedRow, file: str) -> str:
    entry, submission = row.entry, row.entry.submission
    manifest = submission.manifest
    made = {
        manifest.principal.distribution: manifest.principal.version,
        manifest.environment.distribution: manifest.environment.version,
    }
    core = manifest.versions.get("policybench")
    if core:
        made["policybench"] = core
    versions = ", ".join(f"{name} {version}" for name, version in made.items())
    commands = [submission.command, f"policybench leaderboard verify leaderboards/{file}"]
    if submission.transcript:
        commands.append(f"policybench leaderboard replay leaderboards/{file}")
    shell = "\n".join(commands)
    return (
        f"{markdown(row.principal)} ({kind(entry)}; made with {markdown(versions)}, "
        f"{manifest.finished:%Y-%m-%d}):\n\n"
        f"```sh\n{shell}\n```{_unverified(entry)}"
    )


def _unverified(entry: Entry) -> str:
    if not entry.platform:
        return ""
    return (
        f"\n\nNot ranked: made on an unverified platform ({markdown('; '.join(entry.platform))}). Whoever gives "
        "its command on the [reference platform](../README.md#the-reference-platform) and adds it again has it "
        "ranked."
    )


def _heading(protocol: str) -> str:
    if protocol == "paper":
        return "## Protocol `paper`"
    return f"## Protocol `{protocol}`\n\nNot `paper`: results of different protocols cannot be compared."


def describe(root: Path, paths: Sequence[Path]) -> list[str]:
    """The paths for the screen."""
    return [shown_path(root / path) for path in paths]
