"""What occurs in a tree, without meaning: all its nodes, the labels that a statement introduces."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from cnnspec.syntax import tree

_FIELDS: dict[type, tuple[str, ...]] = {}


def nodes(root: Any) -> Iterator[Any]:
    """Yields `root` and every node below it, in no useful order; tuples of nodes are looked into."""
    stack = [root]
    while stack:
        item = stack.pop()
        if isinstance(item, tuple) and not hasattr(item, "_fields"):
            stack.extend(item)
        elif is_dataclass(item):
            yield item
            stack.extend(getattr(item, name) for name in _names(type(item)))


def _names(kind: type) -> tuple[str, ...]:
    """Returns the fields of a kind of node that may hold nodes."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(field.name for field in fields(kind) if field.name not in ("span", "source"))
    return _FIELDS[kind]


def labels_in(root: Any) -> Iterator[tree.Label]:
    """Yields the labels of a statement and of those in it."""
    for node in nodes(root):
        label = getattr(node, "label", None)
        if label is not None:
            yield label


def labelled(root: Any, name: str) -> Any:
    """Returns the first statement in the text with the label `name`, None where there is none."""
    found = [node for node in nodes(root) if isinstance(getattr(node, "label", None), tree.Name) and node.label.text == name]
    return min(found, key=lambda node: node.label.span.start, default=None)
