"""Merges: several branches of one value, or the current value and labelled ones, become one value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from cnnspec.diagnostics.diagnostic import Label, diagnose
from cnnspec.layers.merge_problems import MergeProblem
from cnnspec.layers.merges import MERGES
from cnnspec.network.control import chosen, rounds
from cnnspec.network.graph_problems import MergedWithItself, TooFewBranches
from cnnspec.network.naming import Level, label_name
from cnnspec.network.network import MergeNode, Origin
from cnnspec.network.problems import Fault, Structure
from cnnspec.network.references import refer
from cnnspec.network.scope import NOWHERE, Flow, Scope
from cnnspec.network.walk import place, producer
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
    found: list[Branch] = field(default_factory=list)
    labels: dict[str, Flow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.start = self.walk.declared + len(self.walk.nodes)  # the number of the first value that a branch makes

    def add(self, body: tree.Body, level: Level, scope: Scope, span: Span) -> None:
        """Adds a sequence of statements as one branch."""
        self.walk.arrive(self.entry)
        inner = Scope(outer=scope)
        self.walk.body(body, level, inner)
        assert self.walk.flow is not None
        self.found.append(Branch(self.walk.flow, span))
        self.labels.update(inner.labels)

    def add_each(self, body: tree.Body, level: Level, scope: Scope) -> None:
        """Adds each statement of a merge's body; those inside loops and conditions without a label are branches too."""
        for statement in body:
            match statement:
                case tree.Let():
                    self.walk.step(statement, level, scope)
                case tree.Repeat(label=None) | tree.For(label=None) | tree.If(label=None):
                    self.add_inside(statement, level, scope)
                case tree.Group(label=None, expect=None):
                    self.add(statement.body, level, scope, statement.span)
                case _:
                    self.add((statement,), level, scope, statement.span)

    def add_inside(self, statement: tree.Repeat | tree.For | tree.If, level: Level, scope: Scope) -> None:
        if statement.expect is not None:
            text = "a loop or condition in a merge stands for several branches"
            raise Fault(Structure(text, "write `-> shape` behind the merge, or behind one branch"), statement.expect.span)
        self.walk.arrive(self.entry)
        if isinstance(statement, tree.If):
            self.add_each(*chosen(statement, level, scope))
            return
        for inner in rounds(self.walk, statement, scope):
            self.add_each(statement.body, level, inner)


def merge(walk: Elaboration, statement: tree.Merge | tree.Residual, level: Level, scope: Scope) -> None:
    """Elaborates `add { ... }`: every statement of the body is a branch of the current value. `residual` adds two of them."""
    branches = statement.branches if isinstance(statement, tree.Merge) else _summands(statement)
    fault = None
    if len(branches) < 2 and not any(map(_may_be_several, branches)):
        how_many = "one branch" if branches else "no branches"
        advice = "each statement in the body is a branch; `{ }` is the value itself"
        fault = _too_few(f"`{statement.word.text}` has {how_many}: there is nothing to merge", statement, advice)
        walk.report(fault.problem, fault.span)
        walk.gaps += 1

    def inside(level: Level, scope: Scope) -> None:
        collected = _Branches(walk, walk.here(statement.word.span))
        if not branches:
            return
        inner = Scope(outer=scope)
        collected.add_each(branches, level, inner)
        if not collected.found:
            text = f"`{statement.word.text}` has no branches here: the conditions and loops in it choose none"
            raise _too_few(text, statement, "`else { { } }` passes the value on")
        scope.labels.update({**inner.labels, **collected.labels})
        _merge(walk, statement, level, collected.found, collected.entry, collected.start)
        if fault is not None and statement.word.text == "concat":
            walk.arrive(Flow(None))  # nobody knows how many channels are missing

    walk.construct(statement, level, scope, inside, statement.word.span)


def _summands(statement: tree.Residual) -> tree.Body:
    """Returns the body of the `add` that a `residual` stands for."""
    bodies = (statement.main, statement.shortcut or ())  # without a shortcut, the value itself
    return tuple(tree.Group(None, body, None, statement.word.span) for body in bodies)


def _may_be_several(statement: tree.Statement) -> bool:
    if isinstance(statement, tree.Repeat | tree.For | tree.If):
        return statement.label is None
    return isinstance(statement, tree.Broken)


def _too_few(text: str, statement: tree.Merge | tree.Residual | tree.Join, advice: str | None = None) -> Fault:
    return Fault(TooFewBranches(text, advice), statement.word.span)


def join(walk: Elaboration, statement: tree.Join, level: Level, scope: Scope) -> None:
    """Elaborates `concat in, enc1`: the current value and labelled ones; where it is not written, it comes first.

    It is written as `in`, or by a label of its own: `add left, right` behind `right: ...` is the sum of two values.
    """
    label = label_name(statement.label, scope)
    arriving = walk.here(statement.word.span)
    if label is not None:
        level.name(label, label.span)
    branches = [Branch(refer(walk, operand, scope), operand.span) for operand in statement.operands]
    is_written = any(isinstance(operand, tree.Name) and operand.text == "in" for operand in statement.operands)
    by_its_label = [branch for branch in branches if branch.flow.value == arriving.value != NOWHERE]
    if by_its_label and len(branches) == 1 and not is_written:
        walk.report(MergedWithItself(by_its_label[0].span.text, statement.word.text), by_its_label[0].span)
        by_its_label.clear()
    if not is_written and not by_its_label:
        branches.insert(0, Branch(arriving, statement.word.span))
    if len(branches) < 2:
        advice = f"name the values to merge with: `{statement.word.text} in, enc1`"
        fault = _too_few(f"`{statement.word.text}` has one value: there is nothing to merge", statement, advice)
        walk.report(fault.problem, fault.span)
        walk.gaps += 1
    else:
        _merge(walk, statement, level, branches, arriving, label=label.text if label is not None else None)
    if statement.expect is not None:
        walk.verify(statement.expect, scope)
    if label is not None:
        walk.label(label, scope)


def _merge(
    walk: Elaboration,
    statement: tree.Merge | tree.Residual | tree.Join,
    level: Level,
    branches: list[Branch],
    arriving: Flow,
    start: int | None = None,
    label: str | None = None,
) -> None:
    """Makes the merged value the current one; what cannot be merged is reported. For `start` see `_Branches`."""
    rule = MERGES["add" if isinstance(statement, tree.Residual) else statement.word.text]
    shapes = [branch.flow.shape for branch in branches if branch.flow.shape is not None]
    if len(shapes) < len(branches):
        walk.gaps += 1
        walk.arrive(Flow(None))
        return
    try:
        output = rule.infer(shapes)
    except MergeProblem as problem:
        if walk.frames in walk.misled:  # a parameter is wrong, and that has been said
            walk.gaps += 1
            walk.arrive(Flow(None))
            return
        from cnnspec.network.remedies.bridging import Meeting  # files without mistakes do without
        from cnnspec.network.remedies.meeting import remedy

        labels = [_origin(walk, branches[number], arriving, start) for number in (problem.first, problem.second)]
        current = [branch.flow.value for branch in branches].index(arriving.value) if start is None else None
        diagnostic = diagnose(problem, statement.word.span, labels=labels)
        values, places = tuple(branch.flow.value for branch in branches), tuple(branch.span for branch in branches)
        meeting = Meeting(statement, values, places, current, walk.frames)
        walk.findings.put(remedy(diagnostic, problem, meeting, walk.past), walk.frames)
        walk.gaps += 1
        walk.arrive(Flow(problem.fallback()))
        walk.doubted = True
        return
    origin = Origin(statement.span, statement.word.span, {}, walk.frames)
    values = tuple(branch.flow.value for branch in branches)
    node = MergeNode(level.path, rule, values, tuple(shapes), output, origin, label)
    walk.arrive(Flow(output, walk.add(node)))


def _origin(walk: Elaboration, branch: Branch, arriving: Flow, start: int | None) -> Label:
    """Returns the label at what gave a branch its shape; `start` is the first value made in a body of branches."""
    flow = branch.flow
    if start is None and flow.span is not None:
        return Label(flow.span, f"this is {flow.shape}")
    has_arrived = flow.value == arriving.value
    source = None
    if has_arrived is (start is None):  # made in a branch, or before the statement
        source = producer(walk.lineage(flow.value, start or 0).nodes)
    if source is not None:
        return place(source.origin, walk.frames, f"this gives {flow.shape}")
    return Label(branch.span, f"{flow.shape} arrives here" if has_arrived else f"this is {flow.shape}")
