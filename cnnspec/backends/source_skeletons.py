"""What is left of modules without their numbers: equal for those that one class with parameters can stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeAlias

from cnnspec.backends.source_arguments import TUPLE
from cnnspec.declarations.declaration import signature
from cnnspec.layers.base import Layer
from cnnspec.network.network import MergeNode, Node, Path
from cnnspec.network.structure import Module, Step
from cnnspec.values.call import Call

Skeleton: TypeAlias = tuple[Any, ...]


def skeleton(module: Module, classes: Mapping[Path, object]) -> Skeleton:
    """Returns names, calls and steps of a module; modules in it that have a class are that class."""
    children = tuple((name, _child_skeleton(child, module, classes)) for name, child in module.children.items())
    return module.is_chain, children, tuple(map(_step_skeleton, module.steps)), module.takes, module.gives


def _child_skeleton(child: Module | Node, around: Module, classes: Mapping[Path, object]) -> Skeleton:
    if isinstance(child, Node):
        return child.keyword, _call_skeleton(layer_call(child, around), defaults(type(child.layer)))
    return (classes[child.path],) if child.path in classes else skeleton(child, classes)


def _step_skeleton(step: Step) -> Skeleton:
    target = step.target.keyword if isinstance(step.target, MergeNode) else (step.target,)
    return target, step.inputs, step.outputs


def _call_skeleton(call: Call, optional: Mapping[str, object]) -> Skeleton:
    positional = tuple(_call_skeleton(value, {}) if isinstance(value, Call) else None for value in call.positional)
    return call.function, positional, tuple(name for name, _ in call.named if name not in optional)


def defaults(kind: type[Layer]) -> dict[str, Any]:
    """Returns the defaults of a layer's arguments: torch's own, where a layer leaves the argument out of its call."""
    return {argument.name: argument.default for argument in signature(kind) if not argument.required}


def layer_call(node: Node, around: Module) -> Call:
    """Returns what makes a layer: its module, or a parameter for factors of channels where `forward` can multiply by it."""
    call = node.layer.torch(node.input)
    if not is_parameter(node, around):
        return call
    (size, init) = call.positional
    assert isinstance(size, tuple)
    return Call("nn.Parameter", (Call("torch.full", (Call(TUPLE, size), init)),))


def is_parameter(child: Module | Node, around: Module) -> bool:
    """Returns whether a child is no module but a parameter of the class around it."""
    return isinstance(child, Node) and child.keyword == "layer_scale" and not around.is_chain


def base_name(module: Module) -> str:
    """Returns the name of the block, or that of the level in capitals: `Enc` for `enc1`."""
    if module.block is not None:
        return module.block.block
    words = re.findall(r"[^\W_]+", module.path[-1].rstrip("0123456789")) if module.path else []
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name.isidentifier() else f"Part{name}"
