"""Which findings are one mistake, although they stand in different places."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import TypeAlias

from cnnspec.diagnostics.diagnostic import Label
from cnnspec.diagnostics.problem import Problem
from cnnspec.network.graph_problems import UnknownReference
from cnnspec.network.problems import BadExpression, BadValue, Fault, NameTaken, UnknownWord
from cnnspec.source import Span
from cnnspec.syntax import tree

Key: TypeAlias = tuple[str, Span | tuple[str, ...]]
Times: TypeAlias = tuple[str, str]  # what repeats a mistake: one, and many

USES: Times = ("use", "uses")

_NAMED = re.compile(r"^\w+\s*[=:]\s*")
_NAME = re.compile(r"\b[A-Za-z_]\w*")
_REFUSED = re.compile(r"not (?P<value>.*)$")


def shared(problem: Problem, span: Span, labels: Sequence[Label], known: Container[Key]) -> tuple[Key, Times] | None:
    """Returns what a problem has in common with others that are the same mistake, of which the `known` ones are reported.

    A name that is nowhere is one mistake, however often it is used; a copy is one, however many of its names are taken; and a
    width of 0 is one, wherever the width is used. None for a problem that stands by itself.
    """
    match problem:
        case UnknownWord():
            return ((problem.code, problem.missing), USES) if problem.missing is not None else None
        case UnknownReference():
            return ((problem.code, (problem.nowhere,)), USES) if problem.nowhere is not None else None
        case NameTaken():
            distance = _distance(span, labels)
            return ((problem.code, ("copy", str(distance))), ("name", "names")) if distance is not None else None
        case BadValue() | BadExpression():
            key = _of_a_name(problem, span, known)
            return (key, USES) if key is not None else None
    return None


def is_copy(statement: tree.Statement, fault: Fault) -> bool:
    """Returns whether the name of a statement is taken by one that says the same: then it was meant to stand there once.

    An input is none, since it does not go on from what is before it.
    """
    if isinstance(statement, tree.Input) or not isinstance(fault.problem, NameTaken):
        return False
    text = statement.span.text
    return any(label.span.source.text.startswith(text, label.span.start) for label in fault.labels)


def _distance(span: Span, labels: Sequence[Label]) -> int | None:
    """Returns how far a taken name stands behind the one that has it: the same for all names in a copy."""
    if not labels or labels[0].span.source is not span.source:
        return None
    return span.start - labels[0].span.start


def _of_a_name(problem: BadValue | BadExpression, span: Span, known: Container[Key]) -> Key | None:
    """Returns the key of a value that is refused where a name stands for it, and of equal ones computed from that name."""
    refused = _REFUSED.search(problem.message)
    if refused is None:
        return None
    written = _NAMED.sub("", span.text)
    names = [name for name in _NAME.findall(written) if name not in refused["value"]]  # `true` and `same` stand for themselves
    is_bare = isinstance(problem, BadValue) and names == [written]
    keys = ((BadValue.code, ("value of", name, refused["value"])) for name in names)
    return next((key for key in keys if is_bare or key in known), None)
