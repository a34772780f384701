"""Syntax tree to YAML or JSON text; reading the text gives an equal tree.

Statements stand one below the other; arguments and other small things stand on one line, in braces or brackets, as long as
the line is no longer than `WIDTH`. Comments are no part of a tree and so of no text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator

from cnnspec.syntax import tree
from cnnspec.syntax.print_expression import print_expression
from cnnspec.syntax.yaml_forms import form
from cnnspec.syntax.yaml_values import Data, Rows, Section

WIDTH = 100
SET_OFF = ("blocks", "network", "train")  # keys of a file that an empty line goes before
_PLAIN = re.compile(r"(?:[\w(./+]|-(?=[\w(.]))[^:#]*")  # safe outside of brackets
_PLAIN_IN_FLOW = re.compile(r"""(?:[\w(./+]|-(?=[\w(.]))[^:#,{}\[\]"']*""")
_NULLS = ("~", "null")


def print_yaml(document: tree.Document) -> str:
    """Returns a document without mistakes as YAML; raises UsageError for what YAML has no form for."""
    data = form(document)
    return "\n".join(_block(data)) + "\n" if data else "{}\n"


def print_json(document: tree.Document) -> str:
    """Returns a document without mistakes as JSON; raises UsageError for what JSON has no form for."""
    return "\n".join(_json(form(document) or {})) + "\n"


def in_one_line(document: tree.Document, *, is_json: bool) -> str:
    """Returns the only statement of a document's only network, or the only line of its `train`, as people write it in one."""
    data = form(document)
    assert isinstance(data, dict)
    entry = data.get("train") or {key: value for key, value in data.items() if key == "input"}
    if entry:
        return (_json_line(entry) if is_json else _flow(entry))[1:-1]
    statement = data["layers"]
    assert isinstance(statement, list)
    (only,) = statement
    if is_json:
        return _json_line(only)
    return _flow(only)[1:-1] if isinstance(only, dict) else _flow(only)


def _block(data: Data, indent: int = 0) -> Iterator[str]:
    """Yields the lines of a mapping or list with one entry on each line, or more; `indent` blanks will stand before them."""
    if isinstance(data, dict):
        for place, (key, value) in enumerate(data.items()):
            if place and key in SET_OFF and isinstance(data, Section):
                yield ""
            head = f"{scalar(key)}:"
            line = _on_one_line(value, WIDTH - indent - len(head) - 1)
            if line is not None:
                yield f"{head} {line}"
            else:
                yield head
                yield from _indented(_block(value, indent + 2))
    elif isinstance(data, list):
        for place, item in enumerate(data):
            if place and isinstance(item, Section) and isinstance(data, Rows) and len(item) > 1:
                yield ""
            line = _on_one_line(item, WIDTH - indent - 2, is_statement=isinstance(data, Rows))
            lines = iter((line,)) if line is not None else _block(item, indent + 2)
            yield f"- {next(lines)}"
            yield from _indented(lines)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" if line else "" for line in lines)


def _on_one_line(data: Data, width: int, *, is_statement: bool = False) -> str | None:
    """Returns data as it stands behind a key or `- `, None where it takes lines of its own; a scalar always fits."""
    if not isinstance(data, (dict, list)):
        return scalar(data)
    if not data:
        return "{}" if isinstance(data, dict) else "[]"
    is_small = all(not isinstance(part, (dict, list)) or not part for part in _parts(data))
    if is_statement and isinstance(data, dict) and (len(data) == 1 or not is_small):
        return None
    if _takes_lines(data):
        return None
    line = _flow(data)
    return line if len(line) <= width else None


def _takes_lines(data: Data) -> bool:
    """Returns whether something in the data is to stand on lines of its own."""
    if isinstance(data, (Rows, Section)) and data:
        return True
    return isinstance(data, (dict, list)) and any(map(_takes_lines, _parts(data)))


def _parts(data: dict[str, Data] | list[Data]) -> list[Data]:
    return list(data.values()) if isinstance(data, dict) else data


def _flow(data: Data) -> str:
    if isinstance(data, dict):
        return "{" + ", ".join(f"{scalar(key, in_flow=True)}: {_flow(value)}" for key, value in data.items()) + "}"
    if isinstance(data, list):
        return "[" + ", ".join(map(_flow, data)) + "]"
    return scalar(data, in_flow=True)


def scalar(data: str | tree.Literal, *, in_flow: bool = False) -> str:
    """Returns a text or number as YAML writes it, with quotation marks where it needs some; texts are read back as they are."""
    if isinstance(data, tree.Literal):
        return print_expression(data)
    if not data.isprintable():
        return '"' + data.encode("unicode_escape").decode("ascii").replace('"', '\\"') + '"'
    is_plain = (_PLAIN_IN_FLOW if in_flow else _PLAIN).fullmatch(data) is not None
    if is_plain and data not in _NULLS and data == data.strip():
        return data
    return "'" + data.replace("'", "''") + "'"


def _json(data: Data, indent: int = 0) -> Iterator[str]:
    """Yields the lines of JSON text; `indent` blanks will stand before them."""
    line = _json_line(data)
    if not isinstance(data, (dict, list)) or not data or (len(line) + indent < WIDTH and not _takes_lines(data)):
        yield line
        return
    opening, closing = "{}" if isinstance(data, dict) else "[]"
    heads = [f"{_json_line(key)}: " for key in data] if isinstance(data, dict) else [""] * len(data)
    yield opening
    for place, (head, part) in enumerate(zip(heads, _parts(data), strict=True)):
        lines = list(_json(part, indent + 2))
        lines[0] = head + lines[0]
        if place + 1 < len(heads):
            lines[-1] += ","
        yield from _indented(lines)
    yield closing


def _json_line(data: Data) -> str:
    return json.dumps(data, ensure_ascii=False, default=lambda literal: literal.value)
