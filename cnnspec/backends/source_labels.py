"""What the file calls values: labels, followed into and out of the modules that take and give them."""

from __future__ import annotations

from collections.abc import Sequence

from cnnspec.backends.source_classes import Classes, SourceClass, child_at
from cnnspec.backends.source_names import FORBIDDEN, USUAL, FreeNames, variable
from cnnspec.network.network import MergeNode, Path
from cnnspec.network.structure import Module, Step

Labels = list[str | None]


def input_names(root: Module, classes: Classes, declared: Sequence[str | None]) -> dict[SourceClass, list[str]]:
    """Returns what each class calls the values that come in: `x`, and those behind it as they are labelled where it is used."""
    arriving: dict[SourceClass, list[Labels]] = {made: [] for made in classes}
    _note_labels(root, list(declared), classes, arriving, set())
    names = {made: _common_names(made.module, labels) for made, labels in arriving.items()}
    free = FreeNames(FORBIDDEN)
    names[classes.of[root.path]] = [free.take(variable(name) or USUAL[0]) for name in declared]
    return names


def _note_labels(
    module: Module, labels: Labels, classes: Classes, arriving: dict[SourceClass, list[Labels]], seen: set[Path]
) -> None:
    """Notes for every class with what labels its values come in, in each of its places."""
    if module.path in classes.of:
        arriving[classes.of[module.path]].append(labels)
    known = dict(enumerate(labels))
    for step in module.steps:
        child = None if isinstance(step.target, MergeNode) else child_at(module, step.target)
        if isinstance(child, Module) and child.path not in seen:
            seen.add(child.path)
            _note_labels(child, [known[number] for number in step.inputs], classes, arriving, seen)
        known.update(zip(step.outputs, given_labels(module, step), strict=True))


def _common_names(module: Module, places: Sequence[Labels]) -> list[str]:
    free = FreeNames(FORBIDDEN)
    names = [free.take(USUAL[0])] if module.takes else []
    for position in range(1, module.takes):
        found = {labels[position] or "" for labels in places}
        alike = found if len(found) == 1 else {label.rstrip("0123456789_") for label in found}  # enc3 and enc4 are enc
        shared = alike.pop() if len(alike) == 1 else ""
        names.append(free.take(variable(shared) or USUAL[0]))
    return names


def given_labels(module: Module, step: Step) -> list[str | None]:
    """Returns the labels of what a step gives: of the merge, of the module, or of what makes several values within it."""
    if isinstance(step.target, MergeNode):
        return [step.target.label]
    name = step.target.rpartition(".")[2]
    label = None if name.isdigit() else name
    child = child_at(module, step.target)
    if not isinstance(child, Module) or len(step.outputs) == 1:
        return [label]
    makers = {number: (inner, place) for inner in child.steps for place, number in enumerate(inner.outputs)}
    found = []
    for number in child.gives:
        inner, place = makers[number]
        found.append(given_labels(child, inner)[place] or label)
    return found
