"""A layer as a line of a spec says it, with the values that its arguments have: `conv 6, kernel=5, padding=2`.

Unlike the text of the file it shows numbers where that has names and sums (`linear classes` becomes `linear 10`), and leaves
out what the other columns say (`in_features`) and long lists of numbers.
"""

from __future__ import annotations

import re
from typing import Any

from cnnspec.declarations.declaration import signature
from cnnspec.declarations.types import numbers_shape
from cnnspec.network.network import MergeNode, Node

VERIFIED = frozenset({"in_channels", "in_features", "num_features", "num_channels", "normalized_shape"})
NAMED = re.compile(r"""["']?\w+["']?\s*[:=](?!=)""")


def layer_text(node: Node) -> str:
    """Returns the keyword of a layer and the arguments that were given to it, in the order of its declaration."""
    kind = type(node.layer)
    words: list[str] = []
    for argument in signature(kind):
        name = argument.name
        if name not in node.origin.arguments or name in VERIFIED:
            continue
        value = getattr(node.layer, name)
        if name == kind.variadic:
            words += map(written, value)
        elif name in ("weight", "bias_value"):
            words.append(f"{name}={_shape_of_numbers(value)}")
        else:
            first = argument.required and argument.positional and not words
            named = not first and NAMED.match(node.origin.arguments[name].text) is not None
            words.append(f"{name}={written(value)}" if named else written(value))
    return f"{kind.keyword} {', '.join(words)}".rstrip()


def merge_text(node: MergeNode) -> str:
    """Returns what a merge joins: `concat 64 + 128` (channels), `add 2 values`."""
    if node.keyword == "concat":
        return f"concat {' + '.join(str(shape.channels) for shape in node.shapes)}"
    return f"{node.keyword} {len(node.shapes)} values"


def written(value: Any) -> str:
    """Returns a value as a spec writes it: `true`, `none`, `3x5`, `(1, -1)`; words without quotes."""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if not isinstance(value, tuple):
        return str(value)
    if len(value) > 1 and all(isinstance(item, int) and item >= 0 for item in value):
        return "x".join(map(str, value))
    return f"({', '.join(map(written, value))}{',' if len(value) == 1 else ''})"


def _shape_of_numbers(value: Any) -> str:
    shape = numbers_shape(value)
    return f"[{'x'.join(map(str, shape))}]" if shape else str(value)
