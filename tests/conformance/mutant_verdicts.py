"""What torch says to all that the checker asks layers and merges, whatever it then makes of the answers.

A spec is right or wrong by the answers of its layers and merges to the shapes that reach them. While `overheard` is open each
question is noted with our answer; `disagreement` asks torch the same. Where both agree on every question, torch refuses
a spec exactly at the statements where we do, since what reaches a statement is the same in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import torch
from exceptions import CNNSPEC_REFUSES, TORCH_REFUSES
from torch_reference import BATCH, Accepted, reference_module, verdict

from cnnspec.layers.base import Layer
from cnnspec.layers.merge_problems import MergedRanksDiffer
from cnnspec.layers.merges import MERGES, Merge
from cnnspec.layers.problems import LayerProblem, WrongWeightShape
from cnnspec.layers.registry import all_kinds
from cnnspec.values.shapes import Shape

Answer: TypeAlias = Shape | LayerProblem
Question: TypeAlias = tuple[Layer | Merge, Shape | tuple[Shape, ...]]

SMALL = 50_000  # numbers in a value and in weights that are really computed with
FEASIBLE = 20_000_000  # the same where the meta device, which checks less than others do, has another opinion
ADDRESSABLE = 2**60  # numbers: torch counts the bytes of a value in 64 bits, and has no answer for larger ones


@contextmanager
def overheard() -> Iterator[dict[Question, Answer]]:
    """Gives what layers and merges are asked, with what they answer."""
    heard: dict[Question, Answer] = {}
    originals = [(kind, kind.__dict__.get("infer"), kind.infer) for kind in (*all_kinds(), *map(type, MERGES.values()))]
    for kind, _, infer in originals:
        setattr(kind, "infer", _noting(infer, heard))  # noqa: B010
    try:
        yield heard
    finally:
        for kind, own, _ in originals:
            if own is None:
                delattr(kind, "infer")
            else:
                setattr(kind, "infer", own)  # noqa: B010


def _noting(infer: Any, heard: dict[Question, Answer]) -> Any:
    def noted(self: Any, given: Any) -> Shape:
        question = (self, tuple(given) if isinstance(given, list) else given)
        try:
            heard[question] = infer(self, given)
        except LayerProblem as problem:
            heard[question] = problem
            raise
        return heard[question]  # type: ignore[return-value]

    return noted


def disagreement(question: Question, ours: Answer) -> str | None:
    """Returns how torch differs, None where it does not, or is known to."""
    asked, given = question
    if is_too_large(question, ours):
        return None
    if isinstance(asked, Merge):
        assert isinstance(given, tuple)
        return _merge_disagreement(asked, given, ours)
    assert isinstance(given, Shape)
    if isinstance(ours, WrongWeightShape):
        return _weight_disagreement(asked, given, ours)
    with torch.device("meta"):
        theirs = verdict(asked, given)
    differs = not agree(ours, theirs)
    cost = _cost(asked, given)
    if cost < (FEASIBLE if differs else SMALL):
        theirs = verdict(asked, given)
        differs = not agree(ours, theirs)
    known = CNNSPEC_REFUSES if isinstance(ours, LayerProblem) else TORCH_REFUSES
    if not differs or any(case.applies(asked, given) for case in known):
        return None
    return f"{asked!r} on {given}: {_said(ours)}; torch: {theirs!r}"


def is_too_large(question: Question, ours: Answer) -> bool:
    """Returns whether no machine could hold the values, so that torch cannot even be asked; it takes no symbols either."""
    asked, given = question
    values = [given] if isinstance(given, Shape) else list(given)
    if isinstance(ours, Shape):
        values.append(ours)
    if any(value.is_symbolic for value in values):
        return True
    if isinstance(asked, Layer) and isinstance(given, Shape):
        values += [Shape(sizes) for sizes in asked.weights(given).values() if sizes]
    return any(BATCH * value.features > ADDRESSABLE for value in values)


def agree(ours: Answer, theirs: Accepted | Exception) -> bool:
    """Returns whether both refuse, or both accept with the same shapes; a value without elements counts as refused."""
    if isinstance(theirs, Exception) or min(theirs.training, default=0) < 1:
        return isinstance(ours, LayerProblem)
    return isinstance(ours, Shape) and theirs.training == theirs.evaluation == ours.sizes


def _said(ours: Answer) -> str:
    return ours.message if isinstance(ours, LayerProblem) else str(ours)


def _cost(layer: Layer, x: Shape) -> int:
    """Returns how many numbers there are to handle, roughly: values in, values out and weights."""
    try:
        y = layer.infer(x)
    except LayerProblem:
        y = x
    weights = sum(Shape(sizes).features for sizes in layer.weights(x).values())
    return BATCH * (x.features + y.features) + weights + layer.macs(x, y) // 100


def _merge_disagreement(merge: Merge, shapes: Sequence[Shape], ours: Answer) -> str | None:
    if isinstance(ours, MergedRanksDiffer):
        return None  # torch matches the axes from the last one on, batch and channels with whatever they meet
    values = [torch.empty(BATCH, *shape.sizes, device="meta") for shape in shapes]
    theirs: Accepted | Exception
    try:
        result = torch.cat(values, 1) if merge.keyword == "concat" else sum(values[1:], values[0])
        theirs = Accepted(tuple(result.shape[1:]), tuple(result.shape[1:]))
    except Exception as error:
        theirs = error
    return None if agree(ours, theirs) else f"{merge!r} of {shapes}: {_said(ours)}; torch: {theirs!r}"


def _weight_disagreement(layer: Layer, x: Shape, ours: WrongWeightShape) -> str | None:
    """Returns how torch differs on numbers that are written in the spec: they have to fill the parameter."""
    with torch.device("meta"):
        module: Any = reference_module(layer, x)
    for name, numbers in (("weight", layer.weight), ("bias", layer.bias_value)):  # type: ignore[attr-defined]
        if numbers is None:
            continue
        try:
            torch.tensor(numbers).expand_as(getattr(module, name))
        except (RuntimeError, ValueError, AttributeError):
            return None
    return f"{layer!r} on {x}: {ours.message}; torch takes the numbers"
