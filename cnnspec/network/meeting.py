"""What makes two values meet in a merge: layers that turn exactly one of the two shapes into one that fits the other."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple, TypeAlias

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.layers.merge_problems import MergedRanksDiffer, MergeProblem
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

Statement: TypeAlias = tree.Merge | tree.Residual | tree.Join

OWN_BRANCH = "in a branch of its own"


class Way(NamedTuple):
    """Layers that make `result` of `source`."""

    layers: tuple[str, ...]
    source: Shape
    result: Shape

    def __str__(self) -> str:
        return " and ".join(f"`{layer}`" for layer in self.layers)


def remedy(diagnostic: Diagnostic, problem: MergeProblem, statement: Statement, current: int | None) -> Diagnostic:
    """Returns a merge's diagnostic with advice that makes the two values meet, where there is a simple one.

    `current` is the position of the value that arrives, for which layers can be written before the statement.
    """
    first, second = problem.first, problem.second
    turns = [(second, first), (first, second)]
    if current == first or (isinstance(statement, tree.Residual) and first == 1):
        turns.reverse()
    for source, goal in turns:
        way = _way(problem.shapes[source], problem.shapes[goal], problem)
        if way is not None:
            return replace(diagnostic, help=_advice(way, statement, source, source == current))
    return diagnostic


def _advice(way: Way, statement: Statement, position: int, is_current: bool) -> str:
    makes = f"{'makes' if len(way.layers) == 1 else 'make'} {way.result} of {way.source}"
    if isinstance(statement, tree.Join):
        return f"{way} {'before it' if is_current else OWN_BRANCH} {makes}"
    if isinstance(statement, tree.Merge):
        return f"{way} at the end of that branch {makes}"
    if position == 0:
        return f"{way} at the end of the residual {makes}"
    if statement.shortcut:
        return f"{way} at the end of the shortcut {makes}"
    keep = "keep the size with `padding`, or " if way.layers[-1].startswith("crop") else ""
    path = f"`shortcut {{ {way.layers[0]} }}`" if len(way.layers) == 1 else f"a `shortcut` of {way}"
    return f"{keep}give the residual a second path: {path} makes {way.result} of {way.source}"


def _way(source: Shape, goal: Shape, problem: MergeProblem) -> Way | None:
    """Returns how `source` becomes what can be merged with `goal`."""
    if isinstance(problem, MergedRanksDiffer):
        return _between_ranks(source, goal, problem.keyword)
    if source.rank == 1:
        return Way((f"linear {goal.features}",), source, goal)
    is_concat = problem.keyword == "concat"
    if not is_concat and not (source.channels_first and goal.channels_first):
        return None
    if not is_concat and _serves(source, goal):
        return Way((f"conv {goal.channels}, kernel=1",), source, Shape((goal.channels, *source.spatial)))
    result = Shape((source.channels if is_concat else goal.channels, *goal.spatial))
    if not is_concat:
        strides = [_stride(size, wanted) for size, wanted in zip(source.spatial, goal.spatial, strict=True)]
        if None not in strides:
            stride = "" if set(strides) == {1} else f", stride={_same(strides)}"
            return Way((f"conv {goal.channels}, kernel=1{stride}",), source, result)
    resize = _resize(source.spatial, goal.spatial)
    if resize is None:
        return None
    channels = () if result.channels == source.channels else (f"conv {goal.channels}, kernel=1",)
    return Way((*channels, resize), source, result)


def _serves(source: Shape, goal: Shape) -> bool:
    """Returns whether the positions of `source` serve all of `goal`'s, being single where they differ."""
    return all(size in (1, wanted) for size, wanted in zip(source.spatial, goal.spatial, strict=True))


def _between_ranks(source: Shape, goal: Shape, keyword: str) -> Way | None:
    if source.rank == 1 and keyword == "multiply" and source.features == goal.channels:  # a gate for each channel
        single = (source.features, *(1 for _ in goal.spatial))
        return Way((f"reshape {', '.join(map(str, single))}",), source, Shape(single))
    if goal.rank != 1 or (keyword == "multiply" and source.channels == goal.features):
        return None
    if source.channels == goal.features and source.features != goal.features:
        return Way(("global_avgpool", "flatten"), source, goal)
    if keyword == "concat" or source.features == goal.features:
        return Way(("flatten",), source, Shape((source.features,)))
    return Way(("flatten", f"linear {goal.features}"), source, goal)


def _stride(size: int, goal: int) -> int | None:
    """Returns the smallest stride for which floor((size - 1) / stride) + 1 is the goal, None where there is none."""
    if goal > size:
        return None
    if goal == 1:
        return size
    stride = (size - 1) // (goal - 1)
    while stride > 1 and (size - 1) // (stride - 1) + 1 == goal:
        stride -= 1
    return stride if (size - 1) // stride + 1 == goal else None


def _resize(sizes: tuple[int, ...], goal: tuple[int, ...]) -> str | None:
    """Returns the layer that gives a value other positions: by a factor, else by cutting or adding some at the edges."""
    pairs = list(zip(sizes, goal, strict=True))
    if all(wanted % size == 0 for size, wanted in pairs):
        return f"upsample {_same([wanted // size for size, wanted in pairs])}"
    if all(size % wanted == 0 for size, wanted in pairs):
        return f"maxpool {_same([size // wanted for size, wanted in pairs])}"
    if all(size >= wanted for size, wanted in pairs):
        word = "crop"
    elif all(size <= wanted for size, wanted in pairs):
        word = "zero_pad"
    else:
        return None
    amounts: list[int] = []
    for size, wanted in reversed(pairs):  # the last axis comes first, as torch has it
        amounts += (abs(size - wanted) // 2, abs(size - wanted) - abs(size - wanted) // 2)
    return f"{word} {_same(amounts)}"


def _same(numbers: list[int | None] | list[int]) -> str:
    """Returns one number for all where they are equal, else a tuple."""
    return str(numbers[0]) if len(set(numbers)) == 1 else f"({', '.join(map(str, numbers))})"
