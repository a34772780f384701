"""What a layer kind declares: its arguments (see `Declaration`), its shape rule, its weights, its cost and its torch call.

A layer knows nothing of text: what it refuses it raises as a `LayerProblem` that names the argument at fault, and the
checker knows where that argument was written. Layers are immutable and know no input until they are asked about one.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from cnnspec.declarations.declaration import Declaration
from cnnspec.layers.problems import InvalidArgument, NeedsPositions, WrongNumberOfAxes, WrongRank
from cnnspec.values.call import Call
from cnnspec.values.shapes import Dim, Shape

Sizes = dict[str, tuple[int, ...]]


class Window(NamedTuple):
    """How far one output position looks, per spatial axis: `extent` input positions, and `stride` to the next."""

    extent: tuple[int, ...]
    stride: tuple[int, ...]


class Layer(Declaration):
    """Base of all layer kinds.

    `torch_names` are torch's class names; together with the rank at their end they give the accepted spellings
    (`Conv2d`, `conv2d`). `ranks` are the numbers of spatial axes that the layer takes; empty means any value.
    """

    family: ClassVar[str]
    torch_names: ClassVar[tuple[str, ...]] = ()
    ranks: ClassVar[tuple[int, ...]] = ()
    formula: ClassVar[str] = "same shape"

    def infer(self, x: Shape) -> Shape:
        """Returns the output shape for input `x`; raises LayerProblem where torch would refuse to build or run."""
        return x

    def weights(self, x: Shape) -> Sizes:
        """Returns the parameters by their names in `state_dict`, with their shapes."""
        return {}

    def buffers(self, x: Shape) -> Sizes:
        """Returns the entries of `state_dict` that are not parameters."""
        return {}

    def macs(self, x: Shape, y: Shape) -> Dim:
        """Returns multiply-accumulates for one sample, bias excluded (0 for all but convolutions and linear layers)."""
        return 0

    def window(self, x: Shape) -> Window | None:
        """Returns what one output position sees, or None where every output position sees just its own input position."""
        return None

    def torch(self, x: Shape) -> Call:
        """Returns the constructor call of the module that computes this layer."""
        raise TypeError(f"{type(self).__name__} declares no module")

    @property
    def is_frozen(self) -> bool:
        """Returns whether training leaves the weights alone."""
        return False

    def require_positions(self, x: Shape) -> int:
        """Returns the number of spatial axes of `x`; raises where the layer does not take that many."""
        rank = x.rank - 1
        if rank not in self.ranks:
            raise (NeedsPositions if rank == 0 else WrongRank)(self.keyword, x, self.ranks)
        return rank

    def per_axis(self, field: str, value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
        """Returns one value for each of `rank` axes; raises where a tuple of another length was written."""
        if isinstance(value, int):
            return (value,) * rank
        if len(value) != rank:
            raise WrongNumberOfAxes(field, self.keyword, len(value), rank)
        return value

    def axis(self, field: str, x: Shape, number: int) -> int:
        """Returns an axis number counted from the front (0 is the channels); raises where `x` has no such axis."""
        if not -x.rank <= number < x.rank:
            raise InvalidArgument(
                field, f"`{self.keyword}` has no axis {number} to work on: {x} has the axes 0 to {x.rank - 1} (the batch is not counted)"
            )
        return number % x.rank
