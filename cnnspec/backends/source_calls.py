"""What makes a module, in all places where its class is used: constructor calls side by side, and sequences of them.

A class of the generated source serves several modules of the network. Each value of a constructor call is an `Argument` with
one value for every place; where they differ, the class has a parameter for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from cnnspec.backends.source_arguments import UNSTATED, Formals, Unstated, formals_of
from cnnspec.network.network import Path
from cnnspec.values.call import Call, Value, python_source


@dataclass(frozen=True, slots=True, eq=False)
class Argument:
    """One value of a constructor call: the path of the module in its class, torch's name, and the value in every place."""

    owner: Path
    name: str
    values: tuple[Value, ...]
    default: Value | Unstated
    is_size: bool

    @property
    def varies(self) -> bool:
        return len(self.values) > 1 and len({python_source(value) for value in self.values}) > 1


@dataclass(frozen=True, slots=True)
class Construction:
    """A constructor call in all places."""

    function: str
    positional: tuple[Argument | Construction, ...]
    named: tuple[tuple[str, Argument | Construction], ...]


@dataclass(frozen=True, slots=True)
class Chain:
    """`nn.Sequential(...)`: each module by its name, with the shape that it returns as far as it is the same everywhere."""

    children: tuple[tuple[str, Part, str], ...]


Part: TypeAlias = Construction | Chain


def construction(calls: Sequence[Call], owner: Path, formals: Formals) -> Construction:
    """Returns calls of one constructor as one; an argument that is not everywhere has a default."""
    first = calls[0]
    positional = [
        _argument([call.positional[position] for call in calls], owner, formals, name)
        for position, name in enumerate(formals.positional[: len(first.positional)])
    ]
    given = [dict(call.named) for call in calls]
    named = []
    for name in _in_order([list(call) for call in given]):
        values = [call.get(name, formals.defaults.get(name)) for call in given]
        argument = _argument(values, owner, formals, name)
        if isinstance(argument, Construction) or argument.varies or all(name in call for call in given):
            named.append((name, argument))
    return Construction(first.function, tuple(positional), tuple(named))


def _argument(values: Sequence[Value | Unstated], owner: Path, formals: Formals, name: str) -> Argument | Construction:
    calls = [value for value in values if isinstance(value, Call)]
    if calls:
        return construction(calls, owner, formals_of(calls[0]))
    plain = tuple(value for value in values if not isinstance(value, Unstated))
    return Argument(owner, name, plain, formals.defaults.get(name, UNSTATED), name in formals.sizes)


def _in_order(orders: Sequence[list[str]]) -> list[str]:
    """Returns all names, each behind those that stand before it in one of the orders."""
    names = list(orders[0])
    for order in {tuple(order): None for order in orders}:
        place = 0
        for name in order:
            if name not in names:
                names.insert(place, name)
            place = names.index(name) + 1
    return names


def arguments(part: Part) -> Iterator[Argument]:
    """Yields the arguments of everything in a part, in the order in which they are written."""
    if isinstance(part, Chain):
        for _, child, _ in part.children:
            yield from arguments(child)
        return
    for value in (*part.positional, *(value for _, value in part.named)):
        if isinstance(value, Construction):
            yield from arguments(value)
        else:
            yield value


def functions(parts: Iterable[Part]) -> Iterator[str]:
    """Yields the name of every constructor that these parts call."""
    for part in parts:
        if isinstance(part, Chain):
            yield from functions(child for _, child, _ in part.children)
        else:
            yield part.function
            inside = (*part.positional, *(value for _, value in part.named))
            yield from functions(value for value in inside if isinstance(value, Construction))
