"""What a layer kind declares: its arguments (see `Declaration`), its shape rule, its weights, its cost and its torch call.

A layer knows nothing of text: what it refuses it raises as a `LayerProblem` that names the argument at fault, and the
checker knows where that argument was written. Layers are immutable and know no input until they are asked about one.
"""

from fractions import Fraction
from typing import ClassVar, NamedTuple, TypeVar

from cnnspec.declarations.declaration import Declaration
from cnnspec.layers.problems import AxisOutOfRange, NeedsPositions, WrongNumberOfAxes, WrongRank
from cnnspec.values.call import Call, Value
from cnnspec.values.ranges import ALL, Range
from cnnspec.values.shapes import Dim, Shape

Sizes = dict[str, tuple[int, ...]]
T = TypeVar("T")


class Window(NamedTuple):
    """How far one output position looks, per spatial axis: at most `extent` input positions, and `stride` to the next.

    Where the output is finer than the input (transposed convolution, upsampling) the stride is a fraction of a position.
    `start` is the first input position that output position 0 sees, below 0 in the padding; None where the middle of the
    output sees the middle of the input.
    """

    extent: tuple[int, ...]
    stride: tuple[int | Fraction, ...]
    start: tuple[int | Fraction, ...] | None = None


class Saved(NamedTuple):
    """What autograd keeps of a layer until the backward pass, beside parameters and buffers.

    `input` and `output` say that it keeps these, `for_weights` that the input is for the gradient of the weights alone;
    `numbers` and `indices` (int64) count what the layer makes for one sample besides, `once` the numbers that do not grow with
    the batch. All as torch does it on a CPU, which the tests compare.
    """

    input: bool = False
    output: bool = False
    numbers: Dim = 0
    indices: Dim = 0
    once: Dim = 0
    for_weights: bool = False


class Layer(Declaration):
    """Base of all layer kinds.

    `torch_names` are torch's class names; together with the rank at their end they give the accepted spellings
    (`Conv2d`, `conv2d`). `ranks` are the numbers of spatial axes that the layer takes; empty means any value.
    `saves` is what autograd keeps, where that depends on nothing. A view computes nothing: it reads the input in another way.
    """

    family: ClassVar[str]
    torch_names: ClassVar[tuple[str, ...]] = ()
    ranks: ClassVar[tuple[int, ...]] = ()
    formula: ClassVar[str] = "same shape"
    saves: ClassVar[Saved] = Saved()
    is_view: ClassVar[bool] = False

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

    def bounds(self, x: Shape, taken: Range) -> Range:
        """Returns where the numbers that come out lie, in training and in evaluation, if those of `x` lie in `taken`."""
        return taken if self.is_view else ALL

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        """Returns the axis of `x` along which those numbers stand that each line along an axis of `y` is picked from.

        A line is what has the same place on all other axes. None where the numbers are others, or come from several lines.
        """
        return None

    def saved(self, x: Shape, y: Shape) -> Saved:
        """Returns what a forward pass keeps for the backward pass."""
        return self.saves

    def scratch(self, x: Shape, y: Shape) -> Saved:
        """Returns what is made besides the output in inference, and dropped again: usually what training would keep."""
        return self.saved(x, y)

    def shares_storage(self, training: bool) -> bool:
        """Returns whether the output lies where the input does: as a view of it, or in its place."""
        return self.is_view or self.is_in_place

    def has_single_values(self, x: Shape) -> bool:
        """Returns whether a batch of one sample has a single value for each statistic, which torch refuses to normalize."""
        return False

    def torch(self, x: Shape) -> Call:
        """Returns the constructor call of the module that computes this layer."""
        raise TypeError(f"{type(self).__name__} declares no module")

    @property
    def is_in_place(self) -> bool:
        """Returns whether the output overwrites the input."""
        return bool(getattr(self, "inplace", False))

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

    def per_axis(self, field: str, value: T | tuple[T, ...], rank: int) -> tuple[T, ...]:
        """Returns one value for each of `rank` axes; raises where a tuple of another length was written."""
        if not isinstance(value, tuple):
            return (value,) * rank
        if len(value) != rank:
            raise WrongNumberOfAxes(field, self.keyword, len(value), rank)
        return value

    def per_axis_or_one(self, field: str, value: T | tuple[T, ...], rank: int) -> tuple[T, ...]:
        """Returns one value for each axis; a tuple of one number serves all axes, where torch has it so."""
        if isinstance(value, tuple) and len(value) == 1:
            return value * rank
        return self.per_axis(field, value, rank)

    def axis_number(self, field: str, x: Shape, number: int) -> int:
        """Returns an axis number counted from the front (0 is the channels); raises where `x` has no such axis."""
        if not -x.rank <= number < x.rank:
            raise AxisOutOfRange(field, self.keyword, number, x)
        return number % x.rank

    def changed(self, *names: str) -> tuple[tuple[str, Value], ...]:
        """Returns those of the arguments that differ from their defaults, for the torch call."""
        fields = type(self).model_fields
        return tuple((name, value) for name in names if (value := getattr(self, name)) != fields[name].default)
