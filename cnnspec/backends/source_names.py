"""Names in generated classes: attributes for modules, variables for values. None hides another one, Python's or torch's."""

from __future__ import annotations

import builtins
from collections.abc import Iterable
from keyword import iskeyword, issoftkeyword

from cnnspec.backends.source_skeletons import is_parameter
from cnnspec.backends.source_values import are_numbered, is_plain
from cnnspec.network.network import Node
from cnnspec.network.reserved import MODULE_ATTRIBUTES
from cnnspec.network.structure import Module

LONGEST_VARIABLE = 20  # so that the sum of two fits on a line
USUAL = ("x", "out")  # what values are called that nobody has named
FORBIDDEN = frozenset({"self", "torch", "nn", "F", "_", *dir(builtins)})


class FreeNames:
    """Names that are given away, each once until it is given back: `relu`, `relu2`, `relu3`."""

    def __init__(self, taken: Iterable[str]) -> None:
        self.taken = set(taken)
        self.counts: dict[str, int] = {}  # the last number behind a name, so that a long search happens once

    def take(self, name: str) -> str:
        """Returns the name, with a number behind it where it is taken."""
        if name not in self.taken:
            self.counts.pop(name, None)
            self.taken.add(name)
            return name
        count = self.counts.get(name, 1) + 1
        while f"{name}{count}" in self.taken:
            count += 1
        self.counts[name] = count
        self.taken.add(f"{name}{count}")
        return f"{name}{count}"

    def give_back(self, name: str) -> None:
        self.taken.discard(name)


def attribute_names(module: Module) -> dict[str, str]:
    """Returns the names of a module's children in its class: their own, and `relu` for the number of a layer without state.

    Numbers that stand in `state_dict` stay, and all of them where torch gives the same ones to a list of modules.
    """
    if is_list(module):
        return {name: name for name in module.children}
    free = FreeNames(set(module.children) | MODULE_ATTRIBUTES)
    return {
        name: free.take(child.keyword) if name.isdigit() and isinstance(child, Node) and not has_state(child) else name
        for name, child in module.children.items()
    }


def is_list(module: Module) -> bool:
    """Returns whether a class can hold the modules as a list, numbered from 0: nn.Sequential, or nn.ModuleList in a graph."""
    if not are_numbered(module.children):
        return False
    children = module.children.values()
    if any(is_parameter(child, module) for child in children):
        return False
    return module.is_chain or any(isinstance(child, Module) or has_state(child) for child in children)


def has_state(node: Node) -> bool:
    """Returns whether a layer has weights or buffers, which `state_dict` stores under its name."""
    return bool(node.layer.weights(node.input) or node.layer.buffers(node.input))


def variable(label: str | None) -> str | None:
    """Returns a label as the name of a variable, None where it cannot be one."""
    if label is None or not is_plain(label) or len(label) > LONGEST_VARIABLE:
        return None
    return None if label in FORBIDDEN or issoftkeyword(label) or iskeyword(label) else label


def is_usual(name: str) -> bool:
    """Returns whether a variable has one of the names that say nothing about its value."""
    return name.rstrip("0123456789") in USUAL
