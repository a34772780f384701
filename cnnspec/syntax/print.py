"""A syntax tree as canonical `.cnn` text, so that reading the text gives the same tree. Comments and blank lines are lost.

Four blanks for each level, one statement per line, a blank line between definitions. The bodies of a statement stand on its
line where each holds at most one statement without braces and the line has room; an empty body is always `{ }`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from cnnspec.syntax import tree
from cnnspec.syntax.print_expression import print_apart, print_expression, print_expressions, print_label

__all__ = ["print_document", "print_expression"]

WIDTH = 100  # of a line with bodies
INDENT = " " * 4
_TOGETHER = (tree.Let, tree.Import)  # several in a row stand without blank lines


def print_document(document: tree.Document) -> str:
    """Returns the `.cnn` text of a document; raises ValueError where a statement could not be read."""
    lines: list[str] = []
    for before, definition in pairwise((None, *document.definitions)):
        if before is not None and not (isinstance(definition, _TOGETHER) and type(definition) is type(before)):
            lines.append("")
        if definition is not None:
            lines += _definition(definition)
    return "".join(f"{line}\n" for line in lines)


def _definition(definition: tree.Definition) -> Iterable[str]:
    match definition:
        case tree.NetworkDefinition(name, parameters, body):
            return _expanded([(f"network {name.text}{_parameters(parameters)}", body)], "", 0)
        case tree.BlockDefinition(name, parameters, body):
            return _expanded([(f"block {name.text}{_parameters(parameters)}", body)], "", 0)
        case tree.TrainDefinition(settings):
            return _expanded([("train", settings)], "", 0)
        case tree.Import(path):
            return [f"import {print_expression(path)}"]
    return _statement(definition, 0)


def _parameters(parameters: tuple[tree.Parameter, ...]) -> str:
    return f"({', '.join(map(_parameter, parameters))})" if parameters else ""


def _parameter(parameter: tree.Parameter) -> str:
    default = parameter.default
    return parameter.name.text if default is None else f"{parameter.name.text}={print_expression(default)}"


def _statement(statement: tree.Statement, depth: int) -> Iterable[str]:
    """Returns the lines of a statement."""
    label = getattr(statement, "label", None)
    begin = "" if label is None else f"{print_label(label)}: "
    expect = getattr(statement, "expect", None)
    end = "" if expect is None else f" -> {print_expressions(expect.sizes)}"
    parts = _bodies(statement)
    if not parts:
        return [f"{INDENT * depth}{begin}{_plain(statement)}{end}"]
    parts[0] = (f"{begin}{parts[0][0]}".rstrip(), parts[0][1])
    if all(_is_short(body) for _, body in parts):
        line = INDENT * depth + " ".join(f"{head} {_braces(body)}".lstrip() for head, body in parts) + end
        if len(line) <= WIDTH:
            return [line]
    return _expanded(parts, end, depth)


def _bodies(statement: tree.Statement) -> list[tuple[str, tree.Body]]:
    """Returns the bodies of a statement, each with the words before it."""
    match statement:
        case tree.Group(body=body):
            return [("", body)]
        case tree.Merge(word=word, branches=branches):
            return [(word.text, branches)]
        case tree.Residual(main=main, shortcut=None):
            return [("residual", main)]
        case tree.Residual(main=main, shortcut=shortcut) if shortcut is not None:
            return [("residual", main), ("shortcut", shortcut)]
        case tree.Repeat(count=count, counter=counter, body=body):
            return [(f"repeat {print_apart(count)}{_counter(counter)}", body)]
        case tree.For(targets=targets, items=items, counter=counter, body=body):
            names = ", ".join(name.text for name in targets)
            return [(f"for {names} in {print_apart(items)}{_counter(counter)}", body)]
        case tree.If(arms=arms, otherwise=otherwise):
            parts = [(f"else if {print_apart(arm.condition)}", arm.body) for arm in arms]
            parts[0] = (parts[0][0].removeprefix("else "), parts[0][1])
            return parts if otherwise is None else [*parts, ("else", otherwise)]
    return []


def _counter(counter: tree.Name | None) -> str:
    return "" if counter is None else f" as {counter.text}"


def _plain(statement: tree.Statement) -> str:
    """Returns the text of a statement without a body, without its label and the shape that it expects."""
    match statement:
        case tree.Call(word=word, arguments=arguments):
            return f"{word.text} {_arguments(arguments)}".rstrip()
        case tree.Input(arguments=arguments):
            return f"input {_arguments(arguments)}"
        case tree.Let(name, value):
            return f"let {name.text} = {print_expression(value)}"
        case tree.Join(word=word, operands=values):
            return f"{word.text} {', '.join((print_apart(values[0]), *map(print_expression, values[1:])))}"
        case tree.From(value=value):
            return f"from {print_expression(value)}"
        case tree.Reuse(target=target):
            return f"reuse {print_expression(target)}"
        case tree.Output(values=values):
            return f"output {print_expressions(values)}"
        case tree.Require(budgets=values):
            return f"require {print_expressions(values)}"
    raise ValueError("a statement that could not be read has no text")


def _arguments(arguments: Iterable[tree.Argument]) -> str:
    return ", ".join(map(_argument, arguments))


def _argument(argument: tree.Argument) -> str:
    value = print_apart(argument.value)
    return value if argument.name is None else f"{argument.name.text}={value}"


def _is_short(body: tree.Body) -> bool:
    """Returns whether a body may stand on one line."""
    return not body or (len(body) == 1 and not _bodies(body[0]))


def _braces(body: tree.Body) -> str:
    """Returns a short body on one line."""
    return f"{{ {' '.join(_statement(body[0], 0))} }}" if body else "{ }"


def _expanded(parts: list[tuple[str, tree.Body]], end: str, depth: int) -> Iterator[str]:
    """Yields the lines of a statement whose bodies, where they are not empty, have lines of their own."""
    line = INDENT * depth
    for number, (head, body) in enumerate(parts):
        line += f" {head}" if number else head
        opening = " {" if line.strip() else "{"
        if not body:
            line += f"{opening} }}"
            continue
        yield f"{line}{opening}"
        for statement in body:
            yield from _statement(statement, depth + 1)
        line = f"{INDENT * depth}}}"
    yield f"{line}{end}"
