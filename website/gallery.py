"""A page for each environment and each principal: what its spec says, then what its plugin's README says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing

from policybench.leaderboard.tables import markdown
from policybench.options import Option, as_text
from policybench.plugins import Plugin, Registry
from policybench.problem import Problem, Reference
from policybench.specs import EnvironmentSpec, PrincipalSpec
from website.curves import PLACEHOLDER
from website.documents import Pictures, read, rewrite, sections, shown_pictures
from website.leaderboards import Page as Board
from website.places import Places

Page = tuple[str, str]

_OPTIONS = re.compile(r"^\| option .*\n(?:\|.*\n?)+", re.MULTILINE)
"""A README's own table of options, which the spec's takes the place of."""


def pages(found: Registry, places: Places, pictures: Pictures, boards: Sequence[Board] = ()) -> Iterator[Page]:
    """Each page and its text, both galleries first; ``boards`` are the pages of the leaderboards."""
    yield "environments/index.md", _environments(found, places, pictures)
    yield "principals/index.md", _principals(found, places)
    for folder, names in places.environments.items():
        for name in names:
            page = f"environments/{name}.md"
            text = _environment(found.environments[name], folder, page, places, pictures)
            yield page, text + _tables(boards, name)
    for folder, names in places.principals.items():
        for name in names:
            page = f"principals/{name}.md"
            yield page, _principal(found.principals[name], folder, page, places, pictures, boards)


def _environments(found: Registry, places: Places, pictures: Pictures) -> str:
    cards = []
    for folder, names in places.environments.items():
        document = f"plugins/{folder}/README.md"
        readme = rewrite(read(document), document, "environments/index.md", places, pictures)
        for name in names:
            spec = found.environments[name].spec
            picture = shown_pictures(readme)[:1]
            lines = [f"**[{name}]({name}.md)**", *picture, markdown(spec.description)]
            cards.append("-   " + "\n\n    ".join(lines))
    return _grid("Environments", "What is governed. Each comes with a plugin; anybody can publish one.", cards)


def _principals(found: Registry, places: Places) -> str:
    names = sorted(name for names in places.principals.values() for name in names)
    cards = [
        f"-   **[{name}]({name}.md)**\n\n    {markdown(found.principals[name].spec.description)}" for name in names
    ]
    return _grid("Principals", "Who governs. Each comes with a plugin; anybody can publish one.", cards)


def _grid(title: str, text: str, cards: Sequence[str]) -> str:
    body = "\n\n".join(cards)
    return f'---\nhide: [toc]\n---\n# {title}\n\n{text}\n\n<div class="grid cards" markdown>\n\n{body}\n\n</div>\n'


def _environment(
    plugin: Plugin[EnvironmentSpec], folder: str, page: str, places: Places, pictures: Pictures
) -> str:
    spec, document = plugin.spec, f"plugins/{folder}/README.md"
    readme = rewrite(read(document), document, page, places, pictures)
    home = places.pages[document]
    parts = [f"# {spec.name}", markdown(spec.description), *_source(spec), _install(plugin)]
    if home != page:
        # Of the plugin's pictures one suits all its environments; its words say what it shows.
        parts += [f"{picture}\n\n*{_words(picture)}*" for picture in shown_pictures(readme)[:1]]
    parts += _task(spec)
    parts += _options(spec.options, "-e")
    if home == page:
        parts.append(_body(readme))
    else:
        title = home.removeprefix("environments/").removesuffix(".md")
        parts.append(
            f"## Rules and landscape\n\nThey stand on the page of [{title}]({title}.md), of the same plugin."
        )
    return "\n\n".join(parts) + "\n"


def _principal(
    plugin: Plugin[PrincipalSpec],
    folder: str,
    page: str,
    places: Places,
    pictures: Pictures,
    boards: Sequence[Board],
) -> str:
    spec, document = plugin.spec, f"plugins/{folder}/README.md"
    readme = rewrite(read(document), document, page, places, pictures)
    parts = [f"# {spec.name}", markdown(spec.description), *_source(spec), _install(plugin)]
    parts.append(_standings(boards, spec.name))
    parts += _options(spec.options, "-p")
    home = places.pages[document]
    if home == page:
        return "\n\n".join([*parts, _body(readme)]) + "\n"
    own = sections(readme).get(spec.name)
    if own:
        own = _OPTIONS.sub("", own)
        # Links within a README lead to headings that only the whole of it has.
        parts.append("## How it works\n\n" + re.sub(r"\]\(#", f"](../{home}#", own))
    parts.append(f"More about it, and what it shares with others: [{plugin.distribution}](../{home}).")
    return "\n\n".join(parts) + "\n"


def _source(spec: PrincipalSpec | EnvironmentSpec) -> list[str]:
    return [f"*Source:* {markdown(spec.source)}"] if spec.source else []


def _install(plugin: Plugin[EnvironmentSpec] | Plugin[PrincipalSpec]) -> str:
    return f"```sh\npip install {plugin.distribution}\npolicybench show {plugin.spec.name}\n```"


def _task(spec: EnvironmentSpec) -> list[str]:
    try:
        with closing(spec.create([0])) as environment:
            problem = environment.problem
    except Exception as error:  # noqa: BLE001 - what an environment needs may be missing here
        return [f"*Its task cannot be shown: {markdown(str(error))}*"]
    described = problem.description
    parts = ["## The task, as principals are told it", markdown(described.story)]
    parts.append(f"**Payoff:** {markdown(described.payoff)}.")
    space = problem.action_space
    rows = [
        f"| {markdown(dimension.name)} | {low:g} to {high:g} | {markdown(dimension.meaning)} |"
        for dimension, low, high in zip(described.action, space.low, space.high, strict=True)
    ]
    parts.append("\n".join(["| action | from, to | what it does |", "|---|---|---|", *rows]))
    if described.context:
        parts.append(f"**Context:** {markdown(described.context)}")
    return [*parts, _references(problem, spec.name)]


def _references(problem: Problem, environment: str) -> str:
    known = (("floor", problem.floor), ("ceiling", problem.ceiling))
    rows = [_reference(name, found) for name, found in known if found is not None]
    if not rows:
        return "Floor and ceiling were never measured: there are payoffs, and no scores."
    table = "\n".join(["| reference | payoff | action | measured as |", "|---|---|---|---|", *rows])
    return f"{table}\n\n`policybench reference --env {environment}` measures both."


def _reference(name: str, found: Reference) -> str:
    actions = [
        (f"{context}: " if context else "") + ", ".join(f"{value:.4g}" for value in action)
        for context, action in (found.action or {}).items()
    ]
    payoff = f"{found.payoff:.4g} ± {found.standard_error:.2g}"
    return f"| {name} | {payoff} | {markdown('; '.join(actions)) or 'random ones'} | {markdown(found.how)} |"


def _options(options: Sequence[Option], flag: str) -> list[str]:
    if not options:
        return []
    rows = [
        f"| `{flag} {option.name}=`{{.option}} | {markdown(option.allowed())} | {_default(option)} "
        f"| {markdown(option.help)} |"
        for option in options
    ]
    table = "\n".join(["| option | takes | default | meaning |", "|---|---|---|---|", *rows])
    return [f"## All options\n\n{table}"]


def _default(option: Option) -> str:
    return "" if option.default in (None, "") else f"`{as_text(option.default)}`{{.option}}"


def _tables(boards: Sequence[Board], environment: str) -> str:
    """Links to an environment's leaderboards."""
    links = [
        f"- [{markdown(board.title)}](../{board.place}): {len(board.rows)} row{'s' * (len(board.rows) != 1)}"
        for board in boards
        if any(row.entry.submission.manifest.environment.name == environment for row in board.rows)
    ]
    return "\n## Leaderboards\n\n" + "\n".join(links) + "\n" if links else ""


def _standings(boards: Sequence[Board], principal: str) -> str:
    """Where a principal stands in the leaderboards, with its curves."""
    rows = [
        f"| [{markdown(board.environment)}](../{board.place}) | {markdown(board.protocol)} | "
        f"{markdown(row.principal)} | {'-' if row.rank is None else row.rank} of {len(board.rows)} |"
        for board in boards
        for row in board.rows
        if row.entry.submission.manifest.principal.name == principal
    ]
    head = "## On the leaderboards\n\n"
    if not rows:
        return f"{head}No run of it was submitted yet."
    table = "\n".join(["| environment | protocol | as | rank |", "|---|---|---|---|", *rows])
    return f"{head}{PLACEHOLDER}\n\n{table}"


def _words(picture: str) -> str:
    """What stands for a picture where it cannot be seen."""
    return picture.removeprefix("![").partition("](")[0]


def _body(readme: str) -> str:
    """A README below a page's own head: its title becomes a section's."""
    title, _, rest = readme.partition("\n")
    return f"## {title.removeprefix('# ')}\n{rest}"
