"""Layers that disturb values in training and do nothing in evaluation."""

from typing import ClassVar

from cnnspec.declarations.types import Flag, Probability
from cnnspec.layers.base import Layer
from cnnspec.values.call import Call
from cnnspec.values.shapes import Shape


class _Dropout(Layer):
    """Zeros at random with probability `p`."""

    family: ClassVar[str] = "regularization"

    p: Probability = 0.5
    inplace: Flag = False

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


class AlphaDropout(_Dropout):
    """Alpha dropout (Klambauer et al., 2017): dropout that keeps mean and variance, for networks with `selu`."""

    keyword: ClassVar[str] = "alpha_dropout"
    torch_names: ClassVar[tuple[str, ...]] = ("AlphaDropout",)
    examples: ClassVar[tuple[str, ...]] = ("alpha_dropout 0.1",)


class DropPath(Layer):
    """Stochastic depth (Huang et al., 2016): zero whole samples with probability `p`, scale the others by 1/(1-p).

    Stands last in the main branch of a `residual`, so that the sample skips the branch.
    """

    keyword: ClassVar[str] = "drop_path"
    family: ClassVar[str] = "regularization"
    examples: ClassVar[tuple[str, ...]] = ("drop_path 0.1",)

    p: Probability

    def torch(self, x: Shape) -> Call:
        return Call("DropPath", (self.p,))
