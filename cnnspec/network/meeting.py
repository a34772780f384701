"""What makes two values meet in a merge: a convolution of the right stride in the shortcut, or a crop of the larger one."""

from __future__ import annotations

from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.layers.merge_problems import MergedRanksDiffer, MergedSizesDiffer, MergeProblem
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape


def remedy(diagnostic: Diagnostic, problem: MergeProblem, statement: tree.Merge | tree.Residual | tree.Join) -> Diagnostic:
    """Returns a merge's diagnostic with advice that makes exactly these two shapes equal, where there is a simple one."""
    first, second = problem.shapes[problem.first], problem.shapes[problem.second]
    if isinstance(problem, MergedRanksDiffer):
        return replace(diagnostic, help=_flattened(first, second))
    assert isinstance(problem, MergedSizesDiffer)
    if problem.keyword != "concat":
        advice = _projection(first, second, statement)
        if advice is not None:
            return replace(diagnostic, help=advice)
    return replace(diagnostic, help=_trimmed(first, second, ignore_channels=problem.keyword == "concat"))


def _flattened(first: Shape, second: Shape) -> str | None:
    larger = max(first, second, key=lambda shape: shape.rank)
    smaller = min(first, second, key=lambda shape: shape.rank)
    if smaller.rank != 1:
        return None
    if larger.features == smaller.features or larger.channels != smaller.channels:
        return f"`flatten` makes {larger.features} of {larger}"
    return f"`global_avgpool` and `flatten` make {larger.channels} of {larger}"


def _projection(main: Shape, other: Shape, statement: tree.Merge | tree.Residual | tree.Join) -> str | None:
    """Returns the 1x1 convolution that makes `other` the shape of `main`, the formula of its output solved for the stride."""
    if main.rank < 2 or not (main.channels_first and other.channels_first):
        return None
    strides = [_stride(size, goal) for size, goal in zip(other.spatial, main.spatial, strict=True)]
    if any(stride is None for stride in strides):
        return None
    stride = strides[0] if len(set(strides)) == 1 else f"({', '.join(map(str, strides))})"
    conv = f"conv {main.channels}, kernel=1" + ("" if stride == 1 else f", stride={stride}")
    if isinstance(statement, tree.Residual) and not statement.shortcut:
        return f"give the residual a second path: `shortcut {{ {conv} }}` makes {main} of {other}"
    where = "in the shortcut" if isinstance(statement, tree.Residual) else "in that branch"
    return f"`{conv}` {where} makes {main} of {other}"


def _stride(size: int, goal: int) -> int | None:
    """Returns the smallest stride for which floor((size - 1) / stride) + 1 is the goal, None where there is none."""
    if goal > size:
        return None
    if goal == 1:
        return size if size > 1 else 1
    stride = (size - 1) // (goal - 1)
    while stride > 1 and (size - 1) // (stride - 1) + 1 == goal:
        stride -= 1
    return stride if (size - 1) // stride + 1 == goal else None


def _trimmed(first: Shape, second: Shape, *, ignore_channels: bool) -> str | None:
    """Returns the crop that gives the larger of two values the positions of the smaller."""
    if first.rank < 2 or not (ignore_channels or first.channels == second.channels):
        return None
    differences = [a - b for a, b in zip(first.spatial, second.spatial, strict=True)]
    if not (all(difference >= 0 for difference in differences) or all(difference <= 0 for difference in differences)):
        return None
    larger, smaller = (first, second) if max(differences) > 0 else (second, first)
    cuts = [(abs(difference) // 2, abs(difference) - abs(difference) // 2) for difference in differences]
    amounts = [amount for cut in reversed(cuts) for amount in cut]  # the last axis comes first, as torch has it
    text = str(amounts[0]) if len(set(amounts)) == 1 else f"({', '.join(map(str, amounts))})"
    goal = Shape((larger.channels, *smaller.spatial))
    return f"`crop {text}` makes {goal} of {larger}; `zero_pad {text}` makes the smaller one as large"
