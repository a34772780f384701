"""The schemes of torch.nn.init, with its arguments and defaults (a test compares them)."""

from typing import Annotated, ClassVar, Literal

from annotated_types import Ge, Le

from cnnspec.declarations.types import NonNegativeNumber, Number, Positive, PositiveNumber, Says
from cnnspec.recipe.init import Init

Fan = Annotated[Literal["fan_in", "fan_out"], Says("`fan_in` or `fan_out`")]
Nonlinearity = Annotated[
    Literal["linear", "sigmoid", "tanh", "relu", "leaky_relu", "selu"],
    Says("`linear`, `sigmoid`, `tanh`, `relu`, `leaky_relu` or `selu`"),
]


class XavierUniform(Init):
    """Uniform in ±gain·sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""

    keyword: ClassVar[str] = "xavier_uniform"
    examples: ClassVar[tuple[str, ...]] = ("init xavier_uniform",)

    gain: PositiveNumber = 1.0


class XavierNormal(Init):
    """Normal with deviation gain·sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio 2010)."""

    keyword: ClassVar[str] = "xavier_normal"
    examples: ClassVar[tuple[str, ...]] = ("init xavier_normal", "init xavier_normal, gain=1.5")

    gain: PositiveNumber = 1.0


class KaimingUniform(Init):
    """Uniform in ±gain·sqrt(3 / fan), the gain being that of the function that follows (He et al. 2015)."""

    keyword: ClassVar[str] = "kaiming_uniform"
    examples: ClassVar[tuple[str, ...]] = ("init kaiming_uniform, nonlinearity=relu",)

    a: Number = 0.0
    mode: Fan = "fan_in"
    nonlinearity: Nonlinearity = "leaky_relu"


class KaimingNormal(KaimingUniform):
    """Normal with deviation gain / sqrt(fan), the gain being that of the function that follows (He et al. 2015)."""

    keyword: ClassVar[str] = "kaiming_normal"
    examples: ClassVar[tuple[str, ...]] = ("init kaiming_normal, mode=fan_out, nonlinearity=relu",)


class Orthogonal(Init):
    """Rows or columns orthogonal to each other (Saxe et al. 2013)."""

    keyword: ClassVar[str] = "orthogonal"
    examples: ClassVar[tuple[str, ...]] = ("init orthogonal",)

    gain: PositiveNumber = 1.0


class TruncNormal(Init):
    """Normal, drawn again outside a..b."""

    keyword: ClassVar[str] = "trunc_normal"
    examples: ClassVar[tuple[str, ...]] = ("init trunc_normal, std=0.02",)

    mean: Number = 0.0
    std: PositiveNumber = 1.0
    a: Number = -2.0
    b: Number = 2.0

    @property
    def range(self) -> tuple[float, float]:
        return self.a, self.b


class Normal(Init):
    """Normal."""

    keyword: ClassVar[str] = "normal"
    examples: ClassVar[tuple[str, ...]] = ("init normal, std=0.01",)

    mean: Number = 0.0
    std: NonNegativeNumber = 1.0


class Uniform(Init):
    """Uniform in a..b."""

    keyword: ClassVar[str] = "uniform"
    examples: ClassVar[tuple[str, ...]] = ("init uniform, -0.1, 0.1",)

    a: Number = 0.0
    b: Number = 1.0

    @property
    def range(self) -> tuple[float, float]:
        return self.a, self.b


class Zeros(Init):
    """All 0."""

    keyword: ClassVar[str] = "zeros"
    examples: ClassVar[tuple[str, ...]] = ("init zeros",)


class Ones(Init):
    """All 1."""

    keyword: ClassVar[str] = "ones"
    examples: ClassVar[tuple[str, ...]] = ("init ones",)


class Constant(Init):
    """All the same number."""

    keyword: ClassVar[str] = "constant"
    examples: ClassVar[tuple[str, ...]] = ("init constant, 0.1",)

    val: Number


class Dirac(Init):
    """Convolutions pass their channels on unchanged; linear layers, which have no kernel to centre, are refused."""

    keyword: ClassVar[str] = "dirac"
    examples: ClassVar[tuple[str, ...]] = ("init dirac",)

    groups: Positive = 1


class Eye(Init):
    """Linear layers pass their input on unchanged; convolutions are refused."""

    keyword: ClassVar[str] = "eye"
    examples: ClassVar[tuple[str, ...]] = ("init eye",)


class Sparse(Init):
    """Normal, with a share `sparsity` of every column 0 (Martens 2010); for linear layers only."""

    keyword: ClassVar[str] = "sparse"
    examples: ClassVar[tuple[str, ...]] = ("init sparse, 0.9",)

    sparsity: Annotated[float, Ge(0), Le(1), Says("a share (0 to 1)")]
    std: NonNegativeNumber = 0.01
