"""Lines about data that lack quotes, and files and folders that are named in the place of a kind of data."""

from __future__ import annotations

import os
from pathlib import Path
from typing import get_args

from cnnspec.declarations.declaration import Declaration, positional_names
from cnnspec.diagnostics.problem import Problem
from cnnspec.network.problems import UnknownName
from cnnspec.recipe.recipe import SETTINGS
from cnnspec.source import Source, Span
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse_expression

_BY_ENDING = {".csv": "csv", ".npz": "npz"}


def written(setting: str, line: str, source_name: str) -> str:
    """Returns a line as it is written in a file, or on the command line where what is at fault comes from there."""
    return f"--{setting} '{line}'" if source_name == f"--{setting}" else f"{setting} {line}"


def without_quotes(problem: Problem, place: Span, statement: tree.Call, kind: type[Declaration]) -> Problem:
    """Returns a name that stands for nothing with its line in quotes as advice, where the argument of `kind` takes text."""
    if not isinstance(problem, UnknownName) or problem.help is not None:
        return problem
    first, *rest = statement.arguments
    places = positional_names(kind)
    for index, argument in enumerate(rest):
        field = argument.name.text if argument.name else places[index] if index < len(places) else ""
        value = argument.value.span
        if not value.start <= place.start < value.end or field not in kind.model_fields:
            continue
        if not _takes_text(kind.model_fields[field].annotation):
            return problem
        whole = first.span.to(rest[-1].span)
        at, end = value.start - whole.start, value.end - whole.start
        line = written(statement.word.text, f'{whole.text[:at]}"{value.text}"{whole.text[end:]}', place.source.name)
        advice = f"text stands in quotes: `{line}`"
        if place.source.name != "--data" and not statement.span.text.startswith(f"{statement.word.text} "):
            shown = f"'\"{value.text}\"'" if '"' not in statement.span.text else f'"\\"{value.text}\\""'
            advice = f"text has quotes of its own in this notation: `{shown}`"
        return UnknownName(problem.kind, problem.word, problem.known, advice=advice)
    return problem


def quoted(text: str) -> str | None:
    """Returns a line such as `folder, /data/photos` or `folder photos` with the quotes that it lacks, or None."""
    kind, *rest = [piece.strip() for piece in text.split(",")]
    if " " in kind:
        kind, path = kind.split(maxsplit=1)
        rest.insert(0, path)
    declared = (SETTINGS["data"] or {}).get(kind)
    if declared is None or "path" not in declared.model_fields or not all(rest):
        return None
    pieces = []
    for piece in rest:
        name, equals, value = piece.rpartition("=")
        if any(sign in value for sign in "\"'()[]{}") and not _is_expression(value):
            return None
        pieces.append(piece if _is_expression(value) else f'{name}{equals}"{value}"')
    return ", ".join((kind, *pieces))


def by_path(path: str, base: Path) -> str | None:
    """Returns the line for a table, an archive, or a folder that is there, which somebody names without saying what it is."""
    keyword = _BY_ENDING.get(Path(path).suffix.lower())
    if keyword is None and path and os.path.isdir(base / path):
        keyword = "folder"
    return None if keyword is None else f'{keyword}, "{path}"'


def _takes_text(annotation: object) -> bool:
    return annotation is str or any(map(_takes_text, get_args(annotation)))


def _is_expression(piece: str) -> bool:
    """Returns whether a piece is a value as it stands: a number, a text in quotes, a size."""
    expression, mistakes = parse_expression(Source("--data", piece), 0, len(piece))
    return isinstance(expression, tree.Literal | tree.Unary | tree.Size | tree.Sequence) and not mistakes
