"""Which values of a class are parameters of its `__init__`: those that differ between the places where it is used.

Values that are the same in every place are one parameter, as far as they mean the same (a convolution's `out_channels` and the
`num_features` of the norm behind it). A parameter is called as the block in the file calls it, or as torch calls the argument.
"""

from __future__ import annotations

import builtins
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from keyword import iskeyword
from typing import Any

from cnnspec.backends.source_arguments import UNSTATED, Unstated
from cnnspec.backends.source_calls import Argument
from cnnspec.backends.source_names import FreeNames
from cnnspec.network.network import BlockCall
from cnnspec.values.call import Value, python_source

CHANNELS = frozenset({"in_channels", "in_features", "channels", "out_channels", "out_features"})
TAKEN = frozenset({"self", "torch", "nn", "F", "OrderedDict", *dir(builtins)})


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter: its name, the argument that it is first used for, and its value in every place."""

    name: str
    values: tuple[Value, ...]
    default: Value | Unstated = UNSTATED
    is_size: bool = False

    @property
    def is_optional(self) -> bool:
        return self.default is not UNSTATED

    @property
    def annotation(self) -> str:
        """Returns the type of its values: `int`, `int | tuple[int, ...]`."""
        found = {_type(value) for value in (*self.values, self.default) if not isinstance(value, Unstated)}
        if "float" in found:
            found.discard("int")
        return " | ".join(sorted(found, key=lambda name: (name == "None", name)))


def parameters(
    arguments: Sequence[Argument], blocks: Sequence[BlockCall | None], classes: Container[str]
) -> tuple[list[Parameter], dict[Argument, str]]:
    """Returns the parameters, sizes first, defaults last, and how each argument that varies is written in the class.

    `blocks` are what the file calls in the places, `classes` the names that the parameters must leave alone.
    """
    groups = _groups([argument for argument in arguments if argument.varies])
    written = _arguments_of_blocks(blocks)
    names = _names(groups, written, classes)
    found: list[Parameter] = []
    spelled: dict[Argument, str] = {}
    for name, group in zip(names, groups, strict=True):
        parameter = _parameter(name, group)
        expression = None if name in written else _multiple(parameter, found)
        if expression is None:
            found.append(parameter)
        spelled.update(dict.fromkeys(group, expression or name))
    return sorted(found, key=lambda parameter: (parameter.is_optional, not parameter.is_size)), spelled


def _groups(arguments: Sequence[Argument]) -> list[list[Argument]]:
    """Returns arguments that are one value, together."""
    groups: dict[tuple[str, tuple[str, ...]], list[Argument]] = {}
    for argument in arguments:
        meaning = "size" if argument.is_size else argument.name
        groups.setdefault((meaning, _texts(argument.values)), []).append(argument)
    return list(groups.values())


def _texts(values: Sequence[Any]) -> tuple[str, ...]:
    return tuple(map(python_source, values))


def _parameter(name: str, group: Sequence[Argument]) -> Parameter:
    """Returns the parameter for a group; it has a default where torch has one for all of it and some place uses it."""
    values = group[0].values
    defaults = {argument.default for argument in group}
    default = defaults.pop() if len(defaults) == 1 else UNSTATED
    is_used = not isinstance(default, Unstated) and python_source(default) in _texts(values)
    return Parameter(name, values, default if is_used else UNSTATED, any(argument.is_size for argument in group))


def _arguments_of_blocks(blocks: Sequence[BlockCall | None]) -> dict[str, tuple[str, ...]]:
    """Returns the values that the parameters of the block have in every place, as source."""
    calls = [dict(block.arguments) for block in blocks if block is not None]
    if not calls or len(calls) < len(blocks):
        return {}
    columns = {name: [call.get(name, UNSTATED) for call in calls] for name in calls[0]}
    return {
        name: _texts(values)
        for name, values in columns.items()
        if all(isinstance(value, (bool, int, float, str, tuple, type(None))) for value in values)
    }


def _names(groups: Sequence[Sequence[Argument]], written: Mapping[str, tuple[str, ...]], classes: Container[str]) -> list[str]:
    """Returns a name for each group: the block's own, torch's, or torch's with the module in front where several have it."""
    names = _written_names(groups, written)
    plain = [name or _torch_name(group) for name, group in zip(names, groups, strict=True)]
    counts = Counter(plain)
    free = FreeNames(TAKEN)
    found = []
    for given, name, group in zip(names, plain, groups, strict=True):
        if given is None and counts[name] > 1:
            name = _qualified(group, name)
        word = _identifier(name)
        found.append(free.take(f"{word}_" if word in classes else word))
    return found


def _written_names(groups: Sequence[Sequence[Argument]], written: Mapping[str, tuple[str, ...]]) -> list[str | None]:
    """Returns the parameter of the block that each group is, if any: one of torch's name first, then any of equal values."""
    names: list[str | None] = [None] * len(groups)
    for is_same in (True, False):
        for place, group in enumerate(groups):
            values = _texts(group[0].values)
            equal = [name for name, column in written.items() if column == values and name not in names]
            same = [name for name in equal if any(argument.name.startswith(name) for argument in group)]
            names[place] = names[place] or next(iter(same if is_same else equal), None)
    return names


def _torch_name(group: Sequence[Argument]) -> str:
    names = [argument.name for argument in group]
    return next((name for name in names if name in CHANNELS), names[0])


def _qualified(group: Sequence[Argument], name: str) -> str:
    owner = next(argument.owner for argument in group if argument.name == name)
    words = [word for word in owner if not word.isdigit()] or ["layer", *owner]
    return "_".join([*words, name])


def _identifier(name: str) -> str:
    word = "".join(character if character.isalnum() or character == "_" else "_" for character in name)
    if not word.isidentifier():
        word = f"n{word}"
    return f"{word}_" if iskeyword(word) else word


def _multiple(parameter: Parameter, found: Sequence[Parameter]) -> str | None:
    """Returns `4 * channels` or `channels // 2` where that is the value of a size in every place, and in three at least."""
    sizes = parameter.values
    if not _are_counts(parameter) or len(set(sizes)) < 3:
        return None
    for other in filter(_are_counts, found):
        pairs: list[tuple[Any, Any]] = list(zip(sizes, other.values, strict=True))
        factor, divisor = pairs[0][0] // pairs[0][1], pairs[0][1] // pairs[0][0]
        if factor > 1 and all(size == factor * base for size, base in pairs):
            return f"{factor} * {other.name}"
        if divisor > 1 and all(size * divisor == base for size, base in pairs):
            return f"{other.name} // {divisor}"
    return None


def _are_counts(parameter: Parameter) -> bool:
    return parameter.is_size and all(type(size) is int and size > 0 for size in parameter.values)


def _type(value: object) -> str:
    if isinstance(value, tuple):
        return "tuple[int, ...]" if all(type(item) is int for item in value) else "tuple[float, ...]"
    return "None" if value is None else type(value).__name__
