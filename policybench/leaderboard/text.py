"""Text from strangers: what names may consist of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, StringConstraints

from policybench.store.faults import shown

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+([._-][a-z0-9]+)*$", max_length=64)]
Variant = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][A-Za-z0-9_.,=+-]*$", max_length=180)]
Label = Annotated[str, StringConstraints(pattern=r"^(smoke|quick|paper)(-[0-9]{1,4}x[0-9]{1,8})?$")]
OptionName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=64)]
Version = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.!+_-]*$", max_length=64)]
Distribution = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$", max_length=100)
]
EntryPoint = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.]*(:[A-Za-z_][A-Za-z0-9_.]*)?$", max_length=200)
]
"""What an entry point leads to, ``package.module`` or ``package.module:object``."""
Fact = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9 ._()@,:+-]*$", max_length=120)]
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _printable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds characters that cannot be printed")
    if is_machine_path(text):
        raise ValueError("is a path of one machine")
    return text


Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_printable)]
"""Free text, such as the value of an option; it is escaped wherever it is shown."""


def is_machine_path(text: str) -> bool:
    r"""Whether a text is an absolute path, which means nothing elsewhere and may tell who somebody is.

    >>> [is_machine_path(text) for text in ("/home/x/model", "C:\\model", "~/model", "org/model", "c=2")]
    [True, True, True, False, False]
    """
    return text.startswith(("/", "~", "\\")) or (text[1:3] in (":\\", ":/") and text[0].isalpha())


def shown_path(path: Path) -> str:
    """A path for a message on the screen."""
    return shown(path, 400)
