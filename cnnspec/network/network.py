"""The checked network: layers in the order of execution, each with its shapes, its module path and its origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from cnnspec.layers.base import Layer
from cnnspec.source import Source, Span
from cnnspec.values.shapes import Dim, Shape

if TYPE_CHECKING:
    from cnnspec.recipe.problems import RecipeProblem
    from cnnspec.recipe.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a layer was written: the whole statement, its word, and each argument that was given."""

    statement: Span
    word: Span
    arguments: dict[str, Span]


@dataclass(frozen=True, slots=True)
class Node:
    """One layer in its place. `path` are the names of the modules around it and its own: `("features", "0")`."""

    path: tuple[str, ...]
    layer: Layer
    input: Shape
    output: Shape
    origin: Origin = field(compare=False, repr=False)

    @property
    def name(self) -> str:
        """Returns the module path as `state_dict` writes it."""
        return ".".join(self.path)

    @property
    def parameters(self) -> Dim:
        """Returns the number of parameters, frozen ones included, buffers not."""
        total = 0
        for shape in self.layer.weights(self.input).values():
            count = 1
            for size in shape:
                count *= size
            total += count
        return total

    @property
    def macs(self) -> Dim:
        return self.layer.macs(self.input, self.output)


@dataclass(frozen=True)
class Network:
    """A network without mistakes: every shape is known. `recipe` is what `train { }` says, None where there is none."""

    name: str
    source: Source = field(compare=False, repr=False)
    input: Shape
    output: Shape
    nodes: tuple[Node, ...]
    settings: dict[str, object] = field(default_factory=dict)
    recipe: Recipe | None = None
    input_span: Span | None = field(default=None, compare=False, repr=False)
    recipe_spans: dict[str, Span] = field(default_factory=dict, compare=False, repr=False)

    def recipe_span(self, problem: RecipeProblem, otherwise: Span) -> Span:
        """Returns the argument or line of `train { }` that a problem belongs to, or `otherwise` where none was written."""
        line = self.recipe_spans.get(problem.setting, otherwise)
        return self.recipe_spans.get(f"{problem.setting}.{problem.argument}", line)

    @cached_property
    def parameters(self) -> Dim:
        return sum(node.parameters for node in self.nodes)

    @cached_property
    def macs(self) -> Dim:
        return sum(node.macs for node in self.nodes)
