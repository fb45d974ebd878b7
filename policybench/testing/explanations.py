"""What explains the checks: their docstrings, one by one and as a page.

``python -m policybench.testing > docs/conformance.md`` writes the page.
"""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable

from policybench.errors import InputError, nearest
from policybench.testing import environments, principals

_WIDTH = 115

_HEAD = """\
# The conformance suite

What every principal and every environment must keep to, as checks that run. `policybench check-plugin NAME`
runs those of an installed plugin and ends with status 0 if all pass, 1 if one fails, 2 if the plugin cannot be
checked as it was asked for. Its options are given as to `policybench run`: `-p name=value` for a principal, `-e
name=value` for an environment. `--json` prints the findings for other programs, `--explain CHECK` a section of
this page.

In a plugin's own tests:

```python
import pytest

from policybench.testing import principal_checks


@pytest.mark.parametrize("check", principal_checks("ucb"), ids=str)
def test_conforms(check):
    check()
```

`environment_checks("toll-road", days=5)` gives the checks of an environment, with options of your choice: small
budgets make them quick. Both also take a spec that is not installed.

This page is made from the checks themselves: `python -m policybench.testing > docs/conformance.md`
"""


def name_of(check: Callable[..., None]) -> str:
    """The name of a check, words joined by hyphens."""
    return check.__name__.replace("_", "-")


def demand(check: Callable[..., None]) -> str:
    """What a check asks for, in one line."""
    return _paragraphs(check)[0].rstrip(".")


def explanation(name: str) -> str:
    """What a check asks for, why, and how to mend a plugin that fails it; as text.

    Raises:
        InputError: there is no check of that name.
    """
    everything: tuple[Callable[..., None], ...] = (*principals.CHECKS, *environments.CHECKS)
    known = {name_of(check): check for check in everything}
    if name not in known:
        raise InputError(
            f"--explain {name}: there is no such check.{nearest(name, known)} There are {', '.join(known)}."
        )
    return f"{name}\n\n" + "\n\n".join(_paragraphs(known[name]))


def page() -> str:
    """The page: one section per check."""
    parts = [_HEAD]
    kinds: dict[str, tuple[Callable[..., None], ...]]
    kinds = {"Principals": principals.CHECKS, "Environments": environments.CHECKS}
    for kind, checks in kinds.items():
        parts.append(f"## {kind}\n")
        for check in checks:
            what, *rest = _paragraphs(check)
            parts.append(
                "\n\n".join([f"### {name_of(check)}", _filled(f"**{what}**"), *map(_filled, rest)]) + "\n"
            )
    return "\n".join(parts).replace("To fix:", "*To fix:*")


def _paragraphs(check: Callable[..., None]) -> list[str]:
    return (inspect.getdoc(check) or "").replace("``", "`").split("\n\n")


def _filled(text: str) -> str:
    """The text in lines of bearable length; code stays on one line."""
    text = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0"), " ".join(text.split()))
    filled = textwrap.fill(text, _WIDTH, break_on_hyphens=False, break_long_words=False)
    return filled.replace("\0", " ")
