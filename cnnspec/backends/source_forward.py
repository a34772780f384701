"""The `forward` of a generated class: one statement for each step, with values that are named as people would name them.

A value that is used later, or merged, has its label as its name; the others are `x`, and `out` while `x` is still needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from cnnspec.backends.source_classes import Classes, SourceClass, multiplies
from cnnspec.backends.source_labels import given_labels
from cnnspec.backends.source_layout import INDENT, WIDTH, Brackets, Item, lay_out
from cnnspec.backends.source_names import FORBIDDEN, USUAL, FreeNames, is_usual, variable
from cnnspec.network.network import MergeNode
from cnnspec.network.structure import Module, Step

METHOD = INDENT * 2
LONGEST_TARGETS = 60
SYMBOLS = {"add": " + ", "multiply": " * "}


def forward(made: SourceClass, classes: Classes, inputs: Sequence[str]) -> list[str]:
    """Returns the lines of the method; `inputs` are the names of the values that come in."""
    return [*_signature(made.module, inputs), *_Writer(made, classes, inputs).lines()]


def _signature(module: Module, inputs: Sequence[str]) -> list[str]:
    tensors = ", ".join(["torch.Tensor"] * len(module.gives))
    result = tensors if len(module.gives) == 1 else f"tuple[{tensors}]" if len(tensors) < 60 else "tuple[torch.Tensor, ...]"
    items = (Item("self"), *(Item(f"{name}: torch.Tensor") for name in inputs))
    return lay_out(Item(Brackets("def forward(", items, f") -> {result}:")), INDENT)


class _Writer:
    """Writes the steps of one module and remembers which value has which name."""

    def __init__(self, made: SourceClass, classes: Classes, inputs: Sequence[str]) -> None:
        self.made = made
        self.module = made.module
        self.classes = classes
        self.steps = _needed(self.module)
        self.uses = Counter(number for step in self.steps for number in step.inputs)
        self.uses.update(self.module.gives)
        self.last = {number: position for position, step in enumerate(self.steps) for number in step.inputs}
        self.last.update(dict.fromkeys(self.module.gives, len(self.steps)))
        self.merged = _merged(self.steps)
        self.returned_with_others = set(self.module.gives) if len(self.module.gives) > 1 else set()
        self.names = dict(enumerate(inputs))
        self.free = FreeNames(FORBIDDEN.union(name for number, name in self.names.items() if number in self.last))

    def lines(self) -> Iterator[str]:
        module = self.module
        shows_shapes = self.made.is_fixed
        for position, step in enumerate(self.steps):
            is_result = position == len(self.steps) - 1 and step.outputs == module.gives and len(module.gives) == 1
            comment = ", ".join(map(str, step.shapes)) if shows_shapes else ""
            arguments = [self.names[number] for number in step.inputs]
            if is_result:
                yield from self.statement(step, "return ", arguments, comment)
                return
            names = self.results(position, step)
            targets = f"{', '.join(names)} = " if any(name != "_" for name in names) else ""
            if len(METHOD + targets) <= LONGEST_TARGETS:
                yield from self.statement(step, targets, arguments, comment)
                continue
            results = self.free.take("results")
            yield from self.statement(step, f"{results} = ", arguments, "")
            yield from (f"{METHOD}{name} = {results}[{place}]" for place, name in enumerate(names) if name != "_")
            self.free.give_back(results)
        yield from _returned([self.names[number] for number in module.gives])

    def results(self, position: int, step: Step) -> list[str]:
        """Returns the names of what a step gives; those of values that nobody needs any more are free again."""
        ending = [self.names[number] for number in dict.fromkeys(step.inputs) if self.last[number] == position]
        for name in ending:
            self.free.give_back(name)
        names = []
        for number, label in zip(step.outputs, given_labels(self.module, step), strict=True):
            if number not in self.last:
                names.append("_")
                continue
            going_on = [] if self.is_branch(number, label, step) else [name for name in ending if is_usual(name)]
            self.names[number] = self.free.take(self.wanted(number, variable(label), going_on))
            names.append(self.names[number])
        return names

    def is_branch(self, number: int, label: str | None, step: Step) -> bool:
        """Returns whether a module makes a whole branch of a merge from a value that other branches use too."""
        is_shared = any(self.uses[value] > 1 for value in step.inputs)
        return number in self.merged and label is not None and is_shared and not isinstance(step.target, MergeNode)

    def wanted(self, number: int, label: str | None, going_on: Sequence[str]) -> str:
        """Returns what a value should be called: as it is labelled, or on with the name of what it was made from."""
        is_lasting = self.uses[number] > 1 or number in self.returned_with_others
        if label is not None and is_lasting:
            return label
        if going_on:
            return USUAL[0] if USUAL[0] in going_on else going_on[0]
        if label is not None and number in self.merged:
            return label
        return USUAL[0] if USUAL[0] not in self.free.taken else USUAL[1]

    def statement(self, step: Step, before: str, arguments: Sequence[str], comment: str) -> Iterator[str]:
        if isinstance(step.target, MergeNode):
            yield from _merge_statement(step.target.keyword, before, arguments, comment)
            return
        module = self.classes.accessor(self.made, step.target)
        if "(" in module and len(f"{METHOD}{before}{module}(") > WIDTH:
            opening, name = module.removesuffix(")").split("(")
            module = FreeNames({*arguments, *self.free.taken}).take("module")
            yield from lay_out(Item(Brackets(f"{opening}(", (Item(name),), ")"), f"{module} = "), METHOD)
        if multiplies(self.module, step.target):
            yield from _merge_statement("multiply", before, [*arguments, module], comment)
            return
        yield from _statement(Item(Brackets(f"{module}(", tuple(map(Item, arguments)), ")"), before), comment)


def _needed(module: Module) -> list[Step]:
    """Returns the steps without merges that nobody uses. Modules are called all the same: their statistics may count."""
    needed = set(module.gives)
    steps = []
    for step in reversed(module.steps):
        is_merge = isinstance(step.target, MergeNode) or multiplies(module, step.target)
        if not is_merge or needed.intersection(step.outputs):
            steps.append(step)
            needed.update(step.inputs)
    return steps[::-1]


def _merged(steps: Sequence[Step]) -> set[int]:
    """Returns the values that are used by a merge before anything else."""
    first: dict[int, Step] = {}
    for step in steps:
        for number in step.inputs:
            first.setdefault(number, step)
    return {number for number, step in first.items() if isinstance(step.target, MergeNode)}


def _merge_statement(keyword: str, before: str, values: Sequence[str], comment: str) -> Iterator[str]:
    """Yields `torch.cat(...)`, a sum or a product: in brackets where it is longer than a line."""
    if len(values) == 1 and before == f"{values[0]} = ":
        return
    if keyword == "concat":
        tensors = Item(Brackets("(", tuple(map(Item, values)), ")" if len(values) > 1 else ",)"))
        yield from _statement(Item(Brackets("torch.cat(", (tensors, Item("dim=1")), ")"), before), comment)
        return
    symbol = SYMBOLS[keyword]
    flat = symbol.join(values)
    if len(f"{METHOD}{before}{flat}") <= WIDTH:
        yield from _statement(Item(flat, before), comment)
        return
    yield f"{METHOD}{before}("
    if len(f"{METHOD}{INDENT}{flat}") <= WIDTH:
        yield f"{METHOD}{INDENT}{flat}"
    else:
        yield from (f"{METHOD}{INDENT}{symbol.lstrip() if place else ''}{value}" for place, value in enumerate(values))
    yield f"{METHOD})"


def _statement(item: Item, comment: str) -> list[str]:
    """Returns a statement with its comment, without it where it would take the place of more lines."""
    flat = item.flat
    fits = flat is not None and len(f"{METHOD}{flat}  # {comment}") <= WIDTH
    return lay_out(Item(item.value, item.before, comment if fits else ""), METHOD)


def _returned(results: Sequence[str]) -> list[str]:
    flat = f"return {', '.join(results)}"
    if len(METHOD + flat) <= WIDTH:
        return [METHOD + flat]
    return lay_out(Item(Brackets("(", tuple(map(Item, results)), ")", spread=True), "return "), METHOD)
