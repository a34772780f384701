"""What the walk does differently where sizes are symbols: weights have to be fixed; what is refused has no remedy to search.

Only files with symbolic sizes import this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.problem import Problem
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import NotFlattened
from cnnspec.network.problems import ShapeDiffers
from cnnspec.network.sizes import is_literal
from cnnspec.network.symbolic.problems import SizeUndecided, WeightsNotFixed
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.call import Call, Value
from cnnspec.values.conditions import Condition, Equal, equal
from cnnspec.values.dims import Undecided, differ
from cnnspec.values.integer_sets import EVERY
from cnnspec.values.shapes import Shape
from cnnspec.values.sizes import Size

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration
    from cnnspec.values.assumptions import Assumptions


STATED = ("in_features", "in_channels", "num_features", "num_channels", "normalized_shape")

_SYMBOL = re.compile(r"[A-Z][A-Z0-9_]*")
USUAL = 32  # the size that examples have, where it is valid


def undecided(reason: Undecided, text: str) -> SizeUndecided:
    """Returns that an expression has no value while sizes are symbols."""
    return SizeUndecided(f"whether {text} holds", reason.symbols)


def symbols_in(value: Any) -> frozenset[str]:
    """Returns the symbols in a value of an expression, tuples included."""
    if isinstance(value, tuple):
        return frozenset().union(*map(symbols_in, value))
    return value.symbols if isinstance(value, Size) else frozenset()


def verify_weights(layer: Layer, x: Shape, walk: Elaboration) -> None:
    """Raises WeightsNotFixed where the weights of a layer, or what its module is told, depend on a symbolic size."""
    shapes = (*layer.weights(x).values(), *layer.buffers(x).values(), _arguments(layer.torch(x)))
    sizes = [size for shape in shapes for size in shape if isinstance(size, Size)]
    if not sizes:
        return
    along_last = layer.keyword == "linear" or not isinstance(x.channels, Size)
    what, arriving = ("features", x.sizes[-1]) if along_last else ("channels", x.channels)
    if not isinstance(arriving, Size):
        arriving = sizes[0]
    stated = next((name for name in STATED if name in type(layer).model_fields), None)
    example = _example(arriving, walk.notes.assumptions)
    facts = (f"{example[0]:,} features arrive where {example[1]}",) if example and along_last else ()
    advice = _advice(layer, stated, example)
    raise WeightsNotFixed(layer.keyword, what, str(arriving), arriving.symbols, stated, advice, facts)


def _arguments(value: Value) -> tuple[Value, ...]:
    """Returns what a module is told, however deep in tuples and in modules inside of it."""
    if isinstance(value, Call):
        return _arguments((*value.positional, *(argument for _, argument in value.named)))
    return tuple(part for item in value for part in _arguments(item)) if isinstance(value, tuple) else (value,)


def _advice(layer: Layer, stated: str | None, example: tuple[int, str] | None) -> str:
    if layer.keyword == "linear":
        pooled = "insert `adaptive_avgpool 7` (or `global_avgpool`) before the `flatten`, and any input will do"
        fixed = (
            f"; or state a number, as in `in_features={example[0]}`, and only the inputs that give it are valid"
            if example
            else ""
        )
        return pooled + fixed
    if stated is not None:
        return (
            f"state the number, as in `{stated}={example[0] if example else USUAL}`, and only the inputs that have it are valid"
        )
    return "give the shape of the input with `--input`, or write numbers in the `input` line"


def _example(arriving: Size, assumptions: Assumptions) -> tuple[int, str] | None:
    """Returns a value of a size, and for which sizes of the input it arises: for usual ones that are valid."""
    box = next(iter(assumptions.boxes()), None)
    if box is None:
        return None
    near = {name: box.get(name, EVERY).nearest(USUAL) for name in arriving.symbols}
    chosen = {name: above or below or USUAL for name, (below, above) in near.items()}
    sizes = " and ".join(f"{name} = {value}" for name, value in sorted(chosen.items()))
    return arriving.at(chosen), sizes


def refusal(problem: Problem, span: Span, x: Iterable[Shape], walk_notes: Iterable[str] = ()) -> Diagnostic:
    """Returns the diagnostic of what is refused for all sizes.

    Where the message tells of a symbol, the problem's own advice is made for numbers, and left out.
    """
    try:
        message, label = problem.message, problem.label
    except Undecided:
        message, label = f"{' and '.join(map(str, x))} cannot arrive here", ""
    symbols = sorted(frozenset().union(*(symbols_in(shape.sizes) for shape in x)).intersection(_SYMBOL.findall(message)))
    advice = _own_advice(problem) if not symbols or isinstance(problem, WeightsNotFixed | SizeUndecided) else None
    if isinstance(problem, NotFlattened):
        advice = "insert the lines `global_avgpool` and `flatten` before it: then any input will do"
    always = (f"no {' and '.join(symbols)} would do, together with what the lines before ask for",) if symbols else ()
    notes = (*walk_notes, *(problem.notes or (() if advice else always)))
    return Diagnostic(problem.code, problem.severity, message, span, label, notes=tuple(notes), help=advice)


def _own_advice(problem: Problem) -> str | None:
    try:
        return problem.help
    except Undecided:
        return None


def verify_shape(walk: Elaboration, expect: tree.Expectation, expected: Shape, actual: Shape) -> None:
    """Compares `-> shape` with what comes out where one of them has symbols; what it says of them is noted."""
    literal = is_literal(expect)
    conditions = [] if expected.rank != actual.rank else list(stated_conditions(expected, actual))
    if unmet(expected, actual, is_literal=literal):
        walk.findings.put(refusal(ShapeDiffers(str(expected), str(actual), False), expect.span, (actual,)), walk.frames)
        walk.gaps += 1
    elif literal and conditions:
        walk.skipped[expect.span] = None
    else:
        walk.conditions += conditions


def unmet(expected: Shape, actual: Shape, *, is_literal: bool) -> bool:
    """Returns whether `-> shape` cannot be what comes out.

    Numbers describe one input among many: with them, it is enough that some input gives them.
    """
    if expected.rank != actual.rank:
        return True
    pairs = list(zip(expected.sizes, actual.sizes, strict=True))
    if not is_literal:
        return any(differ(stated, size) for stated, size in pairs)
    return any(equal(stated, size) is False for stated, size in pairs)


def stated_conditions(expected: Shape, actual: Shape) -> Iterator[Condition]:
    """Yields what `-> shape` says of the symbols."""
    for stated, size in zip(expected.sizes, actual.sizes, strict=True):
        condition = equal(stated, size)
        if isinstance(condition, Equal):
            yield condition
