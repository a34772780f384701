"""Random layers and inputs, derived from the declarations: a new layer kind is covered without a line here.

`HINTS` only raise the share of examples that torch accepts, for arguments that are rarely right by chance.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from cnnspec.layers.base import Layer
from cnnspec.values.shapes import Shape

# verified against the input by cnnspec alone, since torch is told what the input has
INFERRED = frozenset({"in_channels", "in_features", "num_features", "num_channels"})


@dataclass(frozen=True)
class Range:
    """How large inputs and numbers may be: small ones run, large ones are only traced."""

    channels: tuple[int, ...]
    positions: int
    number: int


SMALL = Range(channels=(1, 2, 3, 4, 6, 8, 12), positions=8, number=5)
LARGE = Range(channels=(16, 30, 64, 96, 256, 1000), positions=400, number=12)


@st.composite
def cases(draw: DrawFn, kind: type[Layer], size: Range = SMALL) -> tuple[Layer, Shape]:
    """Draws a layer of this kind with an input, mostly of a rank that the kind takes."""
    usual = kind.ranks or (0, 1, 2, 3)
    rank = draw(st.sampled_from((*usual * 4, 0, 1, 2, 3)))
    positions = st.integers(1, size.positions) if rank < 3 else st.integers(1, min(size.positions, 40))
    spatial = draw(st.tuples(*[positions] * rank))
    x = Shape((draw(st.sampled_from(size.channels)), *spatial), draw(st.sampled_from((True, True, False))))
    return kind.model_validate(draw(arguments(kind, x, size))), x


@st.composite
def arguments(draw: DrawFn, kind: type[Layer], x: Shape, size: Range = SMALL) -> dict[str, Any]:
    """Draws valid arguments of a layer kind: values of the fields' types, and few of the optional ones."""
    required: dict[str, SearchStrategy[Any]] = {}
    optional: dict[str, SearchStrategy[Any]] = {}
    for name, field in kind.model_fields.items():
        if name in INFERRED:
            continue
        values = values_of(field.annotation, tuple(field.metadata), x.rank - 1, size)
        if hint := HINTS.get((kind.keyword, name)):
            values = st.one_of(hint(x), hint(x), hint(x), values)
        (required if field.is_required() else optional)[name] = values
    written = draw(st.sets(st.sampled_from(sorted(optional)), max_size=4)) if optional else ()
    return draw(st.fixed_dictionaries(required | {name: optional[name] for name in sorted(written)}))


def values_of(annotation: Any, metadata: tuple[Any, ...], rank: int, size: Range) -> SearchStrategy[Any]:
    """Returns values of an argument type with these constraints; tuples mostly have a number for each axis."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *constraints = get_args(annotation)
        return values_of(inner, (*metadata, *constraints), rank, size)
    if origin in (Union, types.UnionType):
        return st.one_of(*(values_of(choice, (), rank, size) for choice in get_args(annotation)))
    if origin is Literal:
        return st.sampled_from(get_args(annotation))
    if origin is tuple:
        shortest = max([item.min_length for item in metadata if isinstance(item, MinLen)], default=1)
        lengths = st.sampled_from([length for length in (rank, 2 * rank) * 4 + (1, 2, 3) if length >= shortest])
        items = values_of(get_args(annotation)[0], (), rank, size)
        return lengths.flatmap(lambda length: st.tuples(*[items] * length))
    if annotation in (None, type(None), Any):
        return st.none()
    if annotation is bool:
        return st.booleans()
    low, high = bounds(metadata)
    if annotation is int:
        return _integers(max(low, -3), min(high, size.number))
    if annotation is float:
        return st.sampled_from([number for number in _FLOATS if number in Interval(metadata)])
    raise TypeError(f"no strategy for {annotation}: add one here")


_FLOATS = (-1.5, -0.25, 0.0, 1e-5, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0, 1.5, 2.0, 3.0)


@cache
def _integers(low: int, high: int) -> SearchStrategy[int]:
    return st.integers(low, high)


@dataclass(frozen=True)
class Interval:
    """The numbers that satisfy constraints such as Ge(0)."""

    metadata: tuple[Any, ...]

    def __contains__(self, number: float) -> bool:
        holds = {Ge: lambda item: number >= item.ge, Gt: lambda item: number > item.gt}
        holds |= {Le: lambda item: number <= item.le, Lt: lambda item: number < item.lt}
        return all(holds[type(item)](item) for item in self.metadata if type(item) in holds)


def bounds(metadata: tuple[Any, ...]) -> tuple[int, int]:
    """Returns the smallest and the largest integer that constraints allow, within a million."""
    low = max([item.ge for item in metadata if isinstance(item, Ge)], default=-1_000_000)
    high = min([item.le for item in metadata if isinstance(item, Le)], default=1_000_000)
    return low, high


def _splits(number: int) -> SearchStrategy[tuple[int, ...]]:
    """Returns tuples of two or three sizes whose product is `number`, one of them sometimes -1."""
    pairs = [(size, number // size) for size in range(1, min(number, 64) + 1) if number % size == 0]
    inferred = [(-1, second) for _, second in pairs] + [(first, -1) for first, _ in pairs]
    return st.sampled_from([*pairs, *inferred, *((1, *pair) for pair in pairs), (number,)])


def _some_axis_split(x: Shape) -> SearchStrategy[tuple[int, ...]]:
    return st.sampled_from(x.sizes).flatmap(_splits)


def _trailing(x: Shape) -> SearchStrategy[tuple[int, ...]]:
    return st.integers(1, x.rank).map(lambda count: x.sizes[-count:])


def _axis(x: Shape) -> SearchStrategy[int]:
    return st.integers(-x.rank, x.rank - 1)


HINTS: dict[tuple[str, str], Callable[[Shape], SearchStrategy[Any]]] = {
    ("fractional_maxpool", "kernel"): lambda x: st.integers(1, 2),
    ("fractional_maxpool", "output_ratio"): lambda x: st.just(0.7),
    ("permute", "axes"): lambda x: st.permutations(range(x.rank)).map(tuple),
    ("reshape", "sizes"): lambda x: _splits(x.features),
    ("unflatten", "unflattened_size"): _some_axis_split,
    ("unflatten", "axis"): _axis,
    ("layernorm", "normalized_shape"): _trailing,
    ("rmsnorm", "normalized_shape"): _trailing,
    ("prelu", "num_parameters"): lambda x: st.just(x.channels),
    ("slice", "start"): lambda x: st.integers(-x.channels, x.channels - 1),
    ("slice", "stop"): lambda x: st.integers(1, x.channels),
}
