"""Parts of modules as source: constructor calls, sequences, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from keyword import iskeyword

from cnnspec.backends.source_calls import Argument, Chain, Construction, Part
from cnnspec.backends.source_layout import Brackets, Item
from cnnspec.values.call import Value, python_source


def source_of_part(part: Part, names: Mapping[Argument, str]) -> Brackets:
    """Returns a constructor call or a sequence; `names` says how the arguments that vary are written."""
    if isinstance(part, Chain):
        return sequence(part, names)
    positional = [Item(_source_of_argument(value, names)) for value in part.positional]
    named = [Item(_source_of_argument(value, names), f"{name}=") for name, value in part.named]
    return Brackets(f"{part.function}(", (*positional, *named), ")")


def _source_of_argument(value: Argument | Construction, names: Mapping[Argument, str]) -> str | Brackets:
    if isinstance(value, Construction):
        return source_of_part(value, names)
    return names[value] if value in names else source_of(value.values[0])


def sequence(chain: Chain, names: Mapping[Argument, str]) -> Brackets:
    """Returns `nn.Sequential(...)`, with an OrderedDict where the names are not the numbers that it would give.

    Each module has a line of its own, with its shape; a single one has the shape of the sequence and can stand on its line.
    """
    children = [(name, source_of_part(part, names), shape) for name, part, shape in chain.children]
    if len(children) == 1:
        children = [(name, value, "") for name, value, _ in children]
    spread = len(children) > 1
    if are_numbered(name for name, _, _ in children):
        items = tuple(Item(value, comment=shape) for _, value, shape in children)
        return Brackets("nn.Sequential(", items, ")", spread)
    if all(is_plain(name) for name, _, _ in children):
        items = tuple(Item(value, f"{name}=", shape) for name, value, shape in children)
        ordered = Brackets("OrderedDict(", items, ")", spread)
    else:
        items = tuple(Item(value, f"{python_source(name)}: ", shape) for name, value, shape in children)
        ordered = Brackets("OrderedDict(", (Item(Brackets("{", items, "}", spread)),), ")")
    return Brackets("nn.Sequential(", (Item(ordered),), ")")


def are_numbered(names: Iterable[str]) -> bool:
    """Returns whether the names are 0, 1, 2 ... without gaps."""
    return all(name == str(position) for position, name in enumerate(names))


def is_plain(name: str) -> bool:
    """Returns whether a name can be written as an attribute or an argument; `__x` in a class would become another name."""
    return name.isidentifier() and not iskeyword(name) and not name.startswith("__")


def source_of(value: Value) -> str | Brackets:
    """Returns a value as source; tuples can be spread over lines."""
    if isinstance(value, tuple) and len(value) > 1:
        return Brackets("(", tuple(Item(source_of(item)) for item in value), ")")
    return python_source(value)


def source_of_numbers(value: Value) -> str | Brackets:
    """Returns nested tuples of numbers as nested lists."""
    if not isinstance(value, tuple):
        return python_source(value)
    return Brackets("[", tuple(Item(source_of_numbers(item)) for item in value), "]")


def uses_ordered_dict(parts: Iterable[Part]) -> bool:
    """Returns whether the source of these parts names OrderedDict."""
    chains = [part.children for part in parts if isinstance(part, Chain)]
    return any(
        not are_numbered(name for name, _, _ in children) or uses_ordered_dict(part for _, part, _ in children)
        for children in chains
    )
