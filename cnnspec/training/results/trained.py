"""A network with what it learned: a run, or a spec with the weights of a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TypeAlias

import torch
from torch import nn

from cnnspec.backends.torch_module import build
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.analyses.learned import learned_weights
from cnnspec.network.network import Network
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.data.dataset import Columns, Dataset, Request
from cnnspec.training.data.read import read
from cnnspec.training.data.scaling import WHITE, Scaling
from cnnspec.training.device import Precision, own_random_numbers, select_device
from cnnspec.training.freezing import refusing_one_answer
from cnnspec.training.group_norms import adapt_group_norms
from cnnspec.training.problems import DataMissing, DownloadFailed, RunBroken, TrainingError
from cnnspec.training.results.class_names import numbered, published
from cnnspec.training.results.image_form import image_form, stated_scaling
from cnnspec.training.run_folder.names import BEST
from cnnspec.training.run_folder.stored_run import StoredRun
from cnnspec.training.task import Task
from cnnspec.training.weights.initialize import initialize
from cnnspec.training.weights.transfer import take_all
from cnnspec.training.weights.weight_report import compare
from cnnspec.training.weights.weights import load_weights

Subject: TypeAlias = StoredRun | Network


@dataclass(frozen=True)
class Trained:
    """A network and how it was trained; `name` is the run folder or the spec.

    `weights` is a file to take in the place of the run's own (`best`: of the best epoch, instead of the last), `held` a model
    that a program holds. `base` is where relative paths of data begin.
    """

    subject: Subject
    weights: Path | None = None
    best: bool = False
    base: Path = Path()
    held: nn.Module | None = None

    @classmethod
    def of(cls, subject: Subject, weights: Path | None = None, best: bool = False, base: Path | None = None) -> Trained:
        """Returns it with relative paths that begin where the recipe was written, or at `base`; raises UsageError."""
        if best and isinstance(subject, Network):
            raise UsageError("--best is for runs: a spec takes the weights of a file, --weights FILE")
        if best and weights is not None:
            raise UsageError("--best takes weights of the run itself, and --weights those of a file: leave out one of them")
        beside = subject.base if isinstance(subject, StoredRun) else Path(subject.source.name).parent
        return cls(subject, weights, best, base or beside.absolute())

    @property
    def name(self) -> str:
        return str(self.subject.path) if isinstance(self.subject, StoredRun) else self.subject.source.name

    @property
    def network(self) -> Network:
        return self.subject.network if isinstance(self.subject, StoredRun) else self.subject

    @property
    def recipe(self) -> Recipe:
        return self.subject.recipe if isinstance(self.subject, StoredRun) else self.subject.recipe or Recipe()

    @property
    def is_trained(self) -> bool:
        """Returns whether there are weights beside those that the spec fixes."""
        return self.weights is not None or isinstance(self.subject, StoredRun)

    @property
    def has_learned(self) -> bool:
        """Returns whether all weights are known, none of them as drawn at random."""
        return self.is_trained or next(learned_weights(self.network, Recipe()), None) is None

    def verify_learned(self) -> None:
        """Raises UsageError for a spec without weights."""
        if not self.has_learned:
            raise UsageError(f"{self.name} is a spec, whose weights have yet to be learned: give a run, or --weights FILE")

    def verify_sizes(self) -> None:
        """Raises UsageError where an input leaves sizes open."""
        for given in self.network.inputs:
            if given.shape.is_symbolic:
                example = "x".join(str(size) if isinstance(size, int) else "224" for size in given.shape.sizes)
                raise UsageError(f"{self.name} takes {given.shape}: give the sizes as numbers, such as `--input {example}`")

    def precision(self, name: str | None, device: str) -> Precision:
        """Returns how to compute: as `name` says, or else in fp64 for a run that was trained so, in fp32 for everything else.

        Raises UsageError for what the device has not.
        """
        own = self.subject.options.precision if isinstance(self.subject, StoredRun) else ""
        found = Precision.select(name or ("fp64" if own == "fp64" else "fp32"), select_device(device))
        found.prepare()
        return found

    def model(self, precision: Precision) -> nn.Module:
        """Returns the network in evaluation mode, with random weights (from the recipe's seed) where none are known.

        Raises TrainingError for a run whose weights are broken, UsageError or OSError for a file that was given, ValueError for
        a model of a program that is no longer such a network. The network
        raises UsageError for one sample, where a layer cannot normalise it by itself.
        """
        with own_random_numbers():
            torch.manual_seed(self.recipe.seed)
            model = build(self.network)
            if not self.has_learned:
                initialize(model, self.network, self.recipe.init)
        model.to(precision.device, precision.dtype)  # first: the weights of a file may be longer than those of a fresh model
        if self.weights is not None:
            take_all(model, self.weights)
        elif self.held is not None:
            _take(model, self.held, self.name)
        elif isinstance(self.subject, StoredRun):
            _restore(model, self.subject.path / BEST if self.best else self.subject.weights)
        adapt_group_norms(model)
        for node in refusing_one_answer(self.network):
            model.register_forward_pre_hook(partial(_verify_company, node.name))
        return model.eval()

    @cached_property
    def scaling(self) -> Scaling:
        """Returns how images of 0 to 255 are scaled; raises TrainingError, or UsageError where nothing says it.

        For a run that is as its training data was. Without one, it is as the line `data` says; constants that are measured
        (`normalize=true`) are measured again.
        """
        if isinstance(self.subject, StoredRun):
            return stored_scaling(self.subject)
        normalize = getattr(self.recipe.data, "normalize", False)
        if normalize is not True:
            return stated_scaling(self.network.input, image_form(self.network, self.recipe), normalize)
        try:
            return self._read[1]
        except TrainingError as error:
            advice = "write the numbers, `normalize=(mean, std)`"
            raise UsageError(f"mean and deviation of the data of {self.name} are not known: {error}; {advice}") from None

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Returns the names of the classes, or `class 3` and so on where nobody knows them; None where outputs are numbers.

        Raises TrainingError where the data that says it is broken.
        """
        return self._classes[0]

    @cached_property
    def has_labels(self) -> bool:
        """Returns whether each output is a label of its own, which a sample has or has not; raises as `classes` does."""
        if self.classes is not None:
            return False
        if isinstance(self.subject, StoredRun):
            return stored_labels(self.subject)
        return self.recipe.data is not None and Task.of(self.recipe.loss, self._read[0]).labels

    @property
    def columns(self) -> Columns | None:
        """Returns the columns of the table that a run has learned from; None where that had no header, or was no table."""
        found = self.subject.manifest.get("data", {}).get("columns") if isinstance(self.subject, StoredRun) else None
        return None if found is None else Columns(tuple(found["inputs"]), found["target"])

    @property
    def unnamed(self) -> str | None:
        """Returns why the classes have no names, although a data set is named that would tell; raises as `classes` does."""
        return self._classes[1]

    @cached_property
    def _classes(self) -> tuple[tuple[str, ...] | None, str | None]:
        if isinstance(self.subject, StoredRun):
            return stored_names(self.subject), None
        data = self.recipe.data
        if data is None:
            return numbered(self.subject), None
        try:
            return published(data, self._request) or self._read[0].classes, None
        except TrainingError as error:
            if not all(isinstance(problem, DataMissing | DownloadFailed) for problem in error.problems):
                raise
            return numbered(self.subject), f"classes have no names: {error}"

    def locate(self, path: str) -> Path:
        """Returns where a path of its data leads."""
        return self._request.locate(path)

    @property
    def _request(self) -> Request:
        return Request(self.network.input, self.network.output, self.recipe.loss, self.base)

    @cached_property
    def _read(self) -> tuple[Dataset, Scaling]:
        assert self.recipe.data is not None
        return read(self.recipe.data, self._request)


def trained_of(subject: Subject | Trained) -> Trained:
    """Returns it as it is, or a run with its last weights, a spec with those that it fixes."""
    return subject if isinstance(subject, Trained) else Trained.of(subject)


def stored_names(stored: StoredRun) -> tuple[str, ...] | None:
    """Returns the names of the classes that a run was trained on; None where its targets were numbers."""
    names = stored.manifest.get("data", {}).get("classes")
    return None if names is None else tuple(map(str, names))


def stored_labels(stored: StoredRun) -> bool:
    """Returns whether a run was trained on labels of which a sample may have several: what is right of them is counted."""
    return stored_names(stored) is None and "train_acc" in stored.manifest.get("result", {})


def stored_scaling(stored: StoredRun) -> Scaling:
    """Returns the constants that scaled the training data of a run; raises TrainingError where the manifest has none."""
    try:
        data = stored.manifest["data"]
        mean, std = (torch.tensor(data[name], dtype=torch.float64) for name in ("mean", "std"))
        return Scaling(float(data["levels"]), mean, std, float(data.get("white", WHITE)))  # runs of before do not say it
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingError(RunBroken(f"the manifest of {stored.path} does not say how its data was scaled: {error}")) from None


def _verify_company(layer: str, model: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
    """Raises UsageError for a batch of one sample."""
    if len(inputs[0]) == 1:
        raise UsageError(
            f"the layer `{layer}` keeps no running statistics and normalises over the samples that come together, which one "
            "sample cannot be: give several to `predict` or `evaluate`"
        )


def _take(model: nn.Module, held: nn.Module, name: str) -> None:
    """Fills a model with the weights of another one; raises ValueError where that is no longer such a network."""
    report = compare(model.state_dict(), held.state_dict())
    if not report.fits:
        raise ValueError(f"the model of {name} is no longer its network: {report}")
    model.load_state_dict(held.state_dict())


def _restore(model: nn.Module, path: Path) -> None:
    try:
        load_weights(model, path)
    except (OSError, ValueError) as error:
        raise TrainingError(RunBroken(str(error))) from None
