"""What the modules of a network give while it runs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import nn

from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import MergeNode, Network

_LISTED = 30  # names in a message
_ONE_OUTPUT = re.compile(r"(.+?)(?:@([1-9][0-9]*))?(?:\.([0-9]+))?")  # `act@2`, `block.1`, `block@2.1`


class _Output(NamedTuple):
    """One output of a module: in which of its calls, counted from 1, and which of several (None for a single one)."""

    module: str
    call: int = 1
    place: int | None = None

    def __str__(self) -> str:
        again = "" if self.call == 1 else f"@{self.call}"
        return self.module + again + ("" if self.place is None else f".{self.place}")


def verify_modules(network: Network, model: nn.Module, names: Sequence[str]) -> None:
    """Raises UsageError for a name that is neither a module path nor that of one of a module's outputs; merges have none."""
    known = _modules(model)
    merges = {node.name for node in network.nodes if isinstance(node, MergeNode)}
    for name in names:
        if name in known or _one_output(name, known) is not None:
            continue
        if name in merges:
            level = name.rpartition(".")[0]
            inside = f"; `--layer {level}` is what the part around it gives" if level in known else ""
            raise UsageError(f"--layer {name}: a merge is no module{inside}")
        raise _unknown(name, known)


@contextmanager
def recorded(model: nn.Module, names: Sequence[str]) -> Iterator[dict[str, torch.Tensor]]:
    """Gives a dictionary that fills while the model runs: outputs by module path, with their batch axis.

    A module that is used again has `path@2` for its second output, and one of several outputs `path.0`, `path.1`. `names` are
    modules, of which all outputs are wanted, or such outputs (`path@1` is the first). Raises UsageError in the end where a
    module has not given one of these.
    """
    known = _modules(model)
    single = {name: output for name in names if name not in known and (output := _one_output(name, known)) is not None}
    whole = [name for name in names if name in known]
    found: dict[str, torch.Tensor] = {}
    calls, given = Counter[str](), list[_Output]()

    def record(name: str, result: Any) -> None:
        calls[name] += 1
        several = isinstance(result, tuple)
        for place, value in enumerate(result if several else (result,)):
            output = _Output(name, calls[name], place if several else None)
            given.append(output)
            if name in whole or output in single.values():
                found[str(output)] = value.clone()  # the next layer may work in place

    hooks = [
        model.get_submodule(name).register_forward_hook(lambda module, inputs, output, name=name: record(name, output))
        for name in dict.fromkeys([*whole, *(output.module for output in single.values())])
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
    for name, output in single.items():
        those = [other for other in given if other.module == output.module]
        if output.place is not None and all(other.place is None for other in those):
            raise _unknown(name, known)
        if output not in those:
            listed = ", ".join(map(str, those))
            raise UsageError(f"--layer {name}: no such output; there {'is' if len(those) == 1 else 'are'} {listed}")


def _modules(model: nn.Module) -> list[str]:
    return [name for name, _ in model.named_modules() if name]


def _unknown(name: str, known: Sequence[str]) -> UsageError:
    guess = nearest(name, known)
    some = ", ".join(known[:_LISTED]) + (", ... (`cnnspec summary` shows all)" if len(known) > _LISTED else "")
    return UsageError(f"--layer {name}: no such layer; {f'did you mean `{guess}`?' if guess else f'there are {some}'}")


def _one_output(name: str, known: Sequence[str]) -> _Output | None:
    """Returns which output of a module a name stands for; None where there is no such module."""
    match = _ONE_OUTPUT.fullmatch(name)
    if match is None or match[1] not in known:
        return None
    return _Output(match[1], int(match[2] or 1), None if match[3] is None else int(match[3]))
