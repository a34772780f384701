"""The modules of a network as source: constructor calls, and sequences nested as the names of the modules say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from keyword import iskeyword
from typing import NamedTuple

from cnnspec.backends.source_layout import Brackets, Item
from cnnspec.network.network import Node
from cnnspec.values.call import Call, Value, python_source


class Child(NamedTuple):
    """One module of a sequence: its name there, its source, and the shape that it returns."""

    name: str
    value: str | Brackets
    shape: str


def children(nodes: Sequence[Node], depth: int = 0) -> list[Child]:
    """Returns the modules of nodes that share the first `depth` elements of their paths."""
    found = []
    for name, group in groupby(nodes, key=lambda node: node.path[depth]):
        inside = list(group)
        last = inside[-1]
        is_layer = len(last.path) == depth + 1
        value = source_of(last.layer.torch(last.input)) if is_layer else sequence(children(inside, depth + 1))
        found.append(Child(name, value, str(last.output)))
    return found


def sequence(modules: Sequence[Child]) -> Brackets:
    """Returns `nn.Sequential(...)`, with an OrderedDict where the names are not the numbers that it would give."""
    if are_numbered(modules):
        return Brackets("nn.Sequential(", positional(modules), ")", spread=True)
    if all(is_plain(child.name) for child in modules):
        items = tuple(Item(child.value, f"{child.name}=", child.shape) for child in modules)
        names = Brackets("OrderedDict(", items, ")", spread=True)
    else:
        items = tuple(Item(child.value, f"{python_source(child.name)}: ", child.shape) for child in modules)
        names = Brackets("OrderedDict(", (Item(Brackets("{", items, "}", spread=True)),), ")")
    return Brackets("nn.Sequential(", (Item(names),), ")")


def positional(modules: Sequence[Child]) -> tuple[Item, ...]:
    """Returns the modules as arguments of nn.Sequential, each with the shape that it returns as a comment."""
    return tuple(Item(child.value, comment=child.shape) for child in modules)


def are_numbered(modules: Sequence[Child]) -> bool:
    """Returns whether the names are 0, 1, 2 ... without gaps."""
    return all(child.name == str(position) for position, child in enumerate(modules))


def is_plain(name: str) -> bool:
    """Returns whether a name can be written as an attribute or an argument; `__x` in a class would become another name."""
    return name.isidentifier() and not iskeyword(name) and not name.startswith("__")


def uses_ordered_dict(modules: Sequence[Child]) -> bool:
    """Returns whether the source of these modules names OrderedDict."""
    return any(isinstance(child.value, Brackets) and _names_ordered_dict(child.value) for child in modules)


def _names_ordered_dict(brackets: Brackets) -> bool:
    inside = (item.value for item in brackets.items)
    return brackets.opening == "OrderedDict(" or any(
        isinstance(value, Brackets) and _names_ordered_dict(value) for value in inside
    )


def source_of(value: Value) -> str | Brackets:
    """Returns a value of a call as source; calls and tuples can be spread over lines."""
    if isinstance(value, Call):
        named = (Item(source_of(argument), f"{name}=") for name, argument in value.named)
        return Brackets(f"{value.function}(", (*(Item(source_of(argument)) for argument in value.positional), *named), ")")
    if isinstance(value, tuple) and len(value) > 1:
        return Brackets("(", tuple(Item(source_of(item)) for item in value), ")")
    return python_source(value)


def source_of_numbers(value: Value) -> str | Brackets:
    """Returns nested tuples of numbers as nested lists."""
    if not isinstance(value, tuple):
        return python_source(value)
    return Brackets("[", tuple(Item(source_of_numbers(item)) for item in value), "]")


def functions(nodes: Sequence[Node]) -> Iterator[str]:
    """Yields the name of every class that the modules of these nodes are made of."""
    for node in nodes:
        yield from _functions(node.layer.torch(node.input))


def _functions(call: Call) -> Iterator[str]:
    yield call.function
    for value in (*call.positional, *(value for _, value in call.named)):
        if isinstance(value, Call):
            yield from _functions(value)
