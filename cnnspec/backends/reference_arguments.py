"""The arguments of a declaration as the reference shows them."""

from __future__ import annotations

import textwrap
from typing import Any

from cnnspec.declarations.declaration import Argument, Declaration, signature

WIDTH = 100


def arguments_text(kind: type[Declaration]) -> str:
    """Returns the arguments of a kind, one in each line."""
    rows = [(argument.name, requirement(argument)) for argument in signature(kind)]
    widest = max((len(name) for name, _ in rows), default=0)
    lines = [
        textwrap.fill(text, WIDTH, initial_indent=f"  {name:<{widest}}  ", subsequent_indent=" " * (widest + 4))
        for name, text in rows
    ]
    named_only = [argument.name for argument in signature(kind) if not argument.positional]
    if named_only:
        which = "all of them" if len(named_only) == len(rows) else ", ".join(named_only)
        lines.append(textwrap.fill(f"By name only: {which}.", WIDTH, initial_indent="  ", subsequent_indent="  "))
    return "Arguments\n" + "\n".join(lines) if lines else "No arguments."


def call_text(kind: type[Declaration]) -> str:
    """Returns the arguments as a file writes them: `out_channels, kernel, stride=1, padding=0`."""
    return ", ".join(_argument(kind, argument) for argument in signature(kind))


def _argument(kind: type[Declaration], argument: Argument) -> str:
    if argument.name == kind.variadic:
        return f"{argument.name}..."
    if argument.required:
        return argument.name
    return f"{argument.name}=" if argument.default is None else f"{argument.name}={_literal(argument.default)}"


def requirement(argument: Argument) -> str:
    """Returns what an argument takes, and its default."""
    if argument.required:
        return f"{argument.says} (required)"
    return argument.says if argument.default in (None, ()) else f"{argument.says} (default {_literal(argument.default)})"


def _literal(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, tuple):
        return f"({', '.join(map(_literal, value))})"
    return f'"{value}"' if isinstance(value, str) else str(value)
