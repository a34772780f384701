"""From the body of a network to its nodes: names, constants, expressions, layers, and their shapes as they come.

Expressions may ask for shapes (`in.channels`), so layers are validated and their shapes inferred in the order of the text.
After a mistake the walk goes on with the best known shape: an explicit `-> shape`, what the layer declares, or none, in
which case later layers are validated but stay silent about shapes.

This file holds the state of a walk and what all statements share; `statements.py` says which function does what a statement
says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnspec.diagnostics.diagnostic import Diagnostic, Label
from cnnspec.diagnostics.problem import Problem
from cnnspec.network.calls import Record
from cnnspec.network.expansion import Expansion
from cnnspec.network.findings import Findings
from cnnspec.network.inputs import DeclaredInput
from cnnspec.network.naming import Level, label_name, may_name
from cnnspec.network.network import BlockCall, Frame, MergeNode, Node, Path
from cnnspec.network.problems import ExpectationsSkipped, Fault, Structure
from cnnspec.network.same_mistake import is_copy
from cnnspec.network.scope import LOST, NOWHERE, UNKNOWN, FileScope, Flow, Made, Scope, Unknown, hidden, refuse_taken
from cnnspec.network.sizes import expected_shape, is_literal
from cnnspec.network.statements import STATEMENTS
from cnnspec.network.symbolic.notes import Notes
from cnnspec.network.walk import Lineage, Past, lineage, unexpected
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.problems import NestedTooDeep
from cnnspec.syntax.visit import labelled, labels_in
from cnnspec.values.dims import Undecided, assuming
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    from cnnspec.network.budgets import Requirement
    from cnnspec.values.conditions import Condition

MAX_DEPTH = 200  # a level takes five of Python's calls; see `compiler`


class Abandoned(Exception):
    """The walk ends here: there would be too many layers."""


@dataclass
class Elaboration:
    """The state of one walk through one network."""

    definition: tree.NetworkDefinition
    file: FileScope
    given_inputs: Mapping[str | None, Shape]  # by label; under None for the only input
    expansion: Expansion
    trusted: Mapping[Span, bool] = field(
        default_factory=dict
    )  # behind a wrong `-> shape`: whether to go on with it (if unsaid, yes)
    notes: Notes = field(default_factory=Notes)  # what is assumed of symbolic sizes
    findings: Findings = field(default_factory=Findings)
    nodes: list[Node | MergeNode] = field(default_factory=list)
    inputs: list[DeclaredInput] = field(default_factory=list)
    returns: tuple[Flow, ...] | None = None
    return_names: tuple[str, ...] = ()
    output_span: Span | None = None
    blocks: list[tuple[Path, BlockCall]] = field(default_factory=list)
    flow: Flow | None = None
    arriving: Flow | None = None  # the value at the beginning of the statement: what `in` means in its `-> shape`
    frames: tuple[Frame, ...] = ()
    requirements: list[Requirement] = field(default_factory=list)
    skipped: dict[Span, None] = field(default_factory=dict)
    disputed: dict[Span, int] = field(default_factory=dict)  # where a shape is not the one that the author expects, how often
    lost: bool = False  # whether a statement stayed silent because of a mistake that is reported elsewhere
    ended: Span | None = None  # where `output` stands, until something follows it
    lost_labels: list[tree.Template | tree.Broken] = field(default_factory=list)  # labels that nobody knows are in these
    stated: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)  # values of which the author knows the sizes
    gaps: int = 0  # nodes that mistakes kept away
    doubted: bool = False  # whether the shape is a guess behind a mistake, until the author says what it should be
    misled: list[tuple[Frame, ...]] = field(default_factory=list)  # bodies whose parameters are for another value
    applications: int = 0  # of `reuse`
    turns: int = 0  # rounds of loops, and bodies of blocks
    depth: int = 0  # of bodies in bodies, those of blocks included
    conditions: list[Condition] = field(default_factory=list)  # on symbolic sizes, as `-> shape` states them

    def __post_init__(self) -> None:
        self.root = Scope(outer=self.file)  # of the body that is walked: the network's or a block's
        self.body_of: tree.NetworkDefinition | tree.BlockDefinition = self.definition
        self.declared = sum(isinstance(statement, tree.Input) for statement in self.definition.body)
        self.constant_layers: dict[int, Any] = {}
        self.inferred: dict[tuple[int, Shape], Shape] = {}
        self.records: dict[object, Record] = {}
        self.expected_of: dict[str, dict[Span, bool]] = {}  # by block: where a shape is expected, and whether it comes out
        self.labelled_in: dict[int, dict[str, Any]] = {}
        self.relabelled: list[tree.Statement] = []  # kept, since what is noted about statements goes by their identity

    def network(self) -> None:
        """Walks the body; afterwards `nodes`, `returns` and `findings` tell what was found."""
        try:
            with assuming(self.notes):
                self.body(self.definition.body, Level(), self.root)
        except Abandoned:
            self.lost = True
        name = self.definition.name
        self.lost |= self.file.lacks_blocks
        if self.flow is None and not self.file.lacks_blocks:
            advice = "begin the body with the shape of one sample, such as `input 1x28x28`"
            self.report(Structure(f"network `{name.text}` has no `input`", advice), name.span)
        elif not self.nodes and not self.lost and not self.findings.has_errors:
            advice = "write one on each line after the `input`, such as `flatten` or `linear 10`"
            self.report(Structure(f"network `{name.text}` has no layers", advice), name.span)
        self.findings.blame_blocks(self.expected_of)
        if self.skipped:
            self.report(ExpectationsSkipped(len(self.skipped)), next(iter(self.skipped)))
        if self.returns is None and self.flow is not None:
            self.returns = (self.flow,)

    @property
    def is_freed(self) -> bool:
        """Returns whether sizes are symbols only to find out which ones are valid: then weights need no fixed sizes."""
        return any(shape.is_symbolic for shape in self.given_inputs.values())

    @property
    def diagnostics(self) -> list[Diagnostic]:
        return self.findings.diagnostics

    def report(self, problem: Problem, span: Span, labels: tuple[Label, ...] = ()) -> None:
        self.findings.add(problem, span, labels, self.frames)

    # statements

    def body(self, statements: tree.Body, level: Level, scope: Scope) -> None:
        """Elaborates statements one after the other; raises Fault where bodies and block calls are nested too deep."""
        if self.depth > MAX_DEPTH and statements:
            raise Fault(NestedTooDeep(MAX_DEPTH), statements[0].span)
        outer = self.arriving
        self.depth += 1
        for statement in statements:
            self.arriving = self.flow
            self.step(statement, level, scope)
        self.depth -= 1
        self.arriving = outer

    def step(self, statement: tree.Statement, level: Level, scope: Scope) -> None:
        """Does what one statement says; its mistakes are reported, and the walk goes on behind it."""
        elaborate = STATEMENTS.get(type(statement))
        before = self.flow
        self.refuse_behind_output(statement)
        try:
            if elaborate is None:
                raise Fault(Structure("networks, blocks and `train` stand side by side, not inside each other"), statement.span)
            elaborate(self, statement, level, scope)
        except Fault as fault:
            self.explain(fault, scope)
            label = getattr(statement, "label", None)
            if label is None or not _covers(label.span, fault.span) or is_copy(statement, fault):
                self.lose(statement, scope)
                return
            if self.flow is before:  # nothing is done yet, and all of it can be done under a label that nobody can write
                label_of_its_own = tree.Name(f"#{len(self.relabelled)}", label.span)
                self.relabelled.append(statement.replaced(label=label_of_its_own))
                self.step(self.relabelled[-1], level, scope)
                scope.labels.pop(label_of_its_own.text, None)
            self.lose_label(label, scope, self.flow)
        except Unknown:
            self.lost = True
            self.lose(statement, scope)
        except Undecided as reason:
            from cnnspec.network.symbolic.verification import undecided

            self.report(undecided(reason, f"`{reason}`"), statement.span)
            self.lose(statement, scope)

    def explain(self, fault: Fault, scope: Scope) -> None:
        """Reports a mistake, unless an earlier one may be the reason."""
        from cnnspec.network.references import why_unknown

        try:
            fault = why_unknown(self, fault, scope)
        except Unknown:
            self.lost = True
        else:
            self.report(fault.problem, fault.span, fault.labels)

    def refuse_behind_output(self, statement: tree.Statement) -> None:
        """Reports, once, that `output` is not the last statement."""
        if self.ended is None or self.body_of is not self.definition or isinstance(statement, tree.Broken | tree.Require):
            return
        place, self.ended = self.ended, None
        problem = Structure("`output` is the last statement of a network, but this one follows", "move `output` behind it")
        if isinstance(statement, tree.Output):
            problem = Structure("a network has one `output`", "name all values in one line: `output a, b`")
        word = getattr(statement, "word", None) or getattr(statement, "label", None) or statement
        self.report(problem, word.span, (Label(place, "the network ends here"),))

    def lose(self, statement: tree.Statement, scope: Scope) -> None:
        """Goes on after a mistake: with the shape that the author expects behind the statement, or without one."""
        if isinstance(statement, tree.Let):
            scope.lose(statement.name.text)
            return
        self.gaps += 1
        if self.flow is None:
            return
        shape = None
        expect = getattr(statement, "expect", None)
        if expect is not None and not self.given_inputs:
            try:
                shape = expected_shape(expect, scope)
            except (Fault, Unknown):
                shape = None
        self.arrive(Flow(shape))
        for label in labels_in(statement):
            self.lose_label(label, scope, self.flow if label is statement.label else None)  # type: ignore[union-attr]

    def lose_label(self, label: tree.Label, scope: Scope, flow: Flow | None) -> None:
        """Makes what refers to a label, whose statement is at fault, stay silent."""
        if isinstance(label, tree.Name):
            scope.labels.setdefault(label.text, Flow(flow.shape if flow is not None else None, made=LOST))
        else:
            self.lost_labels.append(label)

    def labelled(self, body: tree.Body) -> dict[str, Any]:
        """Returns the statements in a body by their labels."""
        found = self.labelled_in.get(id(body))
        if found is None:
            found = self.labelled_in[id(body)] = labelled(body)
        return found

    def may_have_lost(self, name: str) -> bool:
        """Returns whether a mistake that is reported elsewhere may be why there is no label of this name."""
        return any(may_name(lost, name) for lost in self.lost_labels)

    def arrive(self, flow: Flow) -> None:
        """Makes `flow` the current value."""
        self.flow = flow
        self._mean("in", flow)

    def enter(self, flow: Flow) -> None:
        """Makes `flow` the current value and that of the name `input`."""
        self.arrive(flow)
        self._mean("input", flow)

    def _mean(self, name: str, flow: Flow) -> None:
        """Makes `in` or `input` stand for a value, unless the body takes the name, wrongly, for something else."""
        if self.root.values.get(name) is not UNKNOWN:
            self.root.values[name] = flow

    def here(self, span: Span) -> Flow:
        """Returns the current value; raises Fault at `span` where there is none yet."""
        if self.flow is None:
            self.enter(Flow(None))  # say it once
            if self.file.lacks_blocks:  # what could not be read, outside of all networks, was perhaps the beginning of this one
                return self.here(span)
            advice = "begin the body with `input 1x28x28`, the shape of one sample"
            raise Fault(Structure("this statement stands before the `input`", advice), span)
        return self.flow

    def shape(self, value: int) -> Shape:
        """Returns the shape of a value by its number; it is known."""
        shape = self.nodes[value - self.declared].output if value >= self.declared else self.inputs[value].shape
        assert shape is not None
        return shape

    def lineage(self, value: int, start: int = 0) -> Lineage:
        """Returns the nodes that led to a value, from the one that made the value `start` on."""
        return lineage(value, self.nodes, [declared.shape for declared in self.inputs], self.declared, start)

    @property
    def past(self) -> Past:
        """Returns what there is so far, for whoever explains a mistake."""
        inputs = [declared.shape for declared in self.inputs]
        spans = [declared.span for declared in self.inputs]
        return Past(self.nodes, inputs, self.declared, self.stated, self.body_of.body, spans)

    def add(self, node: Node | MergeNode) -> int:
        """Adds a node; returns the number of the value that comes out; raises Abandoned where there are too many."""
        problem = self.expansion.over(len(self.nodes) + 1)
        if problem is not None:
            self.abandon(problem, node.origin.word)
        self.nodes.append(node)
        return self.declared + len(self.nodes) - 1

    def turn(self, span: Span) -> None:
        """Counts a round of a loop or the body of a block, which may add no layer; raises Abandoned if there are too many."""
        self.turns += 1
        problem = self.expansion.over(self.turns)
        if problem is not None:
            self.abandon(problem, span)

    def abandon(self, problem: Problem, span: Span) -> None:
        """Ends the walk with a mistake; raises Abandoned."""
        self.report(problem, span)
        raise Abandoned

    # what statements share

    def construct(
        self, statement: Any, level: Level, scope: Scope, inside: Callable[[Level, Scope], None], word: Span | None = None
    ) -> None:
        """Does `inside` a level and a scope of its own where the statement has a label, else in those around it."""
        label = label_name(statement.label, scope)
        self.here(word or (label.span if label is not None else statement.span))
        if label is None:
            inside(level, scope)
        else:
            path = level.name(label, statement.span)
            start, inner = self.mark(), Scope(outer=scope)
            inside(Level(path), inner)
            self.label(label, scope, inner=inner.labels, made=self.made_since(start))
        if statement.expect is not None:
            self.verify(statement.expect, scope)

    def mark(self) -> Made:
        """Returns the present place in the order of the nodes; see `made_since`."""
        return Made(len(self.nodes), len(self.nodes), self.flow.value if self.flow is not None else NOWHERE, self.gaps)

    def made_since(self, mark: Made) -> Made:
        """Returns the nodes that came since `mark`."""
        return mark._replace(end=len(self.nodes), gaps=self.gaps - mark.gaps)

    def label(
        self,
        label: tree.Name,
        scope: Scope,
        *,
        inner: Mapping[str, Flow] | None = None,
        made: Made | None = None,
        is_block: bool = False,
    ) -> None:
        """Makes the label a name for the current value, where names can refer to it."""
        assert self.flow is not None
        refuse_taken(label, scope, "a label")
        self.findings.extend(hidden(label, scope))
        inside = None if is_block else inner or {}
        scope.labels[label.text] = Flow(self.flow.shape, self.flow.value, label.span, made, inside)

    def verify(self, expect: tree.Expectation, scope: Scope) -> None:
        """Compares `-> shape` with what came out, and goes on with one of them; what came out may be unknown."""
        assert self.flow is not None
        if self.given_inputs and is_literal(expect):
            self.skipped[expect.span] = None
            return
        expected = expected_shape(expect, Scope(outer=scope, values={"in": self.arriving}))
        actual = self.flow.shape
        doubted, self.doubted = self.doubted, False
        if actual is not None and (actual.is_symbolic or expected.is_symbolic):
            from cnnspec.network.symbolic.verification import verify_shape

            verify_shape(self, expect, expected, actual)
        elif actual is None or (doubted and actual.sizes != expected.sizes):
            self.arrive(Flow(expected))
        elif actual.sizes != expected.sizes:
            value, is_repeated = self.flow.value, bool(self.frames)
            differs = unexpected(expected, actual, value, expect.span, self.past, is_repeated=is_repeated)
            self.findings.put(differs, self.frames)
            if self.trusted.get(expect.span, True):
                meant = Shape(expected.sizes, actual.channels_first) if expected.rank == actual.rank else expected
                self.arrive(Flow(meant, self.flow.value))
            self.disputed[expect.span] = self.disputed.get(expect.span, 0) + 1
            self.gaps += 1  # what is reused would differ from what is expected here
        else:
            self.stated.append((self.flow.value, actual.sizes))


def _covers(outer: Span, inner: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
