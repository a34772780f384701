"""Calls as other frameworks write them, taken apart: with a path before the word, parentheses, `=` for a label."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

_ADDED = re.compile(r"\w+\.(?:add|append)\((?P<inside>.*)\)$")
_CALL = re.compile(
    r"(?:(?:self\.)?(?P<label>[A-Za-z_]\w*)\s*[=:]\s*)?(?P<path>(?:[A-Za-z_]\w*\.)*)(?P<word>[A-Za-z_]\w*)(?P<rest>(?:[\s(].*)?)$"
)
_APPLIED = re.compile(r"\)\s*\(\s*[A-Za-z_]\w*\s*\)$")  # `Dense(10)(x)`
_NAMED = re.compile(r"(?P<name>[A-Za-z_]\w*)\s*(?:=(?!=)|:)\s*(?P<value>.+)$", re.DOTALL)
_SPACED = re.compile(r"(?P<name>[A-Za-z_]\w*)\s+(?P<value>[\d(\"'].*)$")
_NO_COMMA = re.compile(r"(?P<first>[^\s,]+)\s+(?P<second>[A-Za-z_]\w*\s*[=:].*)$")
_TIMES = re.compile(r"(?<=\d)\s+x\s+(?=[\dA-Z])")
_COMMENT = re.compile(r"(?P<code>(?:[^#\"']|\"[^\"]*\"|'[^']*')*)#")
_DIVIDED = re.compile(r"(?<=[\w)])\s*/\s*(?=[\w(])")  # sizes are integers
_CONSTANTS = {"True": "true", "False": "false", "None": "none"}
VALUES = frozenset({"x", "out", "h", "y", "inputs", "input", "self"})  # what functions are applied to


class Call(NamedTuple):
    """A call in parts: its label, its word without what stands before it, its arguments, and what follows them."""

    label: str | None
    word: str
    places: tuple[str, ...]
    named: dict[str, str]
    expected: str = ""


def read_call(text: str) -> Call | None:
    """Returns a line as a call, None where it is none."""
    plain = _TIMES.sub("x", text.rstrip(";").rstrip(","))
    added = _ADDED.match(plain)
    match = _CALL.match(_APPLIED.sub(")", added["inside"] if added else plain))
    if match is None:
        return None
    rest, expected = _expected(match["rest"].strip())
    if rest.startswith("("):
        inside = _inside(rest)
        rest = rest if inside is None else inside
    arguments = [part for argument in _split(rest) for part in _parted(argument)]
    places: list[str] = []
    named: dict[str, str] = {}
    for argument in arguments:
        pair = _NAMED.match(argument) or _SPACED.match(argument)
        if pair is not None:
            named[pair["name"]] = _value(pair["value"])
        elif argument not in VALUES:
            places.append(_value(argument))
    return Call(match["label"], match["word"], tuple(places), named, expected)


def code(line: str) -> str:
    """Returns what stands before the comment of a line."""
    found = _COMMENT.match(line)
    return line if found is None else found["code"].rstrip()


def _expected(rest: str) -> tuple[str, str]:
    before, arrow, shape = rest.partition("->")
    return (before.strip(), f" -> {shape.strip()}") if arrow else (rest, "")


def _inside(rest: str) -> str | None:
    """Returns what stands in a parenthesis that takes all of a text, None where it does not."""
    depth = 0
    for place, letter in enumerate(rest):
        depth += (letter in "([") - (letter in ")]")
        if depth == 0:
            return rest[1:place] if place == len(rest) - 1 else None
    return None


def _split(text: str) -> Iterator[str]:
    """Yields what stands between commas outside of brackets."""
    depth, start = 0, 0
    for place, letter in enumerate(f"{text},"):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth <= 0:
            if text[start:place].strip():
                yield text[start:place].strip()
            start = place + 1


def _parted(argument: str) -> Iterator[str]:
    """Yields the arguments that lack a comma between them."""
    pair = _NO_COMMA.match(argument)
    if pair is None or _NAMED.match(argument):
        yield argument
    else:
        yield pair["first"]
        yield from _parted(pair["second"])


def _value(text: str) -> str:
    text = text.strip()
    if re.fullmatch(r"'[^'\"]*'", text):
        return f'"{text[1:-1]}"'
    return _CONSTANTS.get(text, text if '"' in text else _DIVIDED.sub(" // ", text))
