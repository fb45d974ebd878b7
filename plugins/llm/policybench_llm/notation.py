"""Objects, lists and numbers as models write them: JSON, and what is not quite JSON, anywhere in a text.

Read in one pass whose time grows with the length of the text and no faster, whatever the text is: no pattern here
can match the same characters in two ways, and nothing is read again after a failure.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from policybench_llm.numerals import Number, match_number, read_number

_OPENING = re.compile(r"[\[{]")
_BRACKET = re.compile(r"[\[\]{}()]")
_SPACE = re.compile(r"(?:\s++|(?://|#)[^\n]*+)*+")
_WORD = re.compile(r"[^\W\d]\w*+|\.\.\.|…")
_STRINGS = {
    '"': re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL),
    "'": re.compile(r"'(?:[^'\\]|\\.)*+'", re.DOTALL),
    "“": re.compile(r"“[^”]*+”"),
    "‘": re.compile(r"‘[^’]*+’"),
}
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None, "none": None, "...": ..., "…": ...}
_INFINITE = ("nan", "infinity", "inf")
_PAIRS = {"]": "[", "}": "{", ")": "("}


@dataclass(eq=False)
class Container:
    """An object or a list.

    Attributes:
        kind: the bracket that opens it.
        start: place of that bracket in the text.
        end: place after the closing one; -1 if there is none.
        keys: of an object, in order; the last one may still lack its value.
        items: values, in order: ``Container``, ``Number``, text, bool, None, or an ellipsis.
        whole: whether it was closed, and everything in it was understood.
        cut: whether the text ends in the middle of it, as far as one can tell.
    """

    kind: str
    start: int
    end: int = -1
    keys: list[str] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)
    whole: bool = True
    cut: bool = False
    expects: Literal["key", "colon", "value", "comma"] = "value"

    @property
    def is_object(self) -> bool:
        """Whether it is an object rather than a list."""
        return self.kind == "{"

    def take(self, value: Any) -> None:
        """Take the next value, or a key where one is expected."""
        if self.expects == "value":
            self.items.append(value)
            self.expects = "comma"
        elif self.expects == "key" and isinstance(value, str):
            self.keys.append(value)
            self.expects = "colon"
        else:
            self.whole = False


def find_containers(text: str) -> list[Container]:
    """All objects and lists of a text, inner ones included, in the order in which they end.

    Those that do not end come last, the innermost first, and are not whole.
    """
    return _Scanner(text).scan()


def unquoted(text: str) -> str:
    """What a text says that as a whole is a JSON string; any other text as it is."""
    stripped = text.strip()
    if len(stripped) > 1 and stripped[0] == stripped[-1] == '"':
        try:
            return str(json.loads(stripped))
        except ValueError:
            pass
    return text


class _Scanner:
    """Reads a text from left to right, with a stack of the containers that are open."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0
        self._open: list[Container] = []
        self._kinds: Counter[str] = Counter()
        self._ended: list[Container] = []
        self._unending: set[str] = set()

    def scan(self) -> list[Container]:
        while self._place < len(self._text):
            if not self._open:
                if not self._jump(_OPENING):
                    break
                self._bracket()
            elif not self._open[-1].whole:
                if not self._jump(_BRACKET):
                    break
                self._bracket()
            else:
                self._token(self._open[-1])
        while self._open:
            unended = self._pop()
            unended.cut = unended.cut or unended.whole
            unended.whole = False
        return self._ended

    def _jump(self, pattern: re.Pattern[str]) -> bool:
        found = pattern.search(self._text, self._place)
        if found is not None:
            self._place = found.start()
        return found is not None

    def _token(self, top: Container) -> None:
        """Read on in a container that was understood so far."""
        text = self._text
        if (space := _SPACE.match(text, self._place)) is not None and space.end() > self._place:
            self._place = space.end()
            return
        char = text[self._place]
        if char in "[]{}()":
            self._bracket()
        elif char in ",;" and top.expects == "comma":
            top.expects = "key" if top.is_object else "value"
            self._place += 1
        elif char in ":=" and top.expects == "colon":
            top.expects = "value"
            self._place += 1
        elif char in _STRINGS:
            self._string(char, top)
        elif (number := match_number(text, self._place, decimal_comma=top.is_object)) is not None:
            top.take(number)
            self._place += len(number.text)
        elif (word := _WORD.match(text, self._place)) is not None:
            self._word(word[0], top)
            self._place = word.end()
        else:
            top.whole = False

    def _string(self, quote: str, top: Container) -> None:
        # Once a kind of string does not end, no later one of its kind does: they are not looked for again.
        found = None if quote in self._unending else _STRINGS[quote].match(self._text, self._place)
        if found is None:
            self._unending.add(quote)
            top.whole, top.cut = False, True
            return
        inside = found[0][1:-1]
        if "\\" in inside:
            inside = _unescaped(inside)
        top.take(inside)
        self._place = found.end()

    def _word(self, word: str, top: Container) -> None:
        if top.expects == "key":
            top.take(word)
        elif word.lower() in _INFINITE:
            top.take(Number(word, (float(word),)))
        elif word.lower() in _WORDS:
            top.take(_WORDS[word.lower()])
        else:
            top.whole = False

    def _bracket(self) -> None:
        char = self._text[self._place]
        self._place += 1
        top = self._open[-1] if self._open else None
        if char in "[{(":
            expected = top is not None and top.whole and top.expects == "value"
            if top is not None and not expected:
                top.whole = False
            if char != "(" or expected:
                expects: Literal["key", "value"] = "key" if char == "{" else "value"
                self._open.append(Container(char, self._place - 1, expects=expects))
                self._kinds[char] += 1
        elif self._kinds[_PAIRS[char]]:
            while self._open[-1].kind != _PAIRS[char]:
                self._pop().whole = False
                self._open[-1].whole = False
            self._close()
        elif top is not None:
            top.whole = False

    def _close(self) -> None:
        ended = self._pop()
        ended.end = self._place
        if ended.expects == "colon" or (ended.is_object and ended.expects == "value"):
            ended.whole = False
        if self._open and self._open[-1].whole:
            self._open[-1].take(ended)

    def _pop(self) -> Container:
        ended = self._open.pop()
        self._kinds[ended.kind] -= 1
        self._ended.append(ended)
        return ended


def _unescaped(text: str) -> str:
    """A text without its escapes, as far as JSON knows them."""
    try:
        return str(json.loads(f'"{text}"', strict=False))
    except ValueError:
        return text.replace("\\", "")


def as_number(value: Any) -> Number | None:
    """The number that a value is, or says, or holds alone; None if it is none."""
    for _ in range(2):
        if isinstance(value, Container) and value.whole and len(value.items) == 1:
            value = value.items[0]
    if isinstance(value, str):
        return read_number(value)
    return value if isinstance(value, Number) else None
