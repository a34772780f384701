"""One change, one message, at a line that the change makes wrong: how often that is so for mutants of the zoo.

`pytest -m slow -s tests/conformance/test_mutant_places.py --mutants 10000` prints the shares by kind of change.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace

import pytest
from mutant_places import place
from mutants import KINDS, SPECS, Mutant, mutant, mutants

from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic

ELSEWHERE = frozenset({"before", "behind", "in an imported file"})
MOST_ELSEWHERE = 0.08
MOST_SEVERAL = 0.05


@dataclass
class Shares:
    """Of refused mutants by kind: where the first mistake is, and how many have more than one."""

    places: Counter[tuple[str, str]] = field(default_factory=Counter)
    several: Counter[str] = field(default_factory=Counter)

    @property
    def refused(self) -> int:
        return self.places.total()

    @property
    def elsewhere(self) -> float:
        return sum(count for (_, where), count in self.places.items() if where in ELSEWHERE) / self.refused


def errors(changed: Mutant) -> list[Diagnostic]:
    return [found for found in check_source(changed.source).diagnostics if found.is_error]


def shares(count: int, seed: int) -> Shares:
    """Returns what is told of so many mutants."""
    found = Shares()
    for changed in mutants(count, seed):
        told = errors(changed)
        if told:
            found.places[changed.kind, place(changed, told[0])] += 1
            found.several[changed.kind] += len(told) > 1
    return found


def verify(found: Shares) -> None:
    """Raises where too many mistakes are told at other lines, or with others that follow from them."""
    assert found.elsewhere <= MOST_ELSEWHERE, found.places
    assert found.several.total() <= MOST_SEVERAL * found.refused, found.several


def test_mistakes_are_told_once_and_where_they_are() -> None:
    found = shares(400, seed=2)
    verify(found)
    assert found.refused > 200


@pytest.mark.slow
def test_mistakes_are_told_once_and_where_they_are_in_many_mutants(request: pytest.FixtureRequest) -> None:
    found = shares(request.config.getoption("--mutants"), seed=3)
    for kind in KINDS:
        places = {where: count for (other, where), count in sorted(found.places.items()) if other == kind}
        print(f"{kind:20} {found.several[kind]:4} with several; first: {places}")
    print(f"elsewhere: {found.elsewhere:.1%}; several: {found.several.total() / found.refused:.1%} of {found.refused}")
    verify(found)


def test_another_line_and_more_messages_would_be_seen() -> None:
    found = shares(60, seed=2)
    with pytest.raises(AssertionError):
        verify(replace(found, several=Counter({"lines swapped": found.refused})))
    with pytest.raises(AssertionError):
        verify(replace(found, places=Counter({("lines swapped", "behind"): 1})))
    numbers = (changed for path in SPECS if (changed := mutant("word misspelt", path, random.Random(1))))
    changed, told = next((changed, told) for changed in numbers if (told := errors(changed)))
    first = replace(told[0], labels=())
    assert place(changed, first) == "at the change"
    beyond = first.span._replace(start=0, end=1)
    assert place(changed, replace(first, code="E0101", span=beyond)) in ELSEWHERE
