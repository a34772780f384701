"""Element-wise functions, and those that normalize or gate along one axis (`softmax`, `glu`)."""

from typing import Annotated, ClassVar, Literal

from cnnspec.declarations.types import Flag, Integer, NonNegativeNumber, Number, Positive, Says
from cnnspec.layers.base import Layer, Sizes
from cnnspec.layers.problems import InvalidArgument
from cnnspec.layers.shape_problems import OddAxis
from cnnspec.values.call import Call
from cnnspec.values.shapes import Shape


class _Activation(Layer):
    """A function applied to each number; the call lists the arguments that differ from torch's defaults."""

    family: ClassVar[str] = "activation"

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.torch_names[0]}", (), self.changed(*type(self).model_fields))


class Relu(_Activation):
    """Rectifier: max(0, x)."""

    keyword: ClassVar[str] = "relu"
    torch_names: ClassVar[tuple[str, ...]] = ("ReLU",)
    examples: ClassVar[tuple[str, ...]] = ("relu",)

    inplace: Flag = False


class Relu6(_Activation):
    """Rectifier with a ceiling: min(max(0, x), 6)."""

    keyword: ClassVar[str] = "relu6"
    torch_names: ClassVar[tuple[str, ...]] = ("ReLU6",)
    examples: ClassVar[tuple[str, ...]] = ("relu6",)

    inplace: Flag = False


class LeakyRelu(_Activation):
    """Leaky rectifier (Maas et al., 2013): x where positive, `negative_slope` * x elsewhere."""

    keyword: ClassVar[str] = "leaky_relu"
    torch_names: ClassVar[tuple[str, ...]] = ("LeakyReLU",)
    examples: ClassVar[tuple[str, ...]] = ("leaky_relu 0.2",)

    negative_slope: Number = 0.01
    inplace: Flag = False


class Prelu(_Activation):
    """Parametric rectifier (He et al., 2015): leaky with a learned slope, or one for each of `num_parameters`."""

    keyword: ClassVar[str] = "prelu"
    torch_names: ClassVar[tuple[str, ...]] = ("PReLU",)
    examples: ClassVar[tuple[str, ...]] = ("prelu", "prelu in.channels")

    num_parameters: Positive = 1
    init: Number = 0.25

    def infer(self, x: Shape) -> Shape:
        if self.num_parameters not in (1, x.channels):
            text = f"`prelu` has one slope for all channels or one for each of the {x.channels}, not {self.num_parameters}"
            raise InvalidArgument("num_parameters", text, "write `prelu in.channels` for one slope for each channel")
        return x

    def weights(self, x: Shape) -> Sizes:
        return {"weight": (self.num_parameters,)}


class Rrelu(_Activation):
    """Randomized leaky rectifier (Xu et al., 2015): a slope drawn from `lower` to `upper` in training, their mean otherwise."""

    keyword: ClassVar[str] = "rrelu"
    torch_names: ClassVar[tuple[str, ...]] = ("RReLU",)
    examples: ClassVar[tuple[str, ...]] = ("rrelu",)

    lower: Number = 1 / 8
    upper: Number = 1 / 3
    inplace: Flag = False

    def infer(self, x: Shape) -> Shape:
        if self.lower > self.upper:
            raise InvalidArgument("upper", f"`upper` is {self.upper}, below `lower`, which is {self.lower}")
        return x


class Elu(_Activation):
    """Exponential linear unit (Clevert et al., 2015): x where positive, `alpha` * (exp(x) - 1) elsewhere."""

    keyword: ClassVar[str] = "elu"
    torch_names: ClassVar[tuple[str, ...]] = ("ELU",)
    examples: ClassVar[tuple[str, ...]] = ("elu",)

    alpha: Number = 1.0
    inplace: Flag = False


class Selu(_Activation):
    """Scaled exponential linear unit (Klambauer et al., 2017), which keeps zero mean and unit variance."""

    keyword: ClassVar[str] = "selu"
    torch_names: ClassVar[tuple[str, ...]] = ("SELU",)
    examples: ClassVar[tuple[str, ...]] = ("selu",)

    inplace: Flag = False


class Celu(_Activation):
    """Continuously differentiable ELU (Barron, 2017): max(0, x) + min(0, `alpha` * (exp(x / `alpha`) - 1))."""

    keyword: ClassVar[str] = "celu"
    torch_names: ClassVar[tuple[str, ...]] = ("CELU",)
    examples: ClassVar[tuple[str, ...]] = ("celu",)

    alpha: Number = 1.0
    inplace: Flag = False

    def infer(self, x: Shape) -> Shape:
        if self.alpha == 0:
            raise InvalidArgument("alpha", "`celu` divides by `alpha`, which is 0")
        return x


class Gelu(_Activation):
    """Gaussian error linear unit (Hendrycks and Gimpel, 2016): x * Phi(x); `approximate=tanh` for its cheap form."""

    keyword: ClassVar[str] = "gelu"
    torch_names: ClassVar[tuple[str, ...]] = ("GELU",)
    examples: ClassVar[tuple[str, ...]] = ("gelu", "gelu approximate=tanh")

    approximate: Annotated[Literal["none", "tanh"], Says("`none` or `tanh`")] = "none"


class Silu(_Activation):
    """Sigmoid linear unit, also known as swish: x * sigmoid(x)."""

    keyword: ClassVar[str] = "silu"
    torch_names: ClassVar[tuple[str, ...]] = ("SiLU",)
    examples: ClassVar[tuple[str, ...]] = ("silu",)

    inplace: Flag = False


class Mish(_Activation):
    """Mish (Misra, 2019): x * tanh(softplus(x))."""

    keyword: ClassVar[str] = "mish"
    torch_names: ClassVar[tuple[str, ...]] = ("Mish",)
    examples: ClassVar[tuple[str, ...]] = ("mish",)

    inplace: Flag = False


class Sigmoid(_Activation):
    """Logistic function: 1 / (1 + exp(-x))."""

    keyword: ClassVar[str] = "sigmoid"
    torch_names: ClassVar[tuple[str, ...]] = ("Sigmoid",)
    examples: ClassVar[tuple[str, ...]] = ("sigmoid",)


class LogSigmoid(_Activation):
    """Logarithm of the logistic function: log(1 / (1 + exp(-x)))."""

    keyword: ClassVar[str] = "log_sigmoid"
    torch_names: ClassVar[tuple[str, ...]] = ("LogSigmoid",)
    examples: ClassVar[tuple[str, ...]] = ("log_sigmoid",)


class Tanh(_Activation):
    """Hyperbolic tangent."""

    keyword: ClassVar[str] = "tanh"
    torch_names: ClassVar[tuple[str, ...]] = ("Tanh",)
    examples: ClassVar[tuple[str, ...]] = ("tanh",)


class Hardsigmoid(_Activation):
    """Piecewise linear sigmoid: min(max(0, x/6 + 1/2), 1)."""

    keyword: ClassVar[str] = "hardsigmoid"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardsigmoid",)
    examples: ClassVar[tuple[str, ...]] = ("hardsigmoid",)

    inplace: Flag = False


class Hardswish(_Activation):
    """Piecewise swish (Howard et al., 2019): x * hardsigmoid(x)."""

    keyword: ClassVar[str] = "hardswish"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardswish",)
    examples: ClassVar[tuple[str, ...]] = ("hardswish",)

    inplace: Flag = False


class Hardtanh(_Activation):
    """Clip to the range from `min_val` to `max_val`."""

    keyword: ClassVar[str] = "hardtanh"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardtanh",)
    examples: ClassVar[tuple[str, ...]] = ("hardtanh", "hardtanh 0, 6")

    min_val: Number = -1.0
    max_val: Number = 1.0
    inplace: Flag = False

    def infer(self, x: Shape) -> Shape:
        if self.min_val >= self.max_val:
            raise InvalidArgument("max_val", f"`max_val` is {self.max_val}, not above `min_val`, which is {self.min_val}")
        return x


class Hardshrink(_Activation):
    """Zero where |x| <= `lambd`, x elsewhere."""

    keyword: ClassVar[str] = "hardshrink"
    torch_names: ClassVar[tuple[str, ...]] = ("Hardshrink",)
    examples: ClassVar[tuple[str, ...]] = ("hardshrink",)

    lambd: Number = 0.5


class Softshrink(_Activation):
    """Move x towards zero by `lambd`, and no further than zero."""

    keyword: ClassVar[str] = "softshrink"
    torch_names: ClassVar[tuple[str, ...]] = ("Softshrink",)
    examples: ClassVar[tuple[str, ...]] = ("softshrink",)

    lambd: NonNegativeNumber = 0.5


class Tanhshrink(_Activation):
    """x - tanh(x)."""

    keyword: ClassVar[str] = "tanhshrink"
    torch_names: ClassVar[tuple[str, ...]] = ("Tanhshrink",)
    examples: ClassVar[tuple[str, ...]] = ("tanhshrink",)


class Softplus(_Activation):
    """Smooth rectifier: log(1 + exp(`beta` * x)) / `beta`; linear where `beta` * x exceeds `threshold`."""

    keyword: ClassVar[str] = "softplus"
    torch_names: ClassVar[tuple[str, ...]] = ("Softplus",)
    examples: ClassVar[tuple[str, ...]] = ("softplus",)

    beta: Number = 1.0
    threshold: Number = 20.0


class Softsign(_Activation):
    """x / (1 + |x|)."""

    keyword: ClassVar[str] = "softsign"
    torch_names: ClassVar[tuple[str, ...]] = ("Softsign",)
    examples: ClassVar[tuple[str, ...]] = ("softsign",)


class Threshold(_Activation):
    """x where above `threshold`, the number `value` elsewhere."""

    keyword: ClassVar[str] = "threshold"
    torch_names: ClassVar[tuple[str, ...]] = ("Threshold",)
    examples: ClassVar[tuple[str, ...]] = ("threshold 0.1, 0",)

    threshold: Number
    value: Number
    inplace: Flag = False

    def torch(self, x: Shape) -> Call:
        return Call("nn.Threshold", (self.threshold, self.value), self.changed("inplace"))


class _AlongAxis(_Activation):
    """A function of all the numbers along `axis` (0 is the channels)."""

    torch_axes: ClassVar[dict[str, str]] = {"dim": "axis"}

    axis: Integer = 0

    def infer(self, x: Shape) -> Shape:
        self.axis_number("axis", x, self.axis)
        return x

    def torch(self, x: Shape) -> Call:
        return Call(f"nn.{self.torch_names[0]}", (), (("dim", self.axis_number("axis", x, self.axis) + 1),))


class Softmax(_AlongAxis):
    """Softmax: exp(x) / sum(exp(x)) along `axis`, so that the numbers are positive and sum to 1."""

    keyword: ClassVar[str] = "softmax"
    torch_names: ClassVar[tuple[str, ...]] = ("Softmax", "Softmax2d")
    examples: ClassVar[tuple[str, ...]] = ("softmax",)


class LogSoftmax(_AlongAxis):
    """Logarithm of softmax: x - log(sum(exp(x))) along `axis`."""

    keyword: ClassVar[str] = "log_softmax"
    torch_names: ClassVar[tuple[str, ...]] = ("LogSoftmax",)
    examples: ClassVar[tuple[str, ...]] = ("log_softmax",)


class Softmin(_AlongAxis):
    """Softmax of -x along `axis`."""

    keyword: ClassVar[str] = "softmin"
    torch_names: ClassVar[tuple[str, ...]] = ("Softmin",)
    examples: ClassVar[tuple[str, ...]] = ("softmin",)


class Glu(_AlongAxis):
    """Gated linear unit (Dauphin et al., 2017): the first half along `axis`, times the sigmoid of the second half."""

    keyword: ClassVar[str] = "glu"
    torch_names: ClassVar[tuple[str, ...]] = ("GLU",)
    examples: ClassVar[tuple[str, ...]] = ("glu", "glu axis=0")
    formula: ClassVar[str] = "half the size of the axis"

    axis: Integer = -1

    def infer(self, x: Shape) -> Shape:
        number = self.axis_number("axis", x, self.axis)
        if x.sizes[number] % 2:
            raise OddAxis("axis", self.keyword, number, x)
        return Shape((*x.sizes[:number], x.sizes[number] // 2, *x.sizes[number + 1 :]), x.channels_first)
