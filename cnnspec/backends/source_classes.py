"""The classes of generated source: modules of the network that differ in numbers only are one class with parameters."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from cnnspec.backends.source_arguments import Formals, formals_of
from cnnspec.backends.source_calls import Argument, Chain, Part, arguments, construction
from cnnspec.backends.source_names import FreeNames, attribute_names, is_list
from cnnspec.backends.source_parameters import Parameter, parameters
from cnnspec.backends.source_setup import setup
from cnnspec.backends.source_skeletons import Skeleton, base_name, defaults, is_parameter, layer_call, skeleton
from cnnspec.backends.source_values import is_plain
from cnnspec.network.network import MergeNode, Node, Path
from cnnspec.network.structure import Module, Step
from cnnspec.values.call import Call, python_source


@dataclass(eq=False)
class SourceClass:
    """One class: its name, the modules that it stands for, what they are made of, and the parameters of its `__init__`.

    `setup` are the lines behind the making of its children, `attributes` the names that they have here, `spelled` how
    arguments that vary are written. `is_list` says that the children are numbered from 0 and held as a list.
    """

    name: str
    setup: tuple[str, ...]
    attributes: dict[str, str]
    is_list: bool
    modules: list[Module] = field(default_factory=list)
    children: dict[str, Part] = field(default_factory=dict)
    parameters: list[Parameter] = field(default_factory=list)
    spelled: dict[Argument, str] = field(default_factory=dict)

    @property
    def module(self) -> Module:
        """Returns the first of its modules."""
        return self.modules[0]

    @property
    def is_fixed(self) -> bool:
        """Returns whether all its modules have the same numbers and shapes."""
        return not self.parameters and all(taken_shapes(module) == taken_shapes(self.module) for module in self.modules[1:])


class Classes:
    """The classes of a network, those that others are made of first; the network's own is the last."""

    def __init__(self, root: Module, name: str, taken: set[str]) -> None:
        self.name = name
        self.free = FreeNames({*taken, name, *dir(builtins)})
        self.of: dict[Path, SourceClass] = {}
        self.known: dict[Skeleton, SourceClass] = {}
        self.calls: dict[Path, Call] = {}  # how each module that has a class is constructed
        self._read(root)
        for made in self:
            self._make(made)

    def __iter__(self) -> Iterator[SourceClass]:
        return iter(self.known.values())

    def accessor(self, made: SourceClass, target: str) -> str:
        """Returns how `forward` of a class names what is below it: `self.tower.conv1`, or its path where that is no name."""
        names: list[str] = []
        around: SourceClass | None = made
        module: Module | Node = made.module
        is_named = True
        for name in target.split("."):
            assert isinstance(module, Module)
            names.append(around.attributes[name] if around is not None else name)
            is_named = is_named and around is not None and is_plain(names[-1])
            module = module.children[name]
            around = self.of.get(module.path) if isinstance(module, Module) else None
        path = ".".join(names)
        if len(names) == 1 and made.is_list:
            return f"self[{path}]"
        kind = "parameter" if multiplies(made.module, target) else "submodule"
        return f"self.{path}" if is_named else f"self.get_{kind}({python_source(path)})"

    def _read(self, module: Module) -> None:
        """Finds the classes of a module and of what is in it, the same for modules with the same skeleton."""
        for child in module.children.values():
            if isinstance(child, Module):
                self._read(child)
        if not self._has_class(module):
            return
        lines = tuple(setup(list(self._layers(module, ()))))
        name = base_name(module)
        key = (name if module.path else "", skeleton(module, self.of), lines)
        if key not in self.known:
            free = self.free.take(name) if module.path else self.name
            self.known[key] = SourceClass(free, lines, attribute_names(module), is_list(module))
        self.known[key].modules.append(module)
        self.of[module.path] = self.known[key]

    def _has_class(self, module: Module) -> bool:
        """Returns whether a module has a class: not where it is a sequence without a name, or one of blocks only."""
        if not module.path or not module.is_chain:
            return True
        children = module.children.values()
        return module.block is not None and not all(isinstance(child, Module) and child.path in self.of for child in children)

    def _layers(self, module: Module, path: Path) -> Iterator[tuple[Path, Node]]:
        """Yields the layers whose modules a class makes itself, with their paths from it."""
        for name, child in module.children.items():
            if isinstance(child, Node):
                if not is_parameter(child, module):
                    yield (*path, name), child
            elif child.path not in self.of:
                yield from self._layers(child, (*path, name))

    def _make(self, made: SourceClass) -> None:
        """Fills in what a class is made of, and notes how each of its modules is constructed."""
        for name in made.module.children:
            made.children[name] = self._part(made.modules, name, ())
        varying = [argument for part in made.children.values() for argument in arguments(part)]
        blocks = [module.block for module in made.modules]
        made.parameters, made.spelled = parameters(varying, blocks, self.free.taken)
        for place, module in enumerate(made.modules):
            self.calls[module.path] = _constructor_call(made, place)

    def _part(self, modules: Sequence[Module], name: str, path: Path) -> Part:
        """Returns what makes the child with a name in all of these modules."""
        children = [module.children[name] for module in modules]
        path = (*path, name)
        first = children[0]
        if isinstance(first, Node):
            made = [
                layer_call(child, module) for child, module in zip(children, modules, strict=True) if isinstance(child, Node)
            ]
            return construction(made, path, formals_of(made[0], defaults(type(first.layer))))
        inner = [child for child in children if isinstance(child, Module)]
        if first.path in self.of:
            return construction([self.calls[child.path] for child in inner], path, _formals(self.of[first.path]))
        return Chain(
            tuple(
                (name, self._part(inner, name, path), shape)
                for name, shape in zip(first.children, _shapes_in_chain(inner), strict=True)
            )
        )


def _formals(made: SourceClass) -> Formals:
    names = [parameter.name for parameter in made.parameters]
    sizes = {parameter.name for parameter in made.parameters if parameter.is_size}
    return Formals(names, {parameter.name: parameter.default for parameter in made.parameters}, sizes)


def _constructor_call(made: SourceClass, place: int) -> Call:
    """Returns how a class is constructed in one of its places: sizes by position, the rest by name, defaults not at all."""
    required = [parameter for parameter in made.parameters if not parameter.is_optional]
    sizes = list(takewhile(lambda parameter: parameter.is_size, required))
    return Call(
        made.name,
        tuple(parameter.values[place] for parameter in sizes),
        tuple(
            (parameter.name, parameter.values[place])
            for parameter in made.parameters[len(sizes) :]
            if repr(parameter.values[place]) != repr(parameter.default)
        ),
    )


def _shapes_in_chain(modules: Sequence[Module]) -> list[str]:
    """Returns the shape behind each module of a sequence, nothing where the places differ."""
    columns = zip(*([str(step.shapes[0]) for step in module.steps] for module in modules), strict=True)
    return [column[0] if len(set(column)) == 1 else "" for column in columns]


def taken_shapes(module: Module) -> list[str]:
    """Returns the shapes of the values that a module takes."""
    found: dict[int, str] = {}
    for step in module.steps:
        for position, number in enumerate(step.inputs):
            if number < module.takes and number not in found:
                found[number] = _taken_shape(module, step, position)
    return [found.get(number, "") for number in range(module.takes)]


def _taken_shape(module: Module, step: Step, position: int) -> str:
    if isinstance(step.target, MergeNode):
        return str(step.target.shapes[position])
    child = child_at(module, step.target)
    return str(child.input) if isinstance(child, Node) else taken_shapes(child)[position]


def child_at(module: Module, target: str) -> Module | Node:
    """Returns the child that a step calls."""
    found: Module | Node = module
    for name in target.split("."):
        assert isinstance(found, Module)
        found = found.children[name]
    return found


def multiplies(module: Module, target: str) -> bool:
    """Returns whether a step multiplies by a parameter instead of calling a module."""
    around = child_at(module, target.rpartition(".")[0]) if "." in target else module
    assert isinstance(around, Module)
    return is_parameter(child_at(module, target), around)
