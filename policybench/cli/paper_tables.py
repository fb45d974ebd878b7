"""Results as tables for papers and pages: LaTeX with booktabs, and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tabulate import tabulate

from policybench.analysis.ordering import best_first, grouped
from policybench.analysis.summary import Summary
from policybench.cli.tables import SHORT, UNSCORED, heading, measure, named, short

_NOTE = "Mean [95% interval] over seeds, in scores: 0 is what random actions pay, 1 the best known action."


def as_markdown(summaries: Sequence[Summary]) -> str:
    """A row a run; whatever Markdown would take for markup is escaped."""
    headers = ["environment", "protocol", "principal", "seeds", "steps", *SHORT.values()]
    rows = [
        [
            *(_markdown(text) for text in (summary.environment, summary.protocol, named(summary))),
            str(len(summary.seeds)),
            str(summary.steps),
            *(_markdown(short(measure(summary, name))) for name in SHORT),
        ]
        for summary in best_first(summaries)
    ]
    align = ["left"] * 3 + ["right"] * (len(headers) - 3)
    table: str = tabulate(rows, headers, tablefmt="github", disable_numparse=True, colalign=align)
    starred = any("*" in cell for row in rows for cell in row[5:])
    return "\n\n".join([table, " ".join(map(_markdown, _notes(starred)))])


def as_latex(summaries: Sequence[Summary]) -> str:
    """A ``tabular`` with a part an environment and protocol; numbers are in math mode, names are escaped."""
    return "\n".join(_latex_lines(summaries))


def _latex_lines(summaries: Sequence[Summary]) -> Iterator[str]:
    yield "% \\usepackage{booktabs}"
    yield "\\begin{tabular}{lrrr}"
    yield "\\toprule"
    yield f"{' & '.join(['principal', *SHORT.values()])} \\\\"
    starred = False
    for group in grouped(summaries):
        yield "\\midrule"
        yield f"\\multicolumn{{4}}{{l}}{{\\emph{{{_latex(heading(group))}}}}} \\\\"
        for summary in group:
            cells = [short(measure(summary, name)) for name in SHORT]
            starred |= any("*" in cell for cell in cells)
            yield f"{' & '.join([_latex(named(summary)), *map(_math, cells)])} \\\\"
    yield "\\bottomrule"
    for note in _notes(starred):
        yield f"\\multicolumn{{4}}{{l}}{{\\footnotesize {_latex(note)}}} \\\\"
    yield "\\end{tabular}"


def _notes(starred: bool) -> list[str]:
    """What a reader must know of the numbers, in lines that are printed below the table."""
    return [_NOTE, *([UNSCORED] if starred else [])]


def _math(cell: str) -> str:
    """An estimate in math mode; words beside it stay text."""
    number = r"-?[\d.]+(?:e[-+]?\d+)?"
    found = re.fullmatch(rf"({number}) \[({number}), ({number})\](\*?)", cell)
    if found:
        mean, low, high, star = found.groups()
        return f"${mean}\\;[{low},\\,{high}]{'^*' if star else ''}$"
    return re.sub(rf"^({number})(\*?)", lambda part: f"${part[1]}{'^*' if part[2] else ''}$", cell)


def _latex(text: str) -> str:
    r"""Text that LaTeX shows as it is.

    >>> print(_latex("ucb-c=0.3_x & 5%"))
    ucb-c=0.3\_x \& 5\%
    """
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return re.sub(r"[\\~^_%&#${}]", lambda found: special.get(found[0], f"\\{found[0]}"), text)


def _markdown(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_|#~!])", r"\\\1", text)
