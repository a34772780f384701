"""Changes of a file that fixes are made of, in the notation in which a statement stands; empty where they cannot be written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from cnnspec.diagnostics.diagnostic import Edit, Fix
from cnnspec.network.network import Frame, Origin
from cnnspec.network.written import arguments, listed, notation, number
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

Value: TypeAlias = int | str | bool | tuple[int, ...]
Edits: TypeAlias = tuple[Edit, ...]

_NAMED = {"cnn": re.compile(r"\w+[ \t]*="), "yaml": re.compile(r"[\"']?\w+[\"']?[ \t]*:[ \t]")}
_SIZES = re.compile(r"(?P<sizes>(?<![\w.])\d+(?:x\d+)*)\W*$")


def fix(title: str, edits: Edits) -> tuple[Fix, ...]:
    """Returns the fix that makes these edits, which may change what a network means; none where there are none."""
    return (Fix(title, "unsafe", edits),) if edits else ()


def with_arguments(origin: Origin, values: Mapping[str, Value]) -> Edits:
    """Returns the edits that give a call arguments: in the place of those that are written, or behind the last one."""
    written = {field: origin.arguments[field] for field in values if field in origin.arguments}
    edits = [Edit(span, _replaced(origin, span, field, values[field])) for field, span in written.items()]
    added = {field: value for field, value in values.items() if field not in written}
    if not added:
        return tuple(edits)
    addition = _added(origin, added)
    if addition is None:
        return ()
    other = [edit for edit in edits if edit.span != addition.span]
    return (*other, addition) if len(other) == len(edits) else ()


def spelled(origin: Origin, values: Mapping[str, Value]) -> str:
    """Returns arguments as `with_arguments` writes them: `padding=1`, and `maxpool 2` where the first one has no name."""
    (field, *others), kind = values, notation(origin)
    span = origin.arguments.get(field)
    if others or span is None or kind != "cnn" or _NAMED["cnn"].match(span.text):
        return arguments(origin, values)
    if origin.word.source.text[origin.word.end : span.start].strip():
        return arguments(origin, values)
    return f"{origin.word.text} {_replaced(origin, span, field, values[field])}"


def without_argument(origin: Origin, field: str) -> Edits:
    """Returns the edits that leave a named argument out, with the comma that set it off."""
    span = origin.arguments.get(field)
    if span is None or notation(origin) == "json":
        return ()
    text = span.source.text
    before, behind = text[: span.start].rstrip(" \t"), text[span.end :]
    if before.endswith(","):
        return (Edit(span._replace(start=len(before) - 1), ""),)
    comma = re.match(r"[ \t]*,[ \t]*", behind)
    if comma:
        return (Edit(span._replace(end=span.end + comma.end()), ""),)
    return (Edit(span._replace(start=len(before)), ""),) if notation(origin) == "cnn" else ()


def at_the_call(origin: Origin, field: str, value: Value) -> tuple[str, Edits]:
    """Returns how a block's call gives the parameter a value which an argument in the block is, and the edits for that."""
    span = origin.arguments.get(field)
    frame = origin.frames[-1] if origin.frames else None
    if span is None or frame is None or frame.call is None:
        return "", ()
    name = _NAMED["cnn"].sub("", span.text, count=1).strip()
    parameters = [parameter for parameter, _ in frame.values]
    if name not in parameters:
        return "", ()
    call = Origin(frame.call.span, frame.call.word.span, _given(frame, parameters), origin.frames[:-1])
    return spelled(call, {name: value}), with_arguments(call, {name: value})


def _given(frame: Frame, parameters: Sequence[str]) -> dict[str, Span]:
    assert frame.call is not None
    places = iter(parameters)
    return {
        argument.name.text if argument.name is not None else next(places): argument.span for argument in frame.call.arguments
    }


def with_layer(origin: Origin, text: str) -> Edits:
    """Returns the edits that write a word in the place of a layer and its arguments."""
    ends = [span.end for span in origin.arguments.values() if span.source is origin.word.source]
    kind = notation(origin)
    if kind == "cnn":
        return (Edit(origin.word._replace(end=max([origin.word.end, *ends])), text),)
    statement = origin.statement.text
    is_plain = kind == "yaml" and "\n" not in statement and "{" not in statement[:1] and "label" not in statement
    return (Edit(origin.statement, text),) if is_plain else ()


def with_input(span: Span, shape: Shape) -> Edits:
    """Returns the edits that declare another input, where its sizes are written as `3x32x32`."""
    sizes = _SIZES.search(span.text)
    if sizes is None:
        return ()
    place = span.start + sizes.start("sizes")
    return (Edit(Span(span.source, place, place + len(sizes["sizes"])), str(shape)),)


def without_statement(statement: Span) -> Edits:
    """Returns the edits that take a statement out that has its lines for itself."""
    source, (first, _), (last, column) = statement.source, statement.begin, statement.finish
    behind = source.line(last)[column - 1 :].strip()
    if before_on_line(statement).strip() not in ("", "-") or not (behind == "" or behind.startswith("#")):
        return ()
    end = source.offset(last + 1, 1) if last < len(source.line_starts) else len(source.text)
    return (Edit(Span(source, source.line_starts[first - 1], end), ""),)


def before_statement(statement: Span, lines: Sequence[str]) -> Edits:
    """Returns the edits that put lines, in the `.cnn` notation, before a statement that begins its line."""
    indentation = before_on_line(statement)
    if indentation.strip():
        return ()
    text = "".join(f"{line}\n{indentation}" for line in lines)
    return (Edit(statement._replace(end=statement.start), text),)


def behind_statement(statement: Span, lines: Sequence[str]) -> Edits:
    """Returns the edits that put lines, in the `.cnn` notation, behind a statement, on lines of their own."""
    source, (line, column) = statement.source, statement.finish
    indentation = re.match(r"[ \t]*", source.line(statement.begin.line))
    rest = source.line(line)[column - 1 :]
    if rest.strip() and not rest.lstrip().startswith("#"):
        return ()
    end = source.offset(line, len(source.line(line)) + 1)
    text = "".join(f"\n{indentation[0] if indentation else ''}{new}" for new in lines)
    return (Edit(Span(source, end, end), text),)


def at_the_end(body: tree.Body, lines: Sequence[str]) -> Edits:
    """Returns the edits that put lines behind the last statement of a body in braces, which may stand on one line."""
    if not body:
        return ()
    edits = behind_statement(body[-1].span, lines)
    if edits:
        return edits
    first, last = body[0].span, body[-1].span
    source = first.source
    margin = re.match(r"[ \t]*", source.line(first.begin.line))
    outer = margin[0] if margin else ""
    opening = len(source.text[: first.start].rstrip())
    closing = re.match(r"[ \t]*(?=\})", source.text[last.end :])
    if len(body) > 1 or closing is None or not source.text[:opening].endswith("{"):
        return ()
    text = "".join(f"\n{outer}    {line}" for line in (first.text, *lines)) + f"\n{outer}"
    return (Edit(Span(source, opening, last.end + closing.end()), text),)


def before_on_line(statement: Span) -> str:
    """Returns what stands before a statement on its line."""
    begin = statement.begin
    return statement.source.line(begin.line)[: begin.column - 1]


def _replaced(origin: Origin, span: Span, field: str, value: Value) -> str:
    """Returns an argument with another value, named where it was."""
    kind, text = notation(origin), span.text
    if _NAMED["cnn" if kind == "cnn" else "yaml"].match(text):
        return arguments(origin, {field: value})
    if kind != "cnn":
        return listed(value)
    is_spread = isinstance(value, tuple) and "," in text and not text.startswith(("(", "["))
    return ", ".join(map(str, value)) if is_spread and isinstance(value, tuple) else number(value)


def _added(origin: Origin, values: Mapping[str, Value]) -> Edit | None:
    """Returns the edit that puts further arguments behind the last one."""
    word, kind = origin.word, notation(origin)
    spans = sorted((span for span in origin.arguments.values() if span.source is word.source), key=lambda span: span.end)
    new = arguments(origin, values)
    if not spans:
        return Edit(word._replace(start=word.end), f" {new}") if kind == "cnn" else None
    last = spans[-1]
    if kind == "cnn":
        return Edit(last._replace(start=last.end), f", {new}")
    if not _NAMED["yaml"].match(last.text):  # `maxpool: 2`
        (field, *others) = origin.arguments
        known = arguments(origin, {field: last.text})
        return None if others or last.text.startswith("[") else Edit(last, f"{{{known}, {new}}}")
    if "{" in word.source.text[word.end : spans[0].start]:
        return Edit(last._replace(start=last.end), f", {new}")
    indentation = before_on_line(last)
    if indentation.strip():
        return None
    return Edit(last._replace(start=last.end), f"\n{indentation}" + new.replace(", ", f"\n{indentation}"))
