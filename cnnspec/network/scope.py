"""What names stand for while a file is elaborated: constants, parameters, labelled values; layers and blocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.layers.registry import lookup
from cnnspec.network.problems import Fault, NameTaken, ReservedName, Shadows
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.syntax.lexer import CONSTANTS, EXPRESSION_WORDS
from cnnspec.values.shapes import Shape

if TYPE_CHECKING:
    from cnnspec.network.findings import Findings

SHAPE_ATTRIBUTES = ("channels", "height", "width", "depth", "features", "rank")
FLOWS = ("in", "input")  # what arrives, and what entered the body: nothing else can be called so


class Unknown(Exception):
    """Something depends on what an earlier mistake hides: the statement stays silent about it."""


UNKNOWN = object()  # the value of a name whose definition is at fault
NOWHERE = -1  # the number of a value that a mistake hides


class Callee(str):
    """The name of a layer or block as a value: what `act` is after `block Conv(act=relu)`."""

    __slots__ = ()


class Made(NamedTuple):
    """The nodes that a labelled layer or sequence consists of, and the value that entered it: what `reuse` repeats.

    `gaps` counts the nodes that mistakes kept away: then it is not known what to repeat.
    """

    start: int
    end: int
    entry: int
    gaps: int


LOST = Made(0, 0, NOWHERE, 1)  # what a statement with a mistake consists of


@dataclass(slots=True)
class Flow:
    """A value that flows through the network: what `in`, `input` and labels refer to.

    `shape` is None where a mistake made it unknown; `inner` are the labels inside a labelled sequence, None in a block call,
    whose inside is its own affair; `span` is where the label stands.
    """

    shape: Shape | None
    value: int = NOWHERE
    span: Span | None = None
    made: Made | None = None
    inner: Mapping[str, Flow] | None = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """Names of one body; `labels` may be shared with the body around it: unlabelled constructs open no scope for labels."""

    outer: Scope | None = None
    values: dict[str, Any] = field(default_factory=dict)
    places: dict[str, tuple[str, Span]] = field(default_factory=dict)
    labels: dict[str, Flow] = field(default_factory=dict)

    def find(self, name: str) -> Any:
        """Returns what `name` stands for; raises KeyError, or Unknown."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                if scope.values[name] is UNKNOWN:
                    raise Unknown
                return scope.values[name]
            if name in scope.labels:
                return scope.labels[name]
            scope = scope.outer
        raise KeyError(name)

    def lose(self, name: str) -> None:
        """Makes what depends on `name`, whose definition is at fault, stay silent; an earlier meaning remains."""
        if name in FLOWS:
            self.values[name] = UNKNOWN
        elif name not in self.labels:
            self.values.setdefault(name, UNKNOWN)

    def place(self, name: str) -> tuple[str, Span] | None:
        """Returns what an outer or this scope's name is and where it was introduced."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.places:
                return scope.places[name]
            label = scope.labels.get(name)
            if label is not None and label.span is not None:
                return "a label", label.span
            scope = scope.outer
        return None

    def names(self) -> tuple[str, ...]:
        """Returns all visible names."""
        found: list[str] = []
        scope: Scope | None = self
        while scope is not None:
            found += [*scope.values, *scope.labels]
            scope = scope.outer
        return tuple(name for name in dict.fromkeys(found) if name != "in")

    @property
    def file(self) -> FileScope | None:
        """Returns the outermost scope, where that is one of a file."""
        scope = self
        while scope.outer is not None:
            scope = scope.outer
        return scope if isinstance(scope, FileScope) else None

    def callee(self, name: str) -> Callee | None:
        """Returns a layer or block by its name, None where there is none."""
        file = self.file
        if file is not None and (name in file.blocks or lookup(name) is not None):
            return Callee(name)
        return None


@dataclass(slots=True)
class FileScope(Scope):
    """The constants and blocks of a file and its imports.

    `incomplete` says that a mistake hides some of them, so that an unknown name is no further mistake; `lacks_blocks` says so
    of blocks only.
    """

    blocks: dict[str, tree.BlockDefinition] = field(default_factory=dict)
    networks: frozenset[str] = frozenset()
    incomplete: bool = False
    lacks_blocks: bool = False


def define(name: tree.Name, value: Any, scope: Scope, findings: Findings, what: str = "a constant") -> None:
    """Adds a constant or parameter to a scope; raises Fault where the name is taken there, warns where it hides another."""
    text = name.text
    if text in FLOWS or text in EXPRESSION_WORDS or text in CONSTANTS:
        raise Fault(ReservedName(text), name.span)
    refuse_taken(name, scope, what)
    findings.extend(hidden(name, scope))
    scope.values[text] = value
    scope.places[text] = (what, name.span)


def hidden(name: tree.Name, scope: Scope) -> list[Diagnostic]:
    """Returns the warning for a name that an outer scope of the same file has too, if it has."""
    outer = scope.outer.place(name.text) if scope.outer is not None else None
    if outer is None or outer[1].source is not name.span.source:
        return []  # an imported file cannot know the names of those that import it
    return [diagnose(Shadows(name.text), name.span, labels=[Label(outer[1], "the outer one")])]


def refuse_taken(name: tree.Name, scope: Scope, what: str) -> None:
    """Raises Fault where the scope already has something of this name."""
    taken = scope.places.get(name.text)
    if taken is None and name.text in scope.labels:
        label = scope.labels[name.text]
        taken = ("a label", label.span) if label.span is not None else None
    if taken is not None:
        problem = NameTaken(taken[0], name.text, is_constant=taken[0] == what == "a constant")
        raise Fault(problem, name.span, [Label(taken[1], "introduced here")])
