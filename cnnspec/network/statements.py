"""Which function does what a statement says, and those that are too short for a file of their own.

Layers and blocks are in `calls.py`. Loops and conditions in `control.py`, merges in `branches.py` and references to earlier
values in `references.py` are read when a file has the first of them: a plain chain of layers is checked sooner.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from cnnspec.network.calls import call
from cnnspec.network.expressions import evaluate
from cnnspec.network.inputs import declare_input
from cnnspec.network.naming import Level
from cnnspec.network.problems import Fault, Structure
from cnnspec.network.scope import Flow, Scope, define
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration

Elaborate: TypeAlias = "Callable[[Elaboration, Any, Level, Scope], None]"


def _group(walk: Elaboration, statement: tree.Group, level: Level, scope: Scope) -> None:
    def inside(level: Level, scope: Scope) -> None:
        walk.body(statement.body, level, Scope(outer=scope, labels=scope.labels))

    walk.construct(statement, level, scope, inside)


def _let(walk: Elaboration, statement: tree.Let, level: Level, scope: Scope) -> None:
    define(statement.name, evaluate(statement.value, scope), scope, walk.findings)


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
    from cnnspec.network.budgets import Requirement  # few files have budgets

    walk.requirements.append(Requirement(statement.budgets, scope))


def _in(module: str, name: str) -> Elaborate:
    """Returns a function of another file, which is read with the first statement that needs it."""

    def elaborate(walk: Elaboration, statement: Any, level: Level, scope: Scope) -> None:
        getattr(importlib.import_module(f"cnnspec.network.{module}"), name)(walk, statement, level, scope)

    return elaborate


STATEMENTS: dict[type, Elaborate] = {
    tree.Call: call,
    tree.Group: _group,
    tree.Let: _let,
    tree.Input: declare_input,
    tree.Merge: _in("branches", "merge"),
    tree.Join: _in("branches", "join"),
    tree.Residual: _in("branches", "merge"),
    tree.Repeat: _in("control", "loop"),
    tree.For: _in("control", "loop"),
    tree.If: _in("control", "choose"),
    tree.From: _in("references", "go_on_from"),
    tree.Reuse: _in("references", "reuse"),
    tree.Output: _in("references", "return_values"),
    tree.Require: _require,
    tree.Broken: _broken,
}
