"""What names stand for while a file is elaborated: constants, parameters, and labelled values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.network.problems import Fault, NameTaken, Shadows
from cnnspec.source import Span
from cnnspec.syntax import tree
from cnnspec.values.shapes import Shape

SHAPE_ATTRIBUTES = ("channels", "height", "width", "depth", "features", "rank")


class Unknown(Exception):
    """Something depends on what an earlier mistake hides: the statement stays silent about it."""


UNKNOWN = object()  # the value of a name whose definition is at fault


@dataclass(slots=True)
class Flow:
    """A value that flows through the network: what `in`, `input` and labels refer to.

    `shape` is None where a mistake made it unknown; `inner` are the labels inside a labelled sequence.
    """

    shape: Shape | None
    inner: dict[str, Flow] = field(default_factory=dict)


@dataclass(slots=True)
class Scope:
    """Names of one body; `labels` may be shared with the body around it, since unlabelled groups open no scope for labels."""

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
        if name not in self.labels:
            self.values.setdefault(name, UNKNOWN)

    def place(self, name: str) -> tuple[str, Span] | None:
        """Returns what an outer or this scope's name is and where it was introduced."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.places:
                return scope.places[name]
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


def define(name: tree.Name, value: Any, scope: Scope, diagnostics: list[Diagnostic], what: str = "a constant") -> None:
    """Adds a constant or parameter to a scope; raises Fault where the name is taken there, warns where it hides another."""
    text = name.text
    if text in scope.places or text in scope.labels:
        earlier = scope.places.get(text)
        labels = [Label(earlier[1], "introduced here")] if earlier else []
        raise Fault(NameTaken(earlier[0] if earlier else "a label", text), name.span, labels)
    hidden = scope.outer.place(text) if scope.outer is not None else None
    if hidden is not None:
        diagnostics.append(diagnose(Shadows(text), name.span, labels=[Label(hidden[1], "the outer one")]))
    scope.values[text] = value
    scope.places[text] = (what, name.span)
