"""The fully connected layer."""

from typing import ClassVar

from cnnspec.declarations.types import Flag, Positive
from cnnspec.layers.base import Saved, Sizes
from cnnspec.layers.fixed import Weighted
from cnnspec.layers.problems import InFeaturesDiffer, NotFlattened
from cnnspec.values.call import Call
from cnnspec.values.dims import Dim, differ
from cnnspec.values.shapes import Shape


class Linear(Weighted):
    """Fully connected layer: `out_features` weighted sums of the last axis.

    An image has to be flattened first; `in_features` equal to the last axis asks for the layer along that axis instead.
    """

    keyword: ClassVar[str] = "linear"
    family: ClassVar[str] = "weights"
    torch_names: ClassVar[tuple[str, ...]] = ("Linear",)
    examples: ClassVar[tuple[str, ...]] = ("linear 10", "linear 120, in_features=16*5*5")
    formula: ClassVar[str] = "out_features in place of the last axis"
    saves: ClassVar[Saved] = Saved(input=True, for_weights=True)

    out_features: Positive
    bias: Flag = True
    in_features: Positive | None = None

    named_only: ClassVar[frozenset[str]] = Weighted.named_only | {"in_features"}

    def infer(self, x: Shape) -> Shape:
        last = x.sizes[-1]
        if x.channels_first and x.rank > 1 and (self.in_features is None or differ(self.in_features, last)):
            raise NotFlattened(x, Shape((self.out_features,), channels_first=False))
        if self.in_features is not None and differ(self.in_features, last):
            raise InFeaturesDiffer("in_features", self.keyword, self.in_features, last)
        if self.weight is not None or self.bias_value is not None:
            self.verify_numbers((self.out_features, last), self.bias, (self.out_features,))
        return Shape((*x.sizes[:-1], self.out_features), x.channels_first)

    def inputs(self, x: Shape) -> Dim:
        """Returns the number of input features: as declared, which has been verified, or as it arrives."""
        return x.sizes[-1] if self.in_features is None else self.in_features

    def weights(self, x: Shape) -> Sizes:
        weight = (self.out_features, self.inputs(x))
        return {"weight": weight, "bias": (self.out_features,)} if self.bias else {"weight": weight}

    def macs(self, x: Shape, y: Shape) -> Dim:
        return y.features * self.inputs(x)

    def torch(self, x: Shape) -> Call:
        return Call("nn.Linear", (self.inputs(x), self.out_features), () if self.bias else (("bias", False),))
