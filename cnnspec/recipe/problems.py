"""What does not fit together in a recipe, or between a recipe and its network (codes E041x, W05xx): facts without a place.

`setting` is the line of `train { }` at fault, and `argument` the argument of it, None for the line as a whole.
"""

from __future__ import annotations

from typing import ClassVar

from cnnspec.diagnostics.nearest import nearest
from cnnspec.diagnostics.problem import Problem
from cnnspec.values.shapes import Shape


class RecipeProblem(Problem):
    """Base of all of them."""

    setting: ClassVar[str]
    argument: ClassVar[str | None] = None

    @property
    def place(self) -> str:
        """Returns the argument at fault, as `setting.argument`."""
        return f"{self.setting}.{self.argument}"


class TooFewOutputs(RecipeProblem):
    """More classes than outputs; `empty` are those that no sample has at all, as folders without images."""

    data: str
    classes: int
    outputs: int
    empty: tuple[str, ...] = ()
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "E0411"

    @property
    def message(self) -> str:
        outputs = "1 output" if self.outputs == 1 else f"{self.outputs} outputs"
        return f"`{self.data}` has {self.classes} classes, but the network has {outputs}"

    @property
    def help(self) -> str:
        if not self.empty:
            return f"end the network with `linear {self.classes}`"
        folders = ", ".join(f"`{name}`" for name in self.empty[:5]) + (", ..." if len(self.empty) > 5 else "")
        left = self.classes - len(self.empty)
        what, them = ("the folder", "it") if len(self.empty) == 1 else ("the folders", "them")
        holds = "holds" if len(self.empty) == 1 else "hold"
        fewer = "" if left == self.outputs else f", and end the network with `linear {left}`"
        return f"{what} {folders} {holds} no images: remove {them}{fewer}"


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
        verb = "stands" if surplus == 1 else "stand"
        return f"`{self.data}` has {self.classes} classes, so {surplus} of the {self.outputs} outputs {verb} for no class"

    @property
    def help(self) -> str:
        return f"end the network with `linear {self.classes}`"


class SingleClass(RecipeProblem):
    """Samples that are all of one class."""

    data: str
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0501"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"`{self.data}` has one class, so that a network has nothing to tell apart"

    @property
    def help(self) -> str:
        if self.data == "folder":
            return "each folder in the one that `data` names is a class: name the one that holds all of them"
        return "train on data with samples of several classes"


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
        if self.output.features == self.output.channels:
            return "end the network with `flatten`"
        advice = "end the network with `flatten` and `linear`"
        if self.output.rank != 3:
            return advice
        others = "images and masks are learned from `data pairs`, boxes, as of a detector, in Python"
        return f"{advice}; {others}: examples/detector.py trains the module that `build()` returns"


class SingleOutput(RecipeProblem):
    """Cross entropy between one class and nothing, of a number or of images with one channel."""

    loss: str
    output: Shape
    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "E0413"

    @property
    def message(self) -> str:
        has = f"the output {self.output} has 1 channel" if self._is_image else "the network has 1 output"
        return f"`{self.loss}` compares classes, but {has}: the loss is always 0"

    @property
    def instead(self) -> str:
        """Returns the loss that is most likely meant."""
        return "mse" if self._is_image else "bce_with_logits"

    @property
    def help(self) -> str:
        if self._is_image:
            return "for images write `loss mse`, for masks of two classes `loss bce_with_logits`"
        return "for two classes write `loss bce_with_logits`, for a number `loss mse`"

    @property
    def _is_image(self) -> bool:
        return self.output.rank > 1 and self.output.features != 1


class SeveralEnds(RecipeProblem):
    """A network that takes or gives more than a data set has: a sample is one value, and one loss trains one output."""

    what: str  # "inputs" or "outputs"
    count: int
    setting: ClassVar[str] = "network"
    code: ClassVar[str] = "E0417"

    @property
    def place(self) -> str:
        return f"{self.setting}.{self.what}"

    @property
    def message(self) -> str:
        fact = "a sample of a data set is one value" if self.what == "inputs" else "one loss trains one output"
        return f"{fact}, but the network has {self.count} {self.what}"

    @property
    def help(self) -> str:
        example = "examples/siamese.py" if self.what == "inputs" else "examples/detector.py"
        return f"train the module that `build()` returns with a loop of your own, without a `train` block, as {example} does"


TOGETHER = "networks that are trained against each other take a loop of your own, as in examples/gan.py"


class TrainedTogether(RecipeProblem):
    """One of two networks, such as a discriminator, that a recipe does not fit by itself; `takes`: the other one feeds it."""

    network: str
    other: str
    takes: bool
    setting: ClassVar[str] = "network"
    code: ClassVar[str] = "E0417"

    @property
    def message(self) -> str:
        fact = f"takes what `{self.other}` gives" if self.takes else f"gives what `{self.other}` takes"
        return f"one loss trains one network, but `{self.network}` {fact}"

    @property
    def help(self) -> str:
        return f"{TOGETHER}; to train this one alone, write `--network {self.network}`"


class TrainedAlone(RecipeProblem):
    """One of two networks of a file that belong together, which a recipe fits by itself."""

    network: str
    other: str
    setting: ClassVar[str] = "network"
    code: ClassVar[str] = "W0542"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"`{self.network}` is trained alone, without `{self.other}`, although one takes what the other gives"

    @property
    def help(self) -> str:
        return f"{TOGETHER}; where it is meant, say so by `--network {self.network}`"


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


class ClassWeightsDiffer(RecipeProblem):
    """Weights of classes that are not as many as the outputs."""

    loss: str
    weights: int
    outputs: int
    setting: ClassVar[str] = "loss"
    argument: ClassVar[str | None] = "weight"
    code: ClassVar[str] = "E0404"

    @property
    def message(self) -> str:
        numbers = "1 number" if self.weights == 1 else f"{self.weights} numbers"
        return f"`weight` of `{self.loss}` has {numbers}, but the network tells {self.outputs} classes apart"

    @property
    def help(self) -> str:
        return "give each class a number, in their order"


class OutputWeightsDiffer(RecipeProblem):
    """Weights of what is there, which are not as many as the outputs."""

    loss: str
    weights: int
    outputs: int
    setting: ClassVar[str] = "loss"
    argument: ClassVar[str | None] = "pos_weight"
    code: ClassVar[str] = "E0404"

    @property
    def message(self) -> str:
        numbers = "1 number" if self.weights == 1 else f"{self.weights} numbers"
        outputs = "1 output" if self.outputs == 1 else f"{self.outputs} outputs"
        return f"`pos_weight` of `{self.loss}` has {numbers}, but the network has {outputs}"

    @property
    def help(self) -> str:
        return "give each output a number, in their order, or all of them one: `pos_weight=3`"


class AugmentWithoutImages(RecipeProblem):
    """Images are changed that the network does not take as images."""

    input: Shape
    setting: ClassVar[str] = "augment"
    code: ClassVar[str] = "E0403"

    @property
    def message(self) -> str:
        return f"`augment` changes images, but the network takes {self.input}"

    @property
    def help(self) -> str:
        return "give the network images of channels, height and width, such as `input 1x28x28`, and `flatten` them in it"


class FrozenUnknown(RecipeProblem):
    """A part to freeze that the network does not have; `known` are the paths of its parts, `position` counts from 0."""

    path: str
    known: tuple[str, ...]
    position: int
    setting: ClassVar[str] = "freeze"
    code: ClassVar[str] = "E0405"

    @property
    def place(self) -> str:
        return f"{self.setting}.{self.position}"

    @property
    def message(self) -> str:
        return f"no part of the network is called `{self.path}`"

    @property
    def help(self) -> str:
        inside = next((path for path in self.known if path.endswith(f".{self.path}")), None)
        guess = inside or nearest(self.path, self.known)
        if guess:
            return f"did you mean `{guess}`?"
        return f"its parts: {', '.join(path for path in self.known if '.' not in path)}"


class MatricesOnly(RecipeProblem):
    """A weight that an optimizer for matrices does not take."""

    optimizer: str
    weight: str
    sizes: tuple[int, ...]
    setting: ClassVar[str] = "optimizer"
    code: ClassVar[str] = "E0418"

    @property
    def message(self) -> str:
        is_vector = len(self.sizes) == 1
        what = f"a vector of {self.sizes[0]} numbers" if is_vector else "x".join(map(str, self.sizes)) or "a single number"
        return f"`{self.optimizer}` trains matrices only, but `{self.weight}` is {what}"

    @property
    def help(self) -> str:
        return "write for example `optimizer adamw`; linear layers with `bias=false` and nothing else have only matrices"


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

    @property
    def help(self) -> str:
        if self.low == self.high:
            return f"write `init constant, {self.low:g}` for weights that are all alike, or a larger `b`"
        return f"the lower bound comes first: `a={self.high:g}, b={self.low:g}`"


class NothingToLearn(RecipeProblem):
    """A network whose weights are all fixed, or that has none. `freezes`: the recipe has to do with it."""

    freezes: bool
    setting: ClassVar[str] = "optimizer"
    code: ClassVar[str] = "E0431"

    @property
    def place(self) -> str:
        """Returns the lines that freeze, where there are any."""
        return "freeze" if self.freezes else self.setting

    @property
    def message(self) -> str:
        if self.freezes:
            return "no weights are left to learn: all are frozen"
        return "the network has no weights to learn: it has none, or all are frozen"

    @property
    def help(self) -> str:
        if self.freezes:
            return "freeze less: what is trained, such as the last layer, has to stay out"
        return "give the network a layer with weights, such as `linear` or `conv`, without `frozen=true`"
