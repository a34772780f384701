"""Which function does what a statement says, and those that are too short for a file of their own.

Layers and blocks are in `calls.py`, loops and conditions in `control.py`, merges in `branches.py`, and references to earlier
values in `references.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.network.branches import join, merge, residual
from cnnspec.network.budgets import Requirement
from cnnspec.network.calls import call
from cnnspec.network.control import choose, loop
from cnnspec.network.expressions import evaluate
from cnnspec.network.inputs import declare_input
from cnnspec.network.naming import Level
from cnnspec.network.problems import Fault, Structure
from cnnspec.network.references import go_on_from, return_values, reuse
from cnnspec.network.scope import Flow, Scope, define
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration


def _group(walk: Elaboration, statement: tree.Group, level: Level, scope: Scope) -> None:
    def inside(level: Level, scope: Scope) -> None:
        walk.body(statement.body, level, Scope(outer=scope, labels=scope.labels))

    walk.construct(statement, level, scope, inside)


def _let(walk: Elaboration, statement: tree.Let, level: Level, scope: Scope) -> None:
    found: list[Diagnostic] = []
    define(statement.name, evaluate(statement.value, scope), scope, found)
    walk.findings.extend(found)


def _broken(walk: Elaboration, statement: tree.Broken, level: Level, scope: Scope) -> None:
    """Goes on behind a statement that could not be read: it may have been anything."""
    level.count += 1
    walk.lost = True
    walk.lost_labels.append(statement)
    walk.gaps += 1
    if statement.name is not None:
        scope.lose(statement.name.text)
    walk.arrive(Flow(None))


def _require(walk: Elaboration, statement: tree.Require, level: Level, scope: Scope) -> None:
    """Keeps a budget until the network is complete."""
    if scope is not walk.root or walk.body_of is not walk.definition:
        raise Fault(
            Structure("`require` stands in the body of the network itself, not inside another statement"), statement.span
        )
    walk.requirements.append(Requirement(statement, scope))


STATEMENTS: dict[type, Callable[[Elaboration, Any, Level, Scope], None]] = {
    tree.Call: call,
    tree.Group: _group,
    tree.Let: _let,
    tree.Input: declare_input,
    tree.Merge: merge,
    tree.Join: join,
    tree.Residual: residual,
    tree.Repeat: loop,
    tree.For: loop,
    tree.If: choose,
    tree.From: go_on_from,
    tree.Reuse: reuse,
    tree.Output: return_values,
    tree.Require: _require,
    tree.Broken: _broken,
}
