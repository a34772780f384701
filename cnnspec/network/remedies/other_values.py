"""Other arguments with which a layer takes what it refuses as it is written: found by asking the layer itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from cnnspec.layers.base import Layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.network.remedies.rewriting import Value
from cnnspec.values.shapes import Shape

MOST_TRIED = 300  # numbers on each side of what is written
MOST = 3  # of one argument
PARTNERS = {"groups": "out_channels", "output_padding": "stride", "padding": "kernel"}  # which could give way as well
LOWEST = {"padding": 0, "output_padding": 0, "cropping": 0}
WINDOWS = ("kernel", "stride", "padding", "dilation", "output_padding")
AXES = ("axis", "start_axis", "end_axis", "start")  # may be 0, too


def accepts(layer: Layer, x: Shape, changed: Mapping[str, Value] | None = None) -> bool:
    """Returns whether a layer takes a value, with other arguments or as it is."""
    try:
        (type(layer)(**{**dict(layer), **changed}) if changed else layer).infer(x)
    except (LayerProblem, ValueError):  # what the argument does not take is refused before the layer sees it
        return False
    return True


def other_values(layer: Layer, x: Shape, field: str) -> list[dict[str, Value]]:
    """Returns the arguments that would do in the place of one that is refused, likely ones first, then those of another."""
    found = [*_depthwise(layer, x, field), *_for_each_axis(layer, x), *_without_batch(layer, x, field)]
    for name in (field, PARTNERS.get(field)):
        if name is not None and hasattr(layer, name):
            changes = ({name: value} for value in _near(getattr(layer, name), x, name))
            found += islice((change for change in changes if accepts(layer, x, change)), MOST)
    return found


def channels_that_fit(layer: Layer, x: Shape) -> Iterator[int]:
    """Yields the nearest numbers of channels that a layer would take, which refuses those of `x`."""
    near = (x.channels + by * sign for by in range(1, MOST_TRIED) for sign in (1, -1) if x.channels + by * sign > 0)
    fitting = (number for number in near if accepts(layer, Shape((number, *x.spatial), x.channels_first)))
    return islice(fitting, MOST)


def _depthwise(layer: Layer, x: Shape, field: str) -> Iterator[dict[str, Value]]:
    """Yields what makes a convolution depthwise where each output has a group of its own, but not each input."""
    out, groups = getattr(layer, "out_channels", None), getattr(layer, "groups", None)
    if field == "groups" and out is not None and out == groups:
        multiple = max(1, -(-out // x.channels)) * x.channels
        yield {"out_channels": multiple, "groups": x.channels}


def _for_each_axis(layer: Layer, x: Shape) -> Iterator[dict[str, Value]]:
    """Yields all arguments that have another number of axes with one number for all axes, or as many as there are."""
    rank = x.rank - 1
    given = {name: value for name, value in layer if isinstance(value, tuple) and name in WINDOWS and len(value) != rank}
    one = {name: value[0] for name, value in given.items() if len(set(value)) == 1 or rank == 1}
    if given and len(one) == len(given) and accepts(layer, x, one):
        yield one


def _without_batch(layer: Layer, x: Shape, field: str) -> Iterator[dict[str, Value]]:
    """Yields the axes of a permutation which counted the batch, as PyTorch's does."""
    axes = getattr(layer, field, None)
    if isinstance(axes, tuple) and len(axes) == x.rank + 1 and set(axes) == set(range(x.rank + 1)) and axes[0] == 0:
        yield {field: tuple(axis - 1 for axis in axes[1:])}


def _near(value: object, x: Shape, field: str) -> Iterator[Value]:
    """Yields numbers in the place of others, the nearest first."""
    lowest = LOWEST.get(field, 0 if field in AXES else 1)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        for by in range(1, MOST_TRIED):
            if value - by >= lowest:
                yield value - by
            yield value + by
    elif isinstance(value, tuple) and all(isinstance(number, int) for number in value):
        yield from _tuples(value, x.rank - 1, lowest)


def _tuples(value: tuple[int, ...], rank: int, lowest: int) -> Iterator[Value]:
    if len(set(value)) == 1:
        yield value[0]
    if len(value) > rank:
        yield from (value[:rank], value[-rank:])
    for most in reversed(range(lowest, max(value, default=0))):
        yield tuple(min(number, most) for number in value)
    for least in range(min(value, default=0) + 1, max(value, default=0) + 1):
        yield tuple(max(number, least) for number in value)
