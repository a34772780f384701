"""Layers that disturb values in training and do nothing in evaluation."""

from typing import TYPE_CHECKING, ClassVar

from cnnspec.declarations.types import Flag, Probability
from cnnspec.layers.base import Layer, Saved
from cnnspec.values.call import Call
from cnnspec.values.ranges import ALL, Range
from cnnspec.values.shapes import Dim, Shape


class _Disturbance(Layer):
    """Base of these layers: with probability `p` in training; otherwise they hand the input on."""

    family: ClassVar[str] = "regularization"

    if TYPE_CHECKING:  # a field of every kind, declared there because not all have a default
        p: Probability

    def draws(self, x: Shape) -> Dim:
        """Returns how many random numbers one sample takes: one for each number."""
        return x.features

    def bounds(self, x: Shape, taken: Range) -> Range:
        """Training makes zeros, and scales the others up; evaluation hands on what comes."""
        if self.p == 0:
            return taken
        return taken.stretched(1 / (1 - self.p) if self.p < 1 else 1)

    def saved(self, x: Shape, y: Shape) -> Saved:
        if self.p == 0:
            return Saved()
        return Saved(numbers=self.draws(x))

    def shares_storage(self, training: bool) -> bool:
        return self.is_in_place or not training or self.p == 0


class _Dropout(_Disturbance):
    """Zeros at random with probability `p`."""

    p: Probability = 0.5
    inplace: Flag = False

    def saved(self, x: Shape, y: Shape) -> Saved:
        return Saved(once=1) if self.p == 1 else super().saved(x, y)  # torch multiplies by one zero then

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.torch_names[0]}", (self.p,), self.changed("inplace"))


class Dropout(_Dropout):
    """Dropout (Srivastava et al., 2014): zero each number with probability `p`, scale the others by 1/(1-p)."""

    keyword: ClassVar[str] = "dropout"
    torch_names: ClassVar[tuple[str, ...]] = ("Dropout",)
    examples: ClassVar[tuple[str, ...]] = ("dropout", "dropout 0.2")


class ChannelDropout(_Dropout):
    """Spatial dropout (Tompson et al., 2015): zero whole channels with probability `p`, scale the others by 1/(1-p)."""

    keyword: ClassVar[str] = "channel_dropout"
    torch_names: ClassVar[tuple[str, ...]] = ("Dropout1d", "Dropout2d", "Dropout3d")
    ranks: ClassVar[tuple[int, ...]] = (1, 2, 3)
    examples: ClassVar[tuple[str, ...]] = ("channel_dropout 0.1",)

    def infer(self, x: Shape) -> Shape:
        self.require_positions(x)
        return x

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.Dropout{x.rank - 1}d", (self.p,), self.changed("inplace"))

    def draws(self, x: Shape) -> Dim:
        return x.channels


class AlphaDropout(_Dropout):
    """Alpha dropout (Klambauer et al., 2017): dropout that keeps mean and variance, for networks with `selu`."""

    keyword: ClassVar[str] = "alpha_dropout"
    torch_names: ClassVar[tuple[str, ...]] = ("AlphaDropout",)
    examples: ClassVar[tuple[str, ...]] = ("alpha_dropout 0.1",)

    @property
    def is_in_place(self) -> bool:
        return False  # torch's module does not pass its `inplace` on

    def bounds(self, x: Shape, taken: Range) -> Range:
        return taken if self.p == 0 else ALL


class DropPath(_Disturbance):
    """Stochastic depth (Huang et al., 2016): zero whole samples with probability `p`, scale the others by 1/(1-p).

    Stands last in the main branch of a `residual`, so that the sample skips the branch.
    """

    keyword: ClassVar[str] = "drop_path"
    examples: ClassVar[tuple[str, ...]] = ("drop_path 0.1",)

    p: Probability

    def torch(self, x: Shape) -> Call:
        return Call("DropPath", (self.p,))

    def draws(self, x: Shape) -> Dim:
        return 1
