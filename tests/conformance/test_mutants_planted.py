"""Any number of independent mistakes in one file give as many messages, one at each line that is wrong."""

from __future__ import annotations

import random

import pytest
from planted import KINDS, Planted, plant

from cnnspec.compiler import check_source
from cnnspec.source import Source


def found(text: str) -> list[int]:
    """Returns the lines of all errors in a text."""
    diagnostics = check_source(Source("planted.cnn", text)).diagnostics
    return sorted(diagnostic.span.begin.line for diagnostic in diagnostics if diagnostic.is_error)


def verify(planted: Planted) -> None:
    """Raises where a mistake is missed, said twice, or found where none is."""
    lines, wrong = planted.text.split("\n"), sorted(planted.mistakes)
    said = found(planted.text)
    missed = [f"{line}: {planted.mistakes[line]}: {lines[line - 1]}" for line in wrong if line not in said]
    extra = [f"{line}: {lines[line - 1]}" for line in said if line not in wrong or said.count(line) > 1]
    assert said == wrong, "\n".join(["missed:", *missed, "without reason:", *extra, planted.text])


@pytest.mark.parametrize("mistakes", [0, 1, 3, 10])
def test_as_many_messages_as_mistakes(mistakes: int) -> None:
    for seed in range(40):
        verify(plant(mistakes, segments=max(8, 3 * mistakes), chance=random.Random(f"{mistakes}/{seed}")))


@pytest.mark.slow
@pytest.mark.parametrize("mistakes", [2, 5, 10, 20])
def test_as_many_messages_as_mistakes_at_length(mistakes: int) -> None:
    for seed in range(1000):
        verify(plant(mistakes, segments=2 * mistakes + 4, chance=random.Random(f"{mistakes}/{seed}")))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_is_planted_somewhere(name: str) -> None:
    seeds = range(400)
    assert any(name in plant(10, 30, random.Random(seed)).mistakes.values() for seed in seeds)


def test_a_missed_line_would_be_seen() -> None:
    planted = plant(3, 10, random.Random(0))
    verify(planted)
    line = min(planted.mistakes)
    with pytest.raises(AssertionError, match="missed"):
        verify(Planted(planted.text, {**planted.mistakes, 1: "nothing is wrong there"}))
    with pytest.raises(AssertionError, match="without reason"):
        verify(Planted(planted.text, {other: kind for other, kind in planted.mistakes.items() if other != line}))
