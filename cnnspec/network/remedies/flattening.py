"""Where the missing `flatten` goes: before the `linear`, in the notation of the file, and into its branch where it is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cnnspec.diagnostics.diagnostic import Diagnostic, Edit, Fix
from cnnspec.network.walk import Attempt, Past
from cnnspec.network.written import arguments, notation
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.visit import nodes


def flattened(diagnostic: Diagnostic, attempt: Attempt, past: Past) -> Diagnostic:
    """Returns the diagnostic of an image that meets a `linear`, with the line to insert and, where it can be, the fix."""
    origin, last = attempt.origin, attempt.x.sizes[-1]
    is_branch = is_branch_of(past.body, origin.statement)
    entry = "a line" if notation(origin) == "cnn" else "an entry"
    advice = f"insert {entry} `flatten` before it"
    if is_branch:
        group = "{ }" if notation(origin) == "cnn" else "[ ]"
        advice = f"put it between `{group}` with {entry} `flatten` before it"
    along = f"write `{arguments(origin, {'in_features': last})}`"
    here = ""
    if origin.frames:  # other calls and rounds may have other sizes
        along, here = f"state `in_features`, which is {last} here", " here"
    gives = f"which gives {attempt.x.features} features{here}"
    help_ = f"{advice}, {gives}; to apply it along the last axis all the same, {along}"
    edit = _grouped(origin.statement, notation(origin)) if is_branch else _inserted(origin.statement, notation(origin))
    return replace(diagnostic, help=help_, fixes=(Fix(f"insert {entry} `flatten`", "unsafe", (edit,)),) if edit else ())


def is_branch_of(body: tree.Body, statement: Span) -> bool:
    """Returns whether a statement is a branch of a merge in a body all by itself."""
    merges = (node for node in nodes(body) if isinstance(node, tree.Merge))
    return any(branch.span == statement for merge in merges for branch in _branches(merge.branches))


def _branches(body: tree.Body) -> Iterator[tree.Statement]:
    for statement in body:
        match statement:
            case tree.Repeat(label=None) | tree.For(label=None):
                yield from _branches(statement.body)
            case tree.If(label=None):
                for body in (*(arm.body for arm in statement.arms), statement.otherwise or ()):
                    yield from _branches(body)
            case _:
                yield statement


def _inserted(statement: Span, kind: str) -> Edit | None:
    """Returns the edit that adds `flatten` before a statement, None where that would not be a statement of its own."""
    before = _before(statement)
    point = statement._replace(end=statement.start)
    if kind != "json" and before.strip() == ("" if kind == "cnn" else "-"):
        return Edit(point, f"flatten\n{before}")
    if kind == "cnn" or not statement.text.startswith("{"):
        return None
    word = '"flatten"' if kind == "json" else "flatten"
    return Edit(point, f"{word}, " if before.strip() else f"{word},\n{before}")


def _grouped(statement: Span, kind: str) -> Edit | None:
    """Returns the edit that makes a group of `flatten` and a statement."""
    before, text = _before(statement), statement.text
    if kind == "cnn":
        lines = ("{", f"{before}    flatten", f"{before}    {text}", f"{before}}}")
        return None if before.strip() or "\n" in text else Edit(statement, "\n".join(lines))
    if kind == "json":
        return Edit(statement, f'["flatten", {text}]') if text.startswith("{") else None
    if "\n" in text:
        return None
    return Edit(statement, f"[flatten, {text if text.startswith('{') else f'{{{text}}}'}]")


def _before(statement: Span) -> str:
    """Returns what stands before a statement on its line."""
    begin = statement.begin
    return statement.source.line(begin.line)[: begin.column - 1]
