"""Slips of the pen in real specs: each is one mistake, said once, where it is."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from cnnspec.compiler import check_source
from cnnspec.layers.registry import lookup
from cnnspec.source import Source

SPECS = sorted((Path(__file__).parents[2] / "specs").glob("*.cnn"))
PER_SPEC = 12
WORD = re.compile(r"^(?P<before>\s*(?:[\w{} +-]+: )?)(?P<word>\w+)(?P<after>(?: .*)?)$")
ARGUMENT = re.compile(r"^(?P<before>.*, )(?P<word>[a-z_]+)(?P<after>=.*)$")
INSIDE = re.compile(r"^ {4,}")


def slips(text: str) -> Iterator[tuple[int, str]]:
    """Yields lines (1-based) with what becomes of them when a letter too many gets into a layer or the name of an argument."""
    for number, line in enumerate(text.split("\n"), 1):
        code = line.split("#")[0].rstrip()
        called = WORD.match(code)
        if called is None or not INSIDE.match(code) or lookup(called["word"]) is None:
            continue
        yield number, f"{called['before']}{called['word']}q{called['after']}"
        argument = ARGUMENT.match(code)
        if argument is not None:
            yield number, f"{argument['before']}{argument['word']}q{argument['after']}"


def with_line(text: str, number: int, line: str) -> str:
    lines = text.split("\n")
    lines[number - 1] = line
    return "\n".join(lines)


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_a_slip_is_one_mistake_where_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    possible = list(slips(text))
    if "network" not in text:
        possible = []  # a collection of blocks, which nobody calls
    for number, line in random.Random(path.stem).sample(possible, min(PER_SPEC, len(possible))):
        result = check_source(Source(str(path), with_line(text, number, line)))
        errors = [(d.code, d.span.begin.line) for d in result.diagnostics if d.is_error]
        if not errors:
            assert re.search(r"^ *if |\} else", text, re.MULTILINE), line  # an arm that is not taken is not looked at
        else:
            assert errors in ([("E0201", number)], [("E0202", number)]), line


def test_slips_are_found() -> None:
    text = "block B {\n    relu\n}\nnetwork N {\n    input 3x8x8\n    a: conv 3, kernel=3  # why\n    B\n}"
    assert list(slips(text)) == [(2, "    reluq"), (6, "    a: convq 3, kernel=3"), (6, "    a: conv 3, kernelq=3")]
    assert not check_source(Source("n.cnn", with_line(text, 2, "    reluq"))).ok
