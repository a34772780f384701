"""What does not fit together in a recipe, or between a recipe and its network (codes E041x, W05xx): facts without a place.

`setting` is the line of `train { }` at fault, and `argument` the argument of it, None for the line as a whole.
"""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.problem import Problem
from cnnspec.values.shapes import Shape


class RecipeProblem(Problem):
    """Base of all of them."""

    setting: ClassVar[str]
    argument: ClassVar[str | None] = None


class SampleDiffers(RecipeProblem):
    """Data of one shape for a network of another."""

    data: str
    sample: tuple[int, ...]
    input: Shape
    can_resize: bool
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "E0410"

    @property
    def message(self) -> str:
        return f"a sample of `{self.data}` is {Shape(self.sample)}, but the network takes {self.input}"

    @property
    def label(self) -> str:
        return f"gives {Shape(self.sample)}"

    @property
    def help(self) -> str:
        if self.can_resize and self.input.rank == 3 and self.input.channels == self.sample[0]:
            height, width = self.input.spatial
            return f"write `resize={height if height == width else f'{height}x{width}'}`, or `input {Shape(self.sample)}`"
        return f"write `input {Shape(self.sample)}`, or train on other data"


class TooFewOutputs(RecipeProblem):
    """More classes than outputs."""

    data: str
    classes: int
    outputs: int
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "E0411"

    @property
    def message(self) -> str:
        outputs = "1 output" if self.outputs == 1 else f"{self.outputs} outputs"
        return f"`{self.data}` has {self.classes} classes, but the network has {outputs}"

    @property
    def help(self) -> str:
        return f"end the network with `linear {self.classes}`"


class MoreOutputsThanClasses(RecipeProblem):
    """Outputs that no sample ever asks for."""

    data: str
    classes: int
    outputs: int
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0501"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        surplus = self.outputs - self.classes
        return f"`{self.data}` has {self.classes} classes, so {surplus} of the {self.outputs} outputs stand for no class"

    @property
    def help(self) -> str:
        return f"end the network with `linear {self.classes}`"


class OutputNotFlat(RecipeProblem):
    """Classes from a network whose output still has positions."""

    output: Shape
    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "E0412"

    @property
    def message(self) -> str:
        return f"the output is {self.output}, but classification needs a flat output with one number for each class"

    @property
    def help(self) -> str:
        return "end the network with `flatten`" + ("" if self.output.features == self.output.channels else " and `linear`")


class SingleOutput(RecipeProblem):
    """Cross entropy between one class and nothing."""

    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "E0413"

    @property
    def message(self) -> str:
        return "`cross_entropy` compares classes, but the network has 1 output: the loss is always 0"

    @property
    def help(self) -> str:
        return "for two classes write `loss bce_with_logits`, for a number `loss mse`"


class NotProbabilities(RecipeProblem):
    """`bce` on values outside 0..1."""

    last: str | None
    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "E0414"

    @property
    def message(self) -> str:
        end = f"ends with `{self.last}`" if self.last else "has no layers"
        return f"`bce` needs probabilities from 0 to 1, but the network {end}"

    @property
    def help(self) -> str:
        return "write `loss bce_with_logits`, or end the network with `sigmoid`"


class SecondActivation(RecipeProblem):
    """A loss that applies by itself what the network ends with."""

    loss: str
    last: str
    applies: str
    advice: str
    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "W0502"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"`{self.loss}` applies {self.applies} itself, but the network already ends with `{self.last}`"

    @property
    def help(self) -> str:
        return self.advice


class SeveralEnds(RecipeProblem):
    """A network that takes or gives more than a data set has: a sample is one value, and one loss trains one output."""

    what: str  # "inputs" or "outputs"
    count: int
    setting: ClassVar[str] = "network"
    code: ClassVar[str] = "E0417"

    @property
    def message(self) -> str:
        fact = "a sample of a data set is one value" if self.what == "inputs" else "one loss trains one output"
        return f"{fact}, but the network has {self.count} {self.what}"

    @property
    def help(self) -> str:
        return "leave out the `train` block, and train the module that `build()` returns with a loop of your own"


class NesterovWithoutMomentum(RecipeProblem):
    """A combination of arguments that torch refuses."""

    setting: ClassVar[str] = "optimizer"
    argument: ClassVar[str | None] = "nesterov"
    code: ClassVar[str] = "E0415"

    @property
    def message(self) -> str:
        return "`nesterov` needs a `momentum` above 0 and no `dampening`"

    @property
    def help(self) -> str:
        return "write for example `momentum=0.9`, and leave `dampening` out"


class EmptyRange(RecipeProblem):
    """`init uniform, 1, 0`."""

    low: float
    high: float
    setting: ClassVar[str] = "init"
    argument: ClassVar[str | None] = "b"
    code: ClassVar[str] = "E0416"

    @property
    def message(self) -> str:
        return f"`init` draws from {self.low:g} to {self.high:g}, which is an empty range"
