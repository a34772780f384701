"""Shapes as they are written: behind `input`, behind `->`, and as an option."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from cnnspec.diagnostics.problem import Problem
from cnnspec.network.expressions import evaluate, show
from cnnspec.network.problems import BadExpression, Fault, UnknownName
from cnnspec.network.scope import Scope
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.dims import Formula
from cnnspec.values.shapes import Shape


def input_shape(arguments: tuple[tree.Argument, ...], scope: Scope) -> Shape:
    """Returns the shape that `input` declares; raises Fault."""
    for argument in arguments:
        if argument.name is not None:
            raise Fault(BadExpression("`input` takes sizes only", "write `input 3x32x32`"), argument.span)
    span = arguments[0].span.to(arguments[-1].span)
    try:
        sizes = verified_sizes([argument.value for argument in arguments], span, scope)
    except Fault as fault:
        raise Fault(_advised(fault.problem, span), fault.span, fault.labels) from None
    if not 1 <= len(sizes) <= 4:
        raise Fault(BadExpression("an input has one to four sizes: channels, and up to three positions"), span)
    return Shape(sizes)


def _advised(problem: Problem, span: Span) -> Problem:
    """Returns what is wrong with a declared size, with how sizes that are not known are written where that may be meant."""
    parts = [part for part in re.split(r"[\s,x()\"]+", span.text) if part]
    if not parts:
        return problem
    if re.fullmatch(r"[A-Za-z]+", parts[0]) and len(parts) < 3:
        parts.insert(0, parts[0])  # no channels: HxW
    letters = "DHW"[-len(parts[1:]) :]
    positions = [part if part.isdecimal() else letter for part, letter in zip(parts[1:], letters, strict=False)]
    if not positions or len(parts) > 4 or all(part.isdecimal() for part in parts):
        return problem
    channels = parts[0] if parts[0].isdecimal() else "3"
    example = "x".join([channels, *positions])
    advice = f"sizes that may be any are written as capital names, behind the number of channels: `{example}`"
    if isinstance(problem, UnknownName) and problem.replacement is None:
        return UnknownName(problem.kind, problem.word, problem.known, advice=advice)
    return BadExpression(problem.text, advice) if isinstance(problem, BadExpression) and problem.advice is None else problem


def symbols(arguments: tuple[tree.Argument, ...], scope: Scope) -> list[tuple[str | None, Span]]:
    """Returns for each declared size the symbol that it is (H and W of `input 3xHxW`), None for numbers and constants."""
    known = scope.names()
    return [
        (part if isinstance(part, str) and part not in known else None, argument.span)
        for argument in arguments
        for part in (argument.value.sizes if isinstance(argument.value, tree.Size) else (None,))
    ]


def symbol_sizes(declared: list[tuple[str | None, Span]], given: Shape) -> dict[str, int]:
    """Returns what a given input makes of the symbols of the declared one.

    Raises Fault where the two do not fit: another number of axes, or two sizes for one symbol.
    """
    found: dict[str, int] = {}
    if not any(symbol for symbol, _ in declared):
        return found
    if len(declared) != given.rank:
        problem = BadExpression(f"the given input {given} has another number of axes than the declared one ({len(declared)})")
        raise Fault(problem, declared[0][1])
    for (symbol, span), size in zip(declared, given.sizes, strict=True):
        if symbol is not None and found.setdefault(symbol, size) != size:
            raise Fault(BadExpression(f"the given input {given} has two sizes for `{symbol}`"), span)
    return found


def expected_shape(expect: tree.Expectation, scope: Scope) -> Shape:
    """Returns the shape that `-> shape` states; raises Fault, or Unknown. Two axes may be a signal or tokens: nobody knows."""
    sizes = verified_sizes(expect.sizes, expect.span, scope)
    return Shape(sizes, channels_first=len(sizes) > 2)


def verified_sizes(expressions: Iterable[tree.Expression], span: Span, scope: Scope) -> tuple[int, ...]:
    """Returns sizes written one by one or as `3x32x32`; raises Fault where one is not a positive integer."""
    sizes: list[Any] = []
    for expression in expressions:
        value = evaluate(expression, scope)
        sizes += value if isinstance(value, tuple) else [value]
    for size in sizes:
        if isinstance(size, Formula):
            continue
        if type(size) is not int or size < 1:
            raise Fault(BadExpression(f"a size must be a positive integer, not {show(size)}"), span)
    return tuple(sizes)


def is_literal(expect: tree.Expectation) -> bool:
    """Returns whether an expectation consists of numbers only, and so describes the declared input."""
    return all(
        isinstance(size, tree.Literal)
        or (isinstance(size, tree.Size) and not any(isinstance(part, str) for part in size.sizes))
        for size in expect.sizes
    )
