"""What a plugin may be called, and what its name becomes in other places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from policybench.errors import InputError
from policybench.plugins import registry

LONGEST = 40
"""Characters of a name; longer ones would not fit into the lines of what is generated."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Names:
    """A plugin's name, in all its forms.

    >>> names = Names("two-villages")
    >>> names.distribution, names.package, names.capitalised
    ('policybench-two-villages', 'policybench_two_villages', 'TwoVillages')
    """

    name: str

    @property
    def distribution(self) -> str:
        """What users install; also the folder's name."""
        return f"policybench-{self.name}"

    @property
    def module(self) -> str:
        """The name as a part of Python's names."""
        return self.name.replace("-", "_")

    @property
    def package(self) -> str:
        """What Python imports."""
        return f"policybench_{self.module}"

    @property
    def capitalised(self) -> str:
        """How the name of a class begins."""
        return "".join(part.capitalize() for part in self.name.split("-"))


def check_name(text: str) -> Names:
    """The names of a plugin that is about to be written.

    Raises:
        InputError: this is no name, or an installed plugin or distribution has it.
    """
    if not _NAME.fullmatch(text) or len(text) > LONGEST:
        close = "-".join(re.findall(r"[a-z0-9]+", text.lower()))
        example = close if _NAME.fullmatch(close) and len(close) <= LONGEST else "my-plugin"
        raise InputError(
            f"NAME {text}: takes lower case letters and digits, words joined by hyphens, a letter first, at most "
            f"{LONGEST} characters, such as {example}"
        )
    names = Names(text)
    found = registry()
    for kind, known in (("principal", found.principals), ("environment", found.environments)):
        if text in known:
            plugin = known[text]
            raise InputError(
                f"NAME {text}: the {kind} {text} of {plugin.distribution} {plugin.version} is installed; takes a "
                "name that no installed plugin has"
            )
    try:
        installed = version(names.distribution)
    except PackageNotFoundError:
        return names
    raise InputError(
        f"NAME {text}: {names.distribution} {installed} is installed; takes a name whose distribution is not"
    )
