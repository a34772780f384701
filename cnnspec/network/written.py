"""How arguments and places are written in messages: in the notation of the file that they are about."""

from __future__ import annotations

from collections.abc import Mapping

from cnnspec.network.network import Origin
from cnnspec.source import Source, Span


def rewritten(argument: Span, field: str, value: str) -> str:
    """Returns an argument with another value in the notation in which it stands: `.cnn`, JSON or YAML."""
    text = argument.text
    if text.startswith('"'):
        return f'"{field}": "{value}"'
    return f"{field}={value}" if "=" in text else f"{field}: {value}"


def notation(origin: Origin) -> str:
    """Returns the notation of a statement with arguments: `cnn`, `yaml` or `json`."""
    text, end = origin.word.source.text, origin.word.end
    if not text[end : end + 8].lstrip("\"' ").startswith(":"):
        return "cnn"
    return "json" if '"' in text[end - 1 : end + 1] else "yaml"


def arguments(origin: Origin, values: Mapping[str, int | tuple[int, ...]]) -> str:
    """Returns `kernel=3, padding=(1, 2)` in the notation in which the statement stands."""
    kind = notation(origin)
    if kind == "cnn":
        return ", ".join(f"{name}={number(value)}" for name, value in values.items())
    quote = '"' if kind == "json" else ""
    return ", ".join(f"{quote}{name}{quote}: {_listed(value)}" for name, value in values.items())


def number(value: int | tuple[int, ...]) -> str:
    """Returns a number, or one for each axis, as `.cnn` writes it."""
    return str(value) if isinstance(value, int) else f"({', '.join(map(str, value))}{',' if len(value) == 1 else ''})"


def line_of(place: Span, source: Source) -> str:
    """Returns `in line 4`, or `in blocks.cnn:4` where the message is about another file."""
    line = place.begin.line
    return f"in line {line}" if place.source is source else f"in {place.source.name}:{line}"


def _listed(value: int | tuple[int, ...]) -> str:
    return str(value) if isinstance(value, int) else f"[{', '.join(map(str, value))}]"
