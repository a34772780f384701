"""Merges: several branches of one value, or the current value and labelled ones, become one value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.layers.merge_problems import MergeProblem
from cnnspec.layers.merges import MERGES
from cnnspec.network.control import chosen, rounds
from cnnspec.network.graph_problems import TooFewBranches
from cnnspec.network.meeting import remedy
from cnnspec.network.naming import Level, label_name
from cnnspec.network.network import MergeNode, Origin
from cnnspec.network.problems import Fault, Structure
from cnnspec.network.references import refer
from cnnspec.network.scope import Flow, Scope
from cnnspec.network.walk import producer
from cnnspec.source import Span
from cnnspec.syntax import tree

if TYPE_CHECKING:
    from cnnspec.network.elaborate import Elaboration


class Branch(NamedTuple):
    """One value on its way to a merge, and where it is written."""

    flow: Flow
    span: Span


@dataclass
class _Branches:
    """Collects the branches of one merge, and their labels, which become visible behind it."""

    walk: Elaboration
    entry: Flow
    found: list[Branch]
    labels: dict[str, Flow]

    def add(self, body: tree.Body, level: Level, scope: Scope, span: Span) -> None:
        """Adds a sequence of statements as one branch."""
        self.walk.arrive(self.entry)
        inner = Scope(outer=scope)
        self.walk.body(body, level, inner)
        assert self.walk.flow is not None
        self.found.append(Branch(self.walk.flow, span))
        self.labels.update(inner.labels)

    def add_each(self, body: tree.Body, level: Level, scope: Scope) -> None:
        """Adds each statement of a merge's body; those inside loops and conditions are branches too."""
        for statement in body:
            match statement:
                case tree.Let():
                    self.walk.step(statement, level, scope)
                case tree.Repeat() | tree.For() | tree.If():
                    self.walk.arrive(self.entry)
                    self.add_inside(statement, level, scope)
                case tree.Group(label=None, expect=None):
                    self.add(statement.body, level, scope, statement.span)
                case _:
                    self.add((statement,), level, scope, statement.span)

    def add_inside(self, statement: tree.Repeat | tree.For | tree.If, level: Level, scope: Scope) -> None:
        if statement.expect is not None:
            text = "a loop or condition in a merge stands for several branches"
            raise Fault(Structure(text, "write `-> shape` behind the merge, or behind one branch"), statement.expect.span)

        def inside(level: Level, scope: Scope) -> None:
            if isinstance(statement, tree.If):
                self.add_each(*chosen(statement, level, scope))
            else:
                for inner in rounds(self.walk, statement, scope):
                    self.add_each(statement.body, level, inner)

        self.walk.construct(statement, level, scope, inside, statement.word.span)


def merge(walk: Elaboration, statement: tree.Merge, level: Level, scope: Scope) -> None:
    """Elaborates `add { ... }`: every statement of the body is a branch of the current value."""
    branches = statement.branches
    if len(branches) < 2 and not any(isinstance(branch, tree.Repeat | tree.For | tree.If | tree.Broken) for branch in branches):
        how_many = "one branch" if branches else "no branches"
        advice = "each statement in the body is a branch; `{ }` is the value itself"
        raise _too_few(f"`{statement.word.text}` has {how_many}: there is nothing to merge", statement, advice)

    def inside(level: Level, scope: Scope) -> None:
        collected = _Branches(walk, walk.here(statement.word.span), [], {})
        inner = Scope(outer=scope)
        collected.add_each(branches, level, inner)
        if not collected.found:
            raise _too_few(f"`{statement.word.text}` comes out with no branches here", statement)
        scope.labels.update({**inner.labels, **collected.labels})
        _merge(walk, statement, level, collected.found)

    walk.construct(statement, level, scope, inside, statement.word.span)


def _too_few(text: str, statement: tree.Merge | tree.Join, advice: str | None = None) -> Fault:
    return Fault(TooFewBranches(text, advice), statement.word.span)


def residual(walk: Elaboration, statement: tree.Residual, level: Level, scope: Scope) -> None:
    """Elaborates `residual { ... } shortcut { ... }`: the sum of two branches, the second of which may be the value itself."""

    def inside(level: Level, scope: Scope) -> None:
        collected = _Branches(walk, walk.here(statement.word.span), [], {})
        collected.add(statement.main, level, scope, statement.word.span)
        collected.add(statement.shortcut or (), level, scope, statement.word.span)
        scope.labels.update(collected.labels)
        _merge(walk, statement, level, collected.found)

    walk.construct(statement, level, scope, inside, statement.word.span)


def join(walk: Elaboration, statement: tree.Join, level: Level, scope: Scope) -> None:
    """Elaborates `concat in, enc1`: the current value and labelled ones; where `in` is not written, it comes first."""
    label = label_name(statement.label, scope)
    arriving = walk.here(statement.word.span)
    if label is not None:
        level.name(label, label.span)
    branches = [Branch(refer(walk, operand, scope), operand.span) for operand in statement.operands]
    if not any(isinstance(operand, tree.Name) and operand.text == "in" for operand in statement.operands):
        branches.insert(0, Branch(arriving, statement.word.span))
    if len(branches) < 2:
        advice = f"name the values to merge with: `{statement.word.text} in, enc1`"
        raise _too_few(f"`{statement.word.text}` has one value: there is nothing to merge", statement, advice)
    _merge(walk, statement, level, branches, label.text if label is not None else None)
    if statement.expect is not None:
        walk.verify(statement.expect, scope)
    if label is not None:
        walk.label(label, scope)


def _merge(
    walk: Elaboration,
    statement: tree.Merge | tree.Residual | tree.Join,
    level: Level,
    branches: list[Branch],
    label: str | None = None,
) -> None:
    """Makes the merged value the current one; what cannot be merged is reported."""
    rule = MERGES["add" if isinstance(statement, tree.Residual) else statement.word.text]
    shapes = [branch.flow.shape for branch in branches if branch.flow.shape is not None]
    if len(shapes) < len(branches):
        walk.gaps += 1
        walk.arrive(Flow(None))
        return
    try:
        output = rule.infer(shapes)
    except MergeProblem as problem:
        walk.findings.put(_explain(walk, statement, problem, branches), walk.frames)
        walk.gaps += 1
        walk.arrive(Flow(problem.fallback()))
        return
    origin = Origin(statement.span, statement.word.span, {}, walk.frames)
    values = tuple(branch.flow.value for branch in branches)
    node = MergeNode(level.path, rule, values, tuple(shapes), output, origin, label)
    walk.arrive(Flow(output, walk.add(node)))


def _explain(
    walk: Elaboration, statement: tree.Merge | tree.Residual | tree.Join, problem: MergeProblem, branches: list[Branch]
) -> Diagnostic:
    """Returns a merge's mistake with where the two values that do not meet come from, and what would make them meet."""
    labels: dict[Span, Label] = {}
    for position in (problem.first, problem.second):
        branch = branches[position]
        source = producer(walk.lineage(branch.flow.value).nodes)
        span = source.origin.word if source is not None else branch.span
        labels.setdefault(span, Label(span, f"this gives {branch.flow.shape}"))
    diagnostic = diagnose(problem, statement.word.span, labels=list(labels.values()))
    return remedy(diagnostic, problem, statement)
