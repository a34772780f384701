"""From the body of a network to its nodes: names, constants, expressions, layers, and their shapes as they come.

Expressions may ask for shapes (`in.channels`), so layers are validated and their shapes inferred in the order of the text.
After a mistake the walk goes on with the best known shape: an explicit `-> shape`, what the layer declares, or none, in
which case later layers are validated but stay silent about shapes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import Problem
from cnnspec.layers.elsewhere import our_layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.layers.registry import Word, known_words, lookup
from cnnspec.network.bind import bind, create
from cnnspec.network.expressions import evaluate
from cnnspec.network.naming import Level
from cnnspec.network.network import Node, Origin
from cnnspec.network.problems import (
    ExpectationsSkipped,
    Fault,
    NameTaken,
    NotYet,
    RankAsserted,
    ShapeDiffers,
    Structure,
    UnknownLayer,
)
from cnnspec.network.scope import Flow, Scope, Unknown, define
from cnnspec.network.sizes import expected_shape, input_shape, is_literal, symbol_sizes, symbols
from cnnspec.network.walk import infer
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.lexer import LATER_WORDS
from cnnspec.values.shapes import Shape


@dataclass
class Elaboration:
    """The state of one walk through one network."""

    scope: Scope
    given_input: Shape | None
    trust_expected: tuple[bool, ...] = ()  # behind each wrong `-> shape`: go on with what is expected (also by default)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    flow: Flow | None = None
    input: Shape | None = None
    input_span: Span | None = None
    skipped: list[Span] = field(default_factory=list)
    disputed: int = 0  # how many shapes are not the ones that the author expects
    lost: bool = False  # whether a statement stayed silent because of a mistake that is reported elsewhere

    def network(self, definition: tree.NetworkDefinition) -> None:
        """Walks the body; afterwards `nodes`, `flow` and `diagnostics` tell what was found."""
        self.body(definition.body, Level(), self.scope)
        if self.flow is None:
            advice = "begin the body with the shape of one sample, such as `input 1x28x28`"
            self.report(Structure(f"network `{definition.name.text}` has no `input`", advice), definition.name.span)
        elif not self.nodes and not self.lost and not any(diagnostic.is_error for diagnostic in self.diagnostics):
            advice = "write one on each line after the `input`, such as `flatten` or `linear 10`"
            self.report(Structure(f"network `{definition.name.text}` has no layers", advice), definition.name.span)
        if self.skipped:
            self.report(ExpectationsSkipped(len(self.skipped)), self.skipped[0])

    def report(self, problem: Problem, span: Span, labels: tuple[Label, ...] = ()) -> None:
        self.diagnostics.append(diagnose(problem, span, labels=labels))

    def body(self, statements: tree.Body, level: Level, scope: Scope) -> None:
        for statement in statements:
            try:
                self.statement(statement, level, scope)
            except Fault as fault:
                self.report(fault.problem, fault.span, fault.labels)
                self.lose(statement, scope)
            except Unknown:
                self.lost = True
                self.lose(statement, scope)

    def statement(self, statement: tree.Statement, level: Level, scope: Scope) -> None:
        """Does what one statement says; raises Fault, or Unknown."""
        match statement:
            case tree.Call():
                self.call(statement, level, scope)
            case tree.Group():
                self.group(statement, level, scope)
            case tree.Let():
                define(statement.name, evaluate(statement.value, scope), scope, self.diagnostics)
            case tree.Input():
                self.declare_input(statement, level, scope)
            case tree.Broken():
                self.broken(statement, level, scope)
            case _:
                raise Fault(Structure("networks and `train` stand side by side, not inside each other"), statement.span)

    def lose(self, statement: tree.Statement, scope: Scope) -> None:
        """Goes on after a mistake: with the shape that the author expects behind the statement, or without one."""
        if isinstance(statement, tree.Let):
            scope.lose(statement.name.text)
            return
        if self.flow is None:
            return
        shape = None
        expect = getattr(statement, "expect", None)
        if expect is not None and self.given_input is None:
            try:
                shape = expected_shape(expect, scope)
            except (Fault, Unknown):
                shape = None
        self.arrive(Flow(shape))
        label = getattr(statement, "label", None)
        if label is not None:
            scope.labels.setdefault(label.text, Flow(shape))

    def arrive(self, flow: Flow) -> None:
        """Makes `flow` the current value."""
        self.flow = flow
        self.scope.values["in"] = flow

    # statements

    def declare_input(self, statement: tree.Input, level: Level, scope: Scope) -> None:
        if self.input is not None and self.input_span is not None:
            text = "a network of one path has one `input`"
            raise Fault(Structure(text), statement.span, [Label(self.input_span, "the first one")])
        self.input_span = statement.span
        if level.path:
            raise Fault(Structure("`input` stands in the body of the network, before the first layer"), statement.span)
        self.enter(Flow(None))
        declared = symbols(statement.arguments, scope)
        try:
            if self.given_input is not None:
                scope.values.update(symbol_sizes(declared, self.given_input))
            self.input = self.given_input or input_shape(statement.arguments, scope)
        except Fault:
            for symbol, _ in declared:
                if symbol is not None:
                    scope.lose(symbol)
            raise
        flow = Flow(self.input)
        self.enter(flow)
        if statement.label is not None:
            self.label(statement.label, flow, scope)

    def enter(self, flow: Flow) -> None:
        """Makes `flow` the current value and that of the name `input`."""
        self.arrive(flow)
        self.scope.values["input"] = flow

    def group(self, statement: tree.Group, level: Level, scope: Scope) -> None:
        inner = Scope(outer=scope, labels=scope.labels if statement.label is None else {})
        if statement.label is None:
            self.body(statement.body, level, inner)
        else:
            self.require_input(statement.label.span)
            path = level.name(statement.label, statement.span)
            self.body(statement.body, Level(path), inner)
            assert self.flow is not None
            self.label(statement.label, Flow(self.flow.shape, inner.labels), scope)
        if statement.expect is not None:
            self.verify(statement.expect, scope)

    def call(self, statement: tree.Call, level: Level, scope: Scope) -> None:
        word = lookup(statement.word.text)
        if word is None:
            self.go_on(statement, self.unknown(statement, level, scope), scope)
            return
        self.require_input(statement.word.span)
        path = level.name(statement.label, statement.word.span)
        bound = bind(word.kind, statement.arguments, scope)
        layer = create(word.kind, bound, statement.word)
        assert self.flow is not None
        x = self.flow.shape
        y = None
        if x is not None:
            verify_rank(word, statement.word, x)
            origin = Origin(statement.span, statement.word.span, bound.spans)
            y, mistake = infer(layer, x, origin, self.nodes, self.input)
            if mistake is not None:
                self.diagnostics.append(mistake)
            if y is not None:
                self.nodes.append(Node(path, layer, (len(self.nodes),), x, y, origin))
        self.go_on(statement, y, scope)

    def unknown(self, statement: tree.Call, level: Level, scope: Scope) -> Shape | None:
        """Reports a word that is no layer; returns the shape behind the layer that was meant, where that is clear."""
        word = statement.word
        if word.text in LATER_WORDS:
            raise Fault(NotYet(word.text), word.span)
        problem = UnknownLayer("layer", word.text, tuple(known_words()), elsewhere=our_layer(word.text))
        self.report(problem, word.span)
        meant = lookup(problem.replacement) if problem.replacement else None
        if meant is None or self.flow is None or self.flow.shape is None:
            return None
        try:
            level.name(statement.label, word.span)
            layer = create(meant.kind, bind(meant.kind, statement.arguments, scope), word)
            return layer.infer(self.flow.shape)
        except (Fault, Unknown, LayerProblem):
            return None  # perhaps it was not meant, and then this would be no mistake

    def go_on(self, statement: tree.Call, shape: Shape | None, scope: Scope) -> None:
        """Makes what comes out of a layer the current value, with its label, and verifies what the author expects."""
        self.arrive(Flow(shape))
        if statement.expect is not None:
            self.verify(statement.expect, scope)
        if statement.label is not None:
            assert self.flow is not None
            self.label(statement.label, self.flow, scope)

    def broken(self, statement: tree.Broken, level: Level, scope: Scope) -> None:
        """Goes on behind a statement that could not be read: it may have been anything."""
        level.count += 1
        self.lost = True
        if statement.name is not None:
            scope.lose(statement.name.text)
        self.arrive(Flow(None))

    def require_input(self, span: Span) -> None:
        if self.flow is None:
            self.flow = Flow(None)  # say it once
            raise Fault(
                Structure(
                    "this layer stands before the `input`", "begin the body with `input 1x28x28`, the shape of one sample"
                ),
                span,
            )

    def label(self, label: tree.Name, flow: Flow, scope: Scope) -> None:
        """Makes the label a name for the value that comes out, where names can refer to it."""
        place = scope.places.get(label.text)
        if place is not None and place[0] != "a label":
            raise Fault(NameTaken(place[0], label.text), label.span, [Label(place[1], "introduced here")])
        scope.places[label.text] = ("a label", label.span)
        scope.labels[label.text] = flow

    # assertions

    def verify(self, expect: tree.Expectation, scope: Scope) -> None:
        """Compares `-> shape` with what came out, and goes on with one of them; what came out may be unknown."""
        assert self.flow is not None
        if self.given_input is not None and is_literal(expect):
            self.skipped.append(expect.span)
            return
        expected = expected_shape(expect, scope)
        actual = self.flow.shape
        if actual is None:
            self.arrive(Flow(expected))
        elif actual.sizes != expected.sizes:
            self.report(ShapeDiffers(str(expected), str(actual)), expect.span)
            if self.disputed >= len(self.trust_expected) or self.trust_expected[self.disputed]:
                self.arrive(Flow(expected))
            self.disputed += 1


def verify_rank(word: Word, written: tree.Name, x: Shape) -> None:
    """Raises Fault where a spelling such as `conv2d` asserts other axes than arrive; `batchnorm1d` takes flat values too."""
    if word.rank is None or word.rank == x.rank - 1:
        return
    if not (word.rank == 1 and x.rank == 1 and 0 in word.kind.ranks):
        raise Fault(RankAsserted(written.text, word.rank, str(x), x.rank - 1, word.kind.keyword), written.span)
