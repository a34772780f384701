"""How arguments and places are written in messages: in the notation of the file that they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cnnspec.diagnostics.diagnostic import Edit
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


def arguments(origin: Origin, values: Mapping[str, int | str | tuple[int, ...]]) -> str:
    """Returns `kernel=3, padding=(1, 2)` in the notation in which the statement stands."""
    kind = notation(origin)
    if kind == "cnn":
        return ", ".join(f"{name}={number(value)}" for name, value in values.items())
    quote = '"' if kind == "json" else ""
    return ", ".join(f"{quote}{name}{quote}: {listed(value)}" for name, value in values.items())


def in_notation(layer: str, kind: str) -> str:
    """Returns a statement that is written in the `.cnn` notation as another notation has it: `conv: {args: 64, kernel: 1}`."""
    if kind == "cnn":
        return layer
    from cnnspec.syntax.parse import parse  # files without mistakes, and those in the usual notation, do without
    from cnnspec.syntax.print_yaml import in_one_line

    document, _ = parse(Source("", f"network N {{\n{layer}\n}}\n"))
    return in_one_line(document, is_json=kind == "json")


def off(origin: Origin, field: str) -> str:
    """Returns `field=false` in the notation in which the statement stands."""
    return {"cnn": f"{field}=false", "yaml": f"{field}: false", "json": f'"{field}": false'}[notation(origin)]


def turned_off(origin: Origin, field: str) -> Edit | None:
    """Returns the edit that writes `false` where `field=true` is written, or `true` without the name; None for expressions."""
    given = origin.arguments.get(field)
    if given is None or not re.fullmatch(rf'("?{field}"?\s*[=:]\s*)?true', given.text):
        return None
    return Edit(given._replace(start=given.end - len("true")), "false")


def switched_off(origin: Origin, field: str) -> Edit | None:
    """Returns the edit that adds `field=false` to a statement that has arguments, in its notation.

    None where YAML has them as a list of its own lines, or all of them under `args`: that would have to be written anew.
    """
    source, end = origin.word.source, origin.word.end
    spans = sorted((span for span in origin.arguments.values() if span.source is source), key=lambda span: span.start)
    if not spans:
        return None
    last = spans[-1]
    between = source.text[end : spans[0].start].strip()
    behind = last._replace(start=last.end)
    if notation(origin) == "cnn":
        return None if between else Edit(behind, f", {off(origin, field)}")
    if not _is_named(last):
        return _beside_unnamed(origin, last, between, field)
    if "{" in source.text[end : last.start]:
        return Edit(behind, f", {off(origin, field)}")
    newline = source.text.find("\n", last.end)
    at = len(source.text) if newline < 0 else newline  # behind a comment
    return Edit(last._replace(start=at, end=at), f"\n{' ' * (last.begin.column - 1)}{off(origin, field)}")


def _is_named(argument: Span) -> bool:
    return ":" in argument.text


def _beside_unnamed(origin: Origin, last: Span, between: str, field: str) -> Edit | None:
    """Returns the edit where YAML has no names: `linear: 10`, `conv: [8, 3]`."""
    if between.endswith("["):
        is_alone = between.lstrip("\"' :") == "["
        return Edit(last._replace(start=last.end), f", {{{off(origin, field)}}}") if is_alone else None
    (name, *others) = origin.arguments
    if others or between.lstrip("\"'") != ":":
        return None
    return Edit(last, f"{{{_key(origin, name)}: {last.text}, {off(origin, field)}}}")


def _key(origin: Origin, field: str) -> str:
    return f'"{field}"' if notation(origin) == "json" else field


def number(value: int | str | tuple[int, ...]) -> str:
    """Returns a number or word, or one number for each axis, as `.cnn` writes it."""
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))}{',' if len(value) == 1 else ''})"
    return str(value).lower() if isinstance(value, bool) else str(value)


def line_of(place: Span, source: Source) -> str:
    """Returns `in line 4`, or `in blocks.cnn:4` where the message is about another file."""
    line = place.begin.line
    return f"in line {line}" if place.source is source else f"in {place.source.name}:{line}"


def listed(value: int | str | tuple[int, ...]) -> str:
    """Returns a number or word, or one number for each axis, as YAML and JSON write it."""
    return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else number(value)
