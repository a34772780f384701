"""Modules whose forward pass is more than one child after the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add, mul
from typing import Any

import torch
from torch import nn

from cnnspec.backends.program import Program


class Graph(nn.Module):
    """Runs a program over its children, which may branch, merge, and call one again.

    Returns a tensor, or a tuple of several. The children are looked up at each call, so
    that they can be replaced (`model.fc = nn.Linear(512, 10)`). It is shown under the
    name of its block. Its own attributes are mangled, since children have any name.
    """

    def __init__(self, program: Program, children: Mapping[str, nn.Module]) -> None:
        super().__init__()
        self.__program = program
        for name, child in children.items():
            self.add_module(name, child)

    def forward(self, *inputs: torch.Tensor) -> Any:
        program = self.__program
        if len(inputs) != program.takes:
            count = f"{program.takes} input{'s' * (program.takes != 1)}"
            raise TypeError(f"{program.name} takes {count}, but {len(inputs)} came")
        values: list[Any] = [*inputs, *[None] * (program.registers - program.takes)]
        for target, takes, gives, frees in program.operations:
            arguments = [values[register] for register in takes]
            if isinstance(target, str):
                result = _merge(target, arguments)
            else:
                result = self.__find(target)(*arguments)
            if len(gives) == 1:
                values[gives[0]] = result
            else:
                for register, value in zip(gives, result, strict=True):
                    values[register] = value
            for register in frees:
                values[register] = None
        results = tuple([values[register] for register in program.gives])
        return results[0] if len(results) == 1 else results

    def extra_repr(self) -> str:
        return str(self.__program)

    def _get_name(self) -> str:
        return self.__program.name

    def __find(self, names: tuple[str, ...]) -> nn.Module:
        module: nn.Module = self
        for name in names:
            module = module._modules[name]  # type: ignore[assignment]
        return module


def _merge(merge: str, values: Sequence[torch.Tensor]) -> torch.Tensor:
    if merge == "concat":
        return torch.cat(list(values), dim=1)
    return reduce(add if merge == "add" else mul, values)
