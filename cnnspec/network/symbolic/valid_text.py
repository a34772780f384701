"""The sizes that a network takes, in words and as JSON."""

from __future__ import annotations

from typing import Any

from cnnspec.network.symbolic.valid_sizes import ValidSizes
from cnnspec.network.symbolic.ways import Way
from cnnspec.values.integer_sets import IntegerSet, Pattern, Progression

MOST_LISTED = 4  # sizes in a row that are named one by one
MOST_SCATTERED = 12  # sizes with gaps between
MOST_WAYS = 4  # alternatives in the text


def sentence(valid: ValidSizes, most: int = MOST_WAYS) -> str:
    """Returns the set in one line: `H >= 32 and H divisible by 16, W in {28, 29}`; at most so many alternatives."""
    return "; or ".join(ways(valid, most))


def ways(valid: ValidSizes, most: int = MOST_WAYS) -> list[str]:
    """Returns the alternatives, at most so many of them, each with what is left open."""
    found = [_way(way) for way in valid.ways[:most]] or ["no size at all"]
    more = len(valid.ways) - most
    return [*found, f"{more:,} other {'way' if more == 1 else 'ways'}"] if more > 0 else found


def spread(valid: ValidSizes, most: int = MOST_WAYS) -> str | None:
    """Returns where the shapes are not those of the formulas, and why; None where they are for all valid inputs."""
    if not valid.spread:
        return None
    found = "; or ".join(map(_way, valid.spread[:most])) + ("; and elsewhere" if len(valid.spread) > most else "")
    return f"where {found}: there a size of 1 serves all positions of what it is merged with"


def with_shapes(valid: ValidSizes, most: int = MOST_WAYS) -> str:
    """Returns the inputs with what may stand for their symbols: `3xHxW with H >= 63, W >= 63`."""
    shapes = " and ".join(map(str, valid.shapes))
    return f"{shapes} with {sentence(valid, most)}" if valid.symbols else f"{shapes} only"


def as_json(valid: ValidSizes) -> dict[str, Any]:
    """Returns the set as plain values.

    A size n is in a set where it is in one of `below` ([first, last, step]), or n >= `start` and n mod `period` is among the
    `residues`. Each of the `alternatives` has one set for each symbol, any combination of which is valid; under `if` are
    conditions that have to hold besides and are not decided. `spread` are valid inputs for which the shapes are not those of
    the formulas, since a size of 1 serves all positions of a larger one.
    """
    return {
        "text": sentence(valid),
        "exact": valid.is_exact,
        "shapes": [[size if isinstance(size, int) else str(size) for size in shape.sizes] for shape in valid.shapes],
        "smallest": valid.smallest if valid.ways else None,
        "alternatives": list(map(_alternative, valid.ways)),
        "spread": list(map(_alternative, valid.spread)),
    }


def _alternative(way: Way) -> dict[str, Any]:
    return {"sizes": {name: _json(members.pattern) for name, members in way.sets.items()}, "if": list(way.open)}


def _json(pattern: Pattern) -> dict[str, Any]:
    return {
        "below": [list(part) for part in pattern.below],
        "start": pattern.start if pattern.residues else None,
        "period": pattern.period,
        "residues": list(pattern.residues),
    }


def _way(way: Way) -> str:
    text = ", ".join(of_one(name, members) for name, members in way.sets.items())
    return f"{text}, if {' and '.join(way.open)}" if way.open else text


def of_one(name: str, sizes: IntegerSet) -> str:
    """Returns what one symbol may be: `H >= 32 and H divisible by 16`, `28 <= H <= 41`, `H in {28, 29}`."""
    pattern = sizes.pattern
    parts = [_below(name, pattern.below)] if pattern.below else []
    if pattern.residues:
        parts.append(_endless(name, pattern))
    return " or ".join(parts)


def _below(name: str, parts: tuple[Progression, ...]) -> str:
    counts = [((part.last or part.first) - part.first) // part.step + 1 for part in parts]
    if sum(counts) <= (MOST_LISTED if len(parts) == 1 else MOST_SCATTERED):
        listed = sorted({n for part in parts for n in range(part.first, (part.last or part.first) + 1, part.step)})
        return f"{name} = {listed[0]}" if len(listed) == 1 else f"{name} in {{{', '.join(map(str, listed))}}}"
    return " or ".join(_run(name, part) for part in parts)


def _run(name: str, part: Progression) -> str:
    if part.first == part.last:
        return f"{name} = {part.first}"
    every = f" in steps of {part.step}" if part.step > 1 else ""
    return f"{part.first} <= {name} <= {part.last}{every}"


def _endless(name: str, pattern: Pattern) -> str:
    start, period, residues = pattern.start, pattern.period, pattern.residues
    if period == 1:
        return f"{name} >= {start}"
    if residues == (0,):
        multiple = f"{name} divisible by {period}"
        return multiple if start <= period else f"{name} >= {start} and {multiple}"
    rest = f"{name} mod {period} = {residues[0]}" if len(residues) == 1 else f"{name} mod {period} in {{{_residues(residues)}}}"
    return rest if start <= min(residue or period for residue in residues) else f"{name} >= {start} and {rest}"


def _residues(residues: tuple[int, ...]) -> str:
    """Returns residues with neighbours put together: `0, 25..31`."""
    runs: list[list[int]] = []
    for residue in residues:
        if runs and residue == runs[-1][-1] + 1:
            runs[-1].append(residue)
        else:
            runs.append([residue])
    return ", ".join(f"{run[0]}..{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
