"""What occurs in a tree, without meaning: its nodes, the words that it uses, the labels that its statements introduce."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnspec.syntax import tree
from cnnspec.syntax.node import PLACES, Node

_FIELDS: dict[type, tuple[str, ...]] = {}
_NOT_USED = ("name", "label", "counter", "targets")  # names that are introduced, and those of arguments and attributes


def nodes(root: Any) -> Iterator[Any]:
    """Yields `root` and every node below it, in no useful order; tuples of nodes are looked into."""
    stack = [root]
    while stack:
        item = stack.pop()
        if type(item) is tuple:
            stack.extend(item)
        elif names := _fields(type(item)):
            yield item
            for name in names:
                stack.append(getattr(item, name))


def used_words(root: Any) -> set[str]:
    """Returns the words that a tree uses, whatever they stand for, but not those that it introduces."""
    words: set[str] = set()
    stack = [root]
    while stack:
        item = stack.pop()
        kind = type(item)
        if kind is tuple:
            stack.extend(item)
        elif kind is tree.Name:
            words.add(item.text)
        elif kind is tree.Size:
            words.update(size for size in item.sizes if isinstance(size, str))
        else:
            for name in _fields(kind):
                value = getattr(item, name)
                if name not in _NOT_USED or type(value) is tree.Template:
                    stack.append(value)
    return words


def _fields(kind: type) -> tuple[str, ...]:
    """Returns the fields of a kind of node that may hold nodes; of a value that is no node, none."""
    found = _FIELDS.get(kind)
    if found is None:
        names = kind.fields if issubclass(kind, Node) else ()
        found = _FIELDS[kind] = tuple(name for name in names if name not in PLACES)
    return found


def labels_in(root: Any) -> Iterator[tree.Label]:
    """Yields the labels of a statement and of those in it."""
    for node in nodes(root):
        label = getattr(node, "label", None)
        if label is not None:
            yield label


def labelled(root: Any) -> dict[str, Any]:
    """Returns the first statement in the text with each label that is a plain name."""
    found = [node for node in nodes(root) if isinstance(getattr(node, "label", None), tree.Name)]
    found.sort(key=lambda node: node.label.span.start, reverse=True)
    return {node.label.text: node for node in found}
