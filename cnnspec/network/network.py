"""The checked network: layers and merges in the order of execution, each with the values that it takes and its origin.

Values are numbered: first the inputs of the network, then what each node gives, in order. The modules that the paths stand
for are derived in `structure.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from cnnspec.layers.base import Layer
from cnnspec.layers.merges import Merge
from cnnspec.source import Source, Span
from cnnspec.values.ranges import ALL, Range
from cnnspec.values.shapes import Dim, Shape

if TYPE_CHECKING:
    from cnnspec.recipe.problems import RecipeProblem
    from cnnspec.recipe.recipe import Recipe
    from cnnspec.syntax.tree import Call
    from cnnspec.values.conditions import Condition

Path: TypeAlias = tuple[str, ...]


class Frame(NamedTuple):
    """Why a statement was elaborated: a call of a block, or one round of a loop.

    `name` is the block's name, or the round counted from 1; `values` are the arguments, or what the loop's names stand for.
    `call` is the statement of a block's call.
    """

    kind: str  # "block" or "round"
    name: str
    values: tuple[tuple[str, object], ...]
    span: Span
    call: Call | None = None


class Origin(NamedTuple):
    """Where a node was written: the statement, its word, each argument that was given; and the frames, outermost first."""

    statement: Span
    word: Span
    arguments: dict[str, Span]
    frames: tuple[Frame, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """One layer in its place. `path` are the names of the modules around it and its own: `("features", "0")`.

    `application` is 0 where the layer is introduced; each `reuse` of it, or of a sequence around it, has a number of its own,
    and `caller` is then the path of the module in whose body that `reuse` stands.
    """

    path: Path
    layer: Layer
    inputs: tuple[int, ...]
    input: Shape
    output: Shape
    origin: Origin = field(compare=False, repr=False)
    application: int = 0
    caller: Path = ()

    @property
    def level(self) -> Path:
        """Returns the path of the module around it."""
        return self.path[:-1]

    @property
    def keyword(self) -> str:
        return self.layer.keyword

    @property
    def name(self) -> str:
        """Returns the module path as `state_dict` writes it."""
        return ".".join(self.path)

    @property
    def parameters(self) -> Dim:
        """Returns the number of parameters, frozen ones included, buffers not; those of a reused layer count once."""
        if self.application:
            return 0
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

    def bounds(self, taken: Sequence[Range]) -> Range:
        """Returns where the numbers that come out lie, if those that come in lie in this range, the only one."""
        return self.layer.bounds(self.input, taken[0])


@dataclass(frozen=True, slots=True)
class MergeNode:
    """Several values become one. It has no module: `level` is the path of the module in whose forward pass it stands.

    `label` is the name that the file gives the result, if any.
    """

    level: Path
    merge: Merge
    inputs: tuple[int, ...]
    shapes: tuple[Shape, ...]
    output: Shape
    origin: Origin = field(compare=False, repr=False)
    label: str | None = None
    application: int = 0
    caller: Path = ()

    @property
    def keyword(self) -> str:
        return self.merge.keyword

    def bounds(self, taken: Sequence[Range]) -> Range:
        """Returns where the numbers that come out lie, if those of the values lie in these ranges."""
        return self.merge.bounds(taken)

    @property
    def name(self) -> str:
        """Returns where it stands, for people: `layer1.0.add`, or its label in the place of the word."""
        return ".".join((*self.level, self.label or self.keyword))


class NetworkInput(NamedTuple):
    """One input: the shape of one sample, its name where the file gives one, and where it is declared."""

    shape: Shape
    name: str | None = None
    span: Span | None = None


class BlockCall(NamedTuple):
    """What a module path stands for: a block with the values of all its parameters."""

    block: str
    arguments: tuple[tuple[str, object], ...]


@dataclass(frozen=True)
class Network:
    """A network without mistakes: every shape is known. `recipe` is what `train { }` says, None where there is none.

    `returns` are the numbers of the values that the network returns, usually one, and `return_names` what an `output` line
    calls them, which stands at `output_span`. `imported` are the other files that it was made from. `conditions` are what the
    file says of symbolic sizes.
    `beside` are the networks before it in its file, where it is taken as the last one and was not asked for by name.
    """

    name: str
    source: Source = field(compare=False, repr=False)
    inputs: tuple[NetworkInput, ...]
    nodes: tuple[Node | MergeNode, ...]
    returns: tuple[int, ...]
    blocks: Mapping[Path, BlockCall] = field(default_factory=dict)
    settings: dict[str, object] = field(default_factory=dict)
    recipe: Recipe | None = None
    recipe_spans: dict[str, Span] = field(default_factory=dict, compare=False, repr=False)
    imported: tuple[Source, ...] = field(default=(), compare=False, repr=False)
    return_names: tuple[str, ...] = ()
    output_span: Span | None = field(default=None, compare=False, repr=False)
    conditions: tuple[Condition, ...] = ()
    beside: tuple[Network, ...] = field(default=(), compare=False, repr=False)

    def shape(self, value: int) -> Shape:
        """Returns the shape of a value by its number."""
        count = len(self.inputs)
        return self.inputs[value].shape if value < count else self.nodes[value - count].output

    @property
    def input(self) -> Shape:
        """Returns the shape of the first input, which is the only one of most networks."""
        return self.inputs[0].shape

    @property
    def output(self) -> Shape:
        """Returns the shape of the first output, which is the only one of most networks."""
        return self.shape(self.returns[0])

    @cached_property
    def outputs(self) -> tuple[Shape, ...]:
        """Returns the shapes of all outputs."""
        return tuple(map(self.shape, self.returns))

    @cached_property
    def ranges(self) -> list[Range]:
        """Returns for each value bounds of its numbers, as far as they follow from the layers; the inputs are any numbers."""
        found = [ALL] * len(self.inputs)
        for node in self.nodes:
            found.append(node.bounds([found[value] for value in node.inputs]))
        return found

    @cached_property
    def layers(self) -> tuple[Node, ...]:
        """Returns the nodes without the merges."""
        return tuple(node for node in self.nodes if isinstance(node, Node))

    @property
    def input_span(self) -> Span | None:
        return self.inputs[0].span

    def recipe_span(self, problem: RecipeProblem, otherwise: Span) -> Span:
        """Returns what a problem belongs to: an argument or line of `train { }`, one input too many, or the line `output`.

        Where none was written it is `otherwise`.
        """
        ends = {"network.inputs": self.inputs[-1].span, "network.outputs": self.output_span}
        line = self.recipe_spans.get(problem.setting, ends.get(problem.place)) or otherwise
        return self.recipe_spans.get(problem.place, line)

    @cached_property
    def parameters(self) -> Dim:
        return sum(node.parameters for node in self.layers)

    @property
    def largest(self) -> Dim:
        """Returns how many numbers the largest value has, of the inputs and of what layers and merges give."""
        return max(self.shape(value).features for value in range(len(self.inputs) + len(self.nodes)))

    @cached_property
    def macs(self) -> Dim:
        return sum(node.macs for node in self.layers)
