"""Budgets from outside of a file: `check --require "macs <= 1e9"`, and `require` in pyproject.toml."""

from __future__ import annotations

from cnnspec.diagnostics.diagnostic import Diagnostic, diagnose
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.budgets import QUANTITIES, holds
from cnnspec.network.problems import Fault
from cnnspec.network.scope import Scope
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.parse import parse_expression
from cnnspec.syntax.pieces import pieces

SAMPLE = dict.fromkeys(QUANTITIES, 1_000_003)  # of a network that every budget is tried with when it is read


class BadBudget(UsageError):
    """A budget from outside that cannot be read: a usage error, which can be shown with its place in the option."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(f"{diagnostic.span.source.name}: {diagnostic.message}")
        self.diagnostic = diagnostic


def read_budgets(text: Span) -> tuple[tree.Expression, ...]:
    """Returns the budgets of a text such as `parameters <= 5e6, macs <= 1e9`; raises BadBudget.

    They see no name of the file that they are for, so whether they have a meaning is known before there is a network.
    """
    return tuple(map(_budget, pieces(text.source, text.start, text.end)))


def _budget(piece: Span) -> tree.Expression:
    expression, mistakes = parse_expression(*piece)
    if expression is None or mistakes:
        raise BadBudget(mistakes[0])
    try:
        holds(expression, SAMPLE, Scope())
    except Fault as fault:
        raise BadBudget(diagnose(fault.problem, fault.span, labels=fault.labels)) from None
    return expression
