"""The settings of `train` as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnspec.diagnostics.problem import UsageError
from cnnspec.syntax import tree
from cnnspec.syntax.yaml_values import Data, Rows, Section, argument_list, arguments, setting_value, value


def settings(statements: tree.Body) -> Section | Rows:
    """Returns the data behind `train`: a mapping, or where that cannot keep their order a list of several.

    Raises UsageError for a statement that is no setting.
    """
    mappings: list[Section] = [Section()]
    for key, data in _entries(statements):
        if key in mappings[-1]:
            mappings.append(Section())
        mappings[-1][key] = data
    return mappings[0] if len(mappings) == 1 else Rows(mappings)


def _entries(statements: tree.Body) -> Iterator[tuple[str, Data]]:
    """Yields the settings in their order; neighbours of one word are a list, and constants that differ in name a mapping."""
    lines: list[Data] = []
    constants: dict[str, Data] = {}
    for place, statement in enumerate(statements):
        following = statements[place + 1] if place + 1 < len(statements) else None
        if isinstance(statement, tree.Let):
            constants[statement.name.text] = value(statement.value)
            if not isinstance(following, tree.Let) or following.name.text in constants:
                yield "let", constants
                constants = {}
        elif isinstance(statement, tree.Call) and statement.label is None and statement.expect is None:
            lines.append(_line(statement.arguments))
            if not isinstance(following, tree.Call) or following.word.text != statement.word.text:
                yield statement.word.text, lines[0] if len(lines) == 1 else lines
                lines = []
        else:
            raise UsageError(
                f"line {statement.span.begin.line}: this is no setting, and YAML has no form for it within `train`"
            )


def _line(written: Sequence[tree.Argument]) -> Data:
    """Returns what stands behind the word of one setting; its kind, if it has one, is a key."""
    if not written:
        return {}
    first, rest = written[0], written[1:]
    if first.name is None and not rest:
        only = setting_value(first.value)
        return {"args": [only]} if isinstance(only, list) else only
    if first.name is None and isinstance(first.value, tree.Name) and first.value.text != "args":
        return {first.value.text: arguments(rest, setting_value)}
    return {"args": argument_list(written, setting_value)}
