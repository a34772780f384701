"""Expressions and arguments as plain data: what YAML and JSON write for them.

Texts hold expressions, as in the files. Numbers, `true` and `false` stay literals: YAML shows them as they were written,
JSON as its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias

from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.print_expression import print_expression
from cnnspec.syntax.yaml_builder import Mistakes
from cnnspec.syntax.yaml_nodes import Scalar
from cnnspec.syntax.yaml_scalars import Scalars

Data: TypeAlias = str | tree.Literal | list["Data"] | dict[str, "Data"]

_NO_NAMES = ("args", "expect", "label")  # among arguments these keys are something else


class Rows(list[Data]):
    """A list whose items stand on lines of their own: statements, definitions, rows of a table."""


class Section(dict[str, Data]):
    """A mapping whose entries stand on lines of their own."""


def value(expression: tree.Expression) -> Data:
    """Returns an expression as data."""
    if isinstance(expression, tree.Literal) and isinstance(expression.value, (int, float)):
        return expression
    if isinstance(expression, tree.Sequence) and expression.kind == "list":
        return [value(item) for item in expression.items]
    return print_expression(expression)


def setting_value(expression: tree.Expression) -> Data:
    """Returns an expression within `train` as data; most text is a string there, and what could be taken for one is not."""
    if isinstance(expression, tree.Sequence) and expression.kind == "list":
        return [setting_value(item) for item in expression.items]
    if isinstance(expression, tree.Literal) and isinstance(expression.value, str) and _says_itself(expression.value):
        return expression.value
    found = value(expression)
    if isinstance(expression, (tree.Literal, tree.Size, tree.Name)) or not isinstance(found, str):
        return found
    return found if found.startswith(("(", "[", '"')) else f"({found})"


def _says_itself(text: str) -> bool:
    """Returns whether a text, as it stands, is read as this string in `train`."""
    here = Span(Source("", text), 0, len(text))
    return text.isprintable() and Scalars(Mistakes()).setting(Scalar(text, True, here, here)) == tree.Literal(text, here)


def values(expressions: Sequence[tree.Expression]) -> Data:
    """Returns several expressions as a list, one as itself, except one that is a list."""
    found = [value(expression) for expression in expressions]
    return found[0] if len(found) == 1 and not isinstance(found[0], list) else found


def arguments(written: Sequence[tree.Argument], read: Callable[[tree.Expression], Data] = value) -> Data:
    """Returns arguments: a mapping where all have names, one value where there is one, else a list in their order."""
    found = argument_list(written, read)
    if len(found) != 1 or isinstance(found[0], list):
        return found
    return found if isinstance(found[0], dict) and any(name in found[0] for name in _NO_NAMES) else found[0]


def argument_list(written: Sequence[tree.Argument], read: Callable[[tree.Expression], Data] = value) -> list[Data]:
    """Returns arguments in their order, named ones in mappings between the others."""
    return in_order((None if one.name is None else one.name.text, read(one.value)) for one in written)


def in_order(items: Iterable[tuple[str | None, Data]]) -> list[Data]:
    """Returns values in their order; those with names stand in mappings, as many in one as differ in name."""
    found: list[Data] = []
    for name, data in items:
        last = found[-1] if found else None
        if name is None:
            found.append(data)
        elif isinstance(last, dict) and name not in last:
            last[name] = data
        else:
            found.append({name: data})
    return found
