"""What keeps a recipe from running (codes E042x and E043x): facts without a place, each with the setting it belongs to.

Whatever goes wrong for a reason that users can mend leaves `training` as a `TrainingError`. No torch.
"""

from __future__ import annotations

from typing import ClassVar

from cnnspec.compiler import in_its_words
from cnnspec.diagnostics.diagnostic import Diagnostic, Label, diagnose
from cnnspec.diagnostics.problem import StatedProblem
from cnnspec.network.network import Network
from cnnspec.recipe.problems import RecipeProblem
from cnnspec.source import Span
from cnnspec.training.target_problems import DarkTargets, NothingCounts, OutOfReach
from cnnspec.values.shapes import Shape


class TrainingError(Exception):
    """One or more problems that keep a run from going on. `problems[0].setting` is the line of `train { }` at fault."""

    def __init__(self, *problems: RecipeProblem) -> None:
        super().__init__("\n".join(_sentence(problem) for problem in problems))
        self.problems = problems

    def diagnostics(self, network: Network) -> list[Diagnostic]:
        """Returns the problems at the lines of the spec that they belong to, or at the beginning where no line is at fault."""
        from cnnspec.network.remedies.recipe import remedied  # most runs have no problem

        beginning = network.input_span or Span(network.source, 0, 0)
        found = [
            remedied(diagnose(problem, _place(problem, network, beginning), labels=_labels(problem, network)), problem, network)
            for problem in self.problems
        ]
        return in_its_words(found, network.source)


def _place(problem: RecipeProblem, network: Network, beginning: Span) -> Span:
    """Returns the line at fault: of a layer, or of the recipe; `beginning` where there is none.

    Data that a program hands over has no line: targets are held against the loss then.
    """
    if isinstance(problem, PrecisionMissing | OverwritesNeeded):
        return next((node.origin.statement for node in network.layers if node.name == problem.layer), beginning)
    of_targets = LabelOutOfRange | TargetOutOfRange | TargetDiffers | NothingCounts | DarkTargets | OutOfReach
    is_of_targets = isinstance(problem, of_targets)
    return network.recipe_span(problem, network.recipe_spans.get("loss", beginning) if is_of_targets else beginning)


def _labels(problem: RecipeProblem, network: Network) -> list[Label]:
    """Returns where the layer stands that a problem speaks of."""
    words = getattr(problem, "at_layer", None)
    if words is None:
        return []
    places = [node.origin.statement for node in network.layers if node.name == getattr(problem, "layer", None)]
    return [Label(place, words) for place in places[:1]]


def _sentence(problem: RecipeProblem) -> str:
    return problem.message + (f" ({problem.help})" if problem.help else "")


class DataProblem(StatedProblem, RecipeProblem):
    """Base of what is wrong with data; the text says where."""

    setting: ClassVar[str] = "data"


class NoData(DataProblem):
    """No data set was named."""

    code: ClassVar[str] = "E0420"


class DataMissing(DataProblem):
    """A file or folder that is not there, or holds nothing."""

    code: ClassVar[str] = "E0421"


class DataBroken(DataProblem):
    """A file that is cut short, damaged, or in another format."""

    code: ClassVar[str] = "E0422"


class LabelOutOfRange(DataProblem):
    """A label that is none of the classes."""

    code: ClassVar[str] = "E0423"


class ImageSizesDiffer(DataProblem):
    """Images of several sizes, or of another size than their data set has."""

    code: ClassVar[str] = "E0424"
    argument: ClassVar[str | None] = "resize"


class NotANumber(DataProblem):
    """A cell of a table that holds no number."""

    code: ClassVar[str] = "E0425"


class NoSuchColumn(DataProblem):
    """A target column that the table does not have."""

    code: ClassVar[str] = "E0426"
    argument: ClassVar[str | None] = "target"


class TargetOutOfRange(DataProblem):
    """A target that the loss is not defined for."""

    code: ClassVar[str] = "E0427"


class DownloadFailed(DataProblem):
    """A data set that could not be fetched, or that is not the published one."""

    code: ClassVar[str] = "E0428"


class WrongNormalize(DataProblem):
    """Constants that are not as many as the channels."""

    code: ClassVar[str] = "E0429"
    argument: ClassVar[str | None] = "normalize"


class TooLittleData(DataProblem):
    """A part without samples."""

    code: ClassVar[str] = "E0430"


class TooMuchData(DataProblem):
    """More than memory has room for."""

    code: ClassVar[str] = "E0406"


class NoSuchArray(DataProblem):
    """An array that a file does not have."""

    code: ClassVar[str] = "E0407"


class TargetDiffers(DataProblem):
    """What is to be predicted has another shape than what the network gives, or than the images that it is moved with."""

    code: ClassVar[str] = "E0419"


class LossNotFinite(DataProblem):
    """A loss that became infinite or not a number; `layer` is the module path of the first layer that shows it."""

    layer: str | None = None
    at_layer: ClassVar[str] = "not finite from here on"
    setting: ClassVar[str] = "optimizer"
    argument: ClassVar[str | None] = "lr"
    code: ClassVar[str] = "E0432"


class WrongInit(DataProblem):
    """A scheme that is not defined for the weights of a layer."""

    setting: ClassVar[str] = "init"
    code: ClassVar[str] = "E0433"


class RunBroken(DataProblem):
    """A run folder that lacks a file, or whose files are not those that were written."""

    code: ClassVar[str] = "E0434"


class InputSizesOpen(RecipeProblem):
    """An input whose sizes are names, which data and optimizer cannot be made for."""

    input: Shape
    sample: tuple[int, ...] | None
    setting: ClassVar[str] = "input"
    code: ClassVar[str] = "E0435"

    @property
    def message(self) -> str:
        return f"the input {self.input} leaves sizes open, but training needs numbers"

    @property
    def label(self) -> str:
        return "sizes without numbers"

    @property
    def help(self) -> str:
        example = "x".join(map(str, self.sample)) if self.sample else f"{self.input.channels}x32x32"
        return f"give them with `--input {example}`" + ("" if self.sample else ", or as large as the images are")


class PrecisionMissing(RecipeProblem):
    """A layer that PyTorch does not compute in a precision on a device; `works` are others in which the network computes.

    `layer` is its module path; it is None where only the gradients are missing.
    """

    precision: str
    device: str
    works: tuple[str, ...]
    layer: str | None
    keyword: str | None
    setting: ClassVar[str] = "input"
    code: ClassVar[str] = "E0437"

    @property
    def message(self) -> str:
        what = "the gradients of this network" if self.keyword is None else f"`{self.keyword}`"
        device = "a CPU" if self.device == "cpu" else "this GPU"
        return f"PyTorch does not compute {what} in {self.precision} on {device}"

    @property
    def help(self) -> str | None:
        options = " or ".join(f"`--precision {name}`" for name in self.works)
        return f"it works with {options}" if options else None


class OverwritesNeeded(RecipeProblem):
    """A layer that overwrites its input, which the layer before it needs for its gradients; `layer` is its module path."""

    layer: str
    keyword: str
    setting: ClassVar[str] = "input"
    code: ClassVar[str] = "E0438"

    @property
    def message(self) -> str:
        return f"`{self.keyword}` overwrites what a layer before it needs for its gradients: PyTorch cannot train that"

    @property
    def label(self) -> str:
        return "this overwrites its input"

    @property
    def help(self) -> str:
        return "leave out `inplace=true`, which saves memory only"


class FrozenUntrained(RecipeProblem):
    """Parts to freeze in a run that begins with weights that nothing has trained."""

    paths: tuple[str, ...]
    setting: ClassVar[str] = "freeze"
    code: ClassVar[str] = "W0541"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        weights = ", ".join(f"`{path}`" for path in self.paths)
        return f"the weights of {weights} stay as they are drawn at the beginning: nothing has trained them"

    @property
    def help(self) -> str:
        return "begin with trained weights, `--weights FILE.safetensors`, or freeze nothing"


class ClassWithoutSamples(RecipeProblem):
    """Classes that the training part has no sample of. `only_first`: it is class 0 alone, as where classes count from 1.

    `are_tested`: the test part has samples of all of them; `is_shared`: it is a share of the data. `are_last`: all classes
    before them have samples, and none of them has. `unit` is what has a class: a `sample`, or a `pixel`.
    """

    absent: tuple[str, ...]
    classes: int
    only_first: bool
    data: str
    are_tested: bool = False
    is_shared: bool = False
    are_last: bool = False
    unit: str = "sample"
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0504"
    severity: ClassVar[str] = "warning"

    @property
    def place(self) -> str:
        return "data.test" if self.are_tested and self.is_shared else self.setting

    @property
    def message(self) -> str:
        return f"no {self.unit} for training has the {_named(self.absent)} (of {self.classes})"

    @property
    def help(self) -> str:
        if self.are_tested and self.is_shared:
            its = "its" if len(self.absent) == 1 else "their"
            return f"all {its} samples are for testing: lower `test`, or take more data"
        if self.data == "folder":
            return "put images into the folder of that name, or remove it, and end the network with one output for each class"
        if self.are_tested:
            return "the part for testing has samples of that kind: put such samples into the part for training, too"
        if self.only_first:
            return "labels count from 0: where they count from 1, subtract 1, and end the network with one output less"
        others = self.classes - len(self.absent)
        if not self.are_last:
            return "number the classes without gaps, and end the network with one output for each"
        if others == 1:
            return "one class alone is nothing to tell apart: take data that has others, too"
        return f"end the network with {others} outputs, or take data that has the other classes, too"


class LeftOut(DataProblem):
    """Folders or files beside those that are read."""

    code: ClassVar[str] = "W0543"
    severity: ClassVar[str] = "warning"


class ClassWithoutTests(RecipeProblem):
    """Classes that the training part has samples of, and the test part has none."""

    absent: tuple[str, ...]
    classes: int
    data: str
    unit: str = "sample"
    setting: ClassVar[str] = "data"
    code: ClassVar[str] = "W0535"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        return f"no {self.unit} for testing has the {_named(self.absent)} (of {self.classes}), of which the test says nothing"

    @property
    def help(self) -> str:
        return "give the test part samples of every class"


class ConstantInputs(RecipeProblem):
    """Inputs that are the same in all samples; `channels` are those at fault, from 0, and empty where all of them are."""

    channels: tuple[int, ...]
    of: int
    data: str
    setting: ClassVar[str] = "data"
    argument: ClassVar[str | None] = "normalize"
    code: ClassVar[str] = "W0536"
    severity: ClassVar[str] = "warning"

    @property
    def message(self) -> str:
        if not self.channels:
            return f"all samples of `{self.data}` for training are the same number throughout"
        some = ", ".join(map(str, self.channels[:5])) + (", ..." if len(self.channels) > 5 else "")
        what = f"channel {some} is" if len(self.channels) == 1 else f"channels {some} are"
        return f"{what} one number in all samples for training (of {self.of} channels, from 0), so `normalize` makes 0 of it"

    @property
    def help(self) -> str:
        if not self.channels:
            return "a network can learn nothing from them: look whether the right array, column or file is read"
        return "the network learns nothing from it: look whether it is meant, or leave it out of data and `input`"


def _named(classes: tuple[str, ...]) -> str:
    """Returns `class `cats``, `2 classes `cats`, `dogs``."""
    some = ", ".join(f"`{name}`" for name in classes[:5]) + (", ..." if len(classes) > 5 else "")
    return f"class {some}" if len(classes) == 1 else f"{len(classes)} classes {some}"
