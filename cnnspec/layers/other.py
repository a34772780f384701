"""Layers that belong to no family."""

from typing import ClassVar

from cnnspec.declarations.types import Number
from cnnspec.layers.base import Layer, Saved, Sizes
from cnnspec.values.call import Call
from cnnspec.values.shapes import Shape


class Identity(Layer):
    """Return the input as it is."""

    keyword: ClassVar[str] = "identity"
    family: ClassVar[str] = "other"
    torch_names: ClassVar[tuple[str, ...]] = ("Identity",)
    examples: ClassVar[tuple[str, ...]] = ("identity",)
    is_view: ClassVar[bool] = True

    def torch(self, x: Shape) -> Call:
        return Call("nn.Identity")

    def source_axis(self, x: Shape, y: Shape, axis: int) -> int | None:
        return axis


class LayerScale(Layer):
    """LayerScale (Touvron et al., 2021): multiply each channel by a learned factor that begins at `init`.

    The factors are stored under the label of the layer itself, without `.weight`, as ConvNeXt's published weights have them.
    """

    keyword: ClassVar[str] = "layer_scale"
    family: ClassVar[str] = "other"
    examples: ClassVar[tuple[str, ...]] = ("layer_scale", "layer_scale 1e-6")
    saves: ClassVar[Saved] = Saved(input=True, for_weights=True)

    init: Number = 1e-6

    def weights(self, x: Shape) -> Sizes:
        return {"": (x.channels, *(1,) * (x.rank - 1))}

    def torch(self, x: Shape) -> Call:
        return Call("LayerScale", (self.weights(x)[""], self.init))
