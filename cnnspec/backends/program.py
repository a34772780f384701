"""A forward pass as a short program over registers, as `modules/graph.py` runs it. Imports no torch."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import NamedTuple

from cnnspec.network.network import MergeNode
from cnnspec.network.structure import Module

LONGEST_SHOWN = 24


class Operation(NamedTuple):
    """Applies `target` to what the registers `takes` hold, puts what comes out into `gives`, then empties `frees`.

    `target` is a merge (`add`, `concat`, `multiply`), or the names that lead to a module, from outside in.
    """

    target: str | tuple[str, ...]
    takes: tuple[int, ...]
    gives: tuple[int, ...]
    frees: tuple[int, ...]


class Program(NamedTuple):
    """The arguments arrive in the first `takes` of `registers`; what is returned stands in `gives` at the end."""

    name: str
    takes: int
    registers: int
    operations: tuple[Operation, ...]
    gives: tuple[int, ...]

    def __str__(self) -> str:
        """Returns the program as pseudo-code, or nothing where it is long."""
        if len(self.operations) > LONGEST_SHOWN:
            return ""
        lines = [f"{_names(step.gives)} = {_applied(step)}" for step in self.operations]
        return "\n".join([*lines, f"return {_names(self.gives)}"])


def program(module: Module) -> Program:
    """Returns the steps of a module. A register is used again after the last use of its value, so that memory is freed."""
    last_uses = {value: position for position, step in enumerate(module.steps) for value in step.inputs}
    last_uses |= dict.fromkeys(module.gives, len(module.steps))
    places = {value: value for value in range(module.takes)}
    empty: list[int] = [value for value in places if value not in last_uses]
    heapify(empty)
    registers = module.takes
    operations = []
    for position, step in enumerate(module.steps):
        takes = tuple(places[value] for value in step.inputs)
        done = {places[value] for value in step.inputs if last_uses[value] == position}
        for register in done:
            heappush(empty, register)
        for value in step.outputs:
            if not empty:
                heappush(empty, registers)
                registers += 1
            places[value] = heappop(empty)
        gives = tuple(places[value] for value in step.outputs)
        unused = {places[value] for value in step.outputs if value not in last_uses}
        for register in unused:
            heappush(empty, register)
        frees = tuple(sorted((done - set(gives)) | unused))
        target = step.target.keyword if isinstance(step.target, MergeNode) else tuple(step.target.split("."))
        operations.append(Operation(target, takes, gives, frees))
    name = module.block.block if module.block is not None else "Graph"
    return Program(name, module.takes, registers, tuple(operations), tuple(places[value] for value in module.gives))


def _names(registers: tuple[int, ...]) -> str:
    return ", ".join("xyz"[register] if register < 3 else f"x{register}" for register in registers)


def _applied(step: Operation) -> str:
    if step.target in ("add", "multiply"):
        sign = " + " if step.target == "add" else " * "
        return sign.join(_names((register,)) for register in step.takes)
    name = step.target if isinstance(step.target, str) else ".".join(step.target)
    return f"{name}({_names(step.takes)})"
