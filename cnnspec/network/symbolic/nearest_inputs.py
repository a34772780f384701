"""Where an input is refused because of its sizes: which inputs the network takes, and which of them are nearest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.layers.merge_problems import MergedSizesDiffer
from cnnspec.network.elaborate import Elaboration
from cnnspec.network.network import Network
from cnnspec.network.symbolic.valid_sizes import ValidSizes, freed, position_names, valid_sizes
from cnnspec.network.symbolic.valid_text import with_shapes
from cnnspec.network.walks import best_walk
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape
from cnnspec.values.sizes import value_at

if TYPE_CHECKING:
    from cnnspec.network.definitions import Outside
    from cnnspec.network.scope import FileScope

SHAPE_CODES = "E03"  # what layers and merges refuse


def is_about_sizes(diagnostic: Diagnostic, *, is_given: bool) -> bool:
    """Returns whether another input may be the remedy: always for one that was given from outside, else where sizes meet."""
    if not diagnostic.is_error:
        return False
    return diagnostic.code.startswith(SHAPE_CODES) if is_given else diagnostic.code == MergedSizesDiffer.code


def with_nearest(
    mistakes: list[Diagnostic],
    walk: Elaboration,
    scope: FileScope,
    outside: Outside,
    assemble: Callable[[Elaboration], Network | None],
) -> list[Diagnostic]:
    """Returns the mistakes of a walk, the first one about sizes with the inputs that the network takes.

    They are found by walking through the network once more, with symbols for the sizes of its inputs.
    """
    is_given = outside.input is not None or bool(outside.inputs)
    place = next((n for n, mistake in enumerate(mistakes) if is_about_sizes(mistake, is_given=is_given)), None)
    shapes = [given.shape for given in walk.inputs]
    if place is None or len(shapes) < walk.declared or None in shapes:
        return mistakes
    if any(mistake.is_error and not mistake.code.startswith(SHAPE_CODES) for mistake in mistakes):
        return mistakes  # that would be wrong for all inputs
    note = _note(walk.definition, [(given.name, given.shape) for given in walk.inputs if given.shape], scope, outside, assemble)
    if note is None:
        return mistakes
    told = replace(mistakes[place], notes=(*mistakes[place].notes, note))
    return [*mistakes[:place], told, *mistakes[place + 1 :]]


def _note(
    definition: tree.NetworkDefinition,
    inputs: list[tuple[str | None, Shape]],
    scope: FileScope,
    outside: Outside,
    assemble: Callable[[Elaboration], Network | None],
) -> str | None:
    names = position_names(inputs)
    if not names or any(shape.is_symbolic for _, shape in inputs):
        return None
    shapes = list(freed(inputs))
    several = len(inputs) > 1
    given = {name: shape for (name, _), shape in zip(inputs, shapes, strict=True) if name is not None} if several else {}
    walk = best_walk(definition, scope, replace(outside, input=None if several else shapes[0], inputs=given))
    network = None if walk.findings.has_errors else assemble(walk)
    if network is None:
        return None
    valid = valid_sizes(network)
    sizes = {name: inputs[number][1].sizes[axis] for name, number, axis in names}
    if not valid.ways or not valid.is_exact or sizes in valid:
        return None
    return f"`{definition.name.text}` takes {with_shapes(valid, most=1)}; {_nearest(valid, shapes, sizes)}"


def _nearest(valid: ValidSizes, shapes: list[Shape], sizes: dict[str, int]) -> str:
    near = [
        " and ".join("x".join(str(value_at(size, found)) for size in shape.sizes) for shape in shapes)
        for found in valid.nearest(sizes)
    ]
    if len(near) == 1:
        return f"the nearest is {near[0]}"
    return f"the nearest are {', '.join(near[:-1])} and {near[-1]}"
