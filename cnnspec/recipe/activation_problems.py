"""Losses that do not fit what a network ends with (codes E0413, E0414 and W0502): facts without a place."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.recipe.ending import Ending
from cnnspec.recipe.loss import Bce, BceWithLogits, CrossEntropy, Loss, Nll
from cnnspec.recipe.problems import RecipeProblem, SingleOutput
from cnnspec.values.shapes import Shape


class AlwaysTheSame(RecipeProblem):
    """An output that no weights change: `activation`, where it is one, shares out a whole among a single number."""

    loss: str
    activation: str | None
    number: float
    outputs: int
    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "E0413"

    @property
    def message(self) -> str:
        what = f"`{self.activation}` of a single number" if self.activation else "the output of this network"
        return f"{what} is always {self.number:g}: nothing can be learned"

    @property
    def help(self) -> str:
        if self.activation is None:
            return "leave out the last activation, which gives the same for all that comes in"
        if self.outputs > 1:
            return f"`{self.activation}` has to go along the {self.outputs} outputs"
        if self.loss == "bce_with_logits":
            return "leave it out: the loss applies a sigmoid itself"
        if self.loss in ("cross_entropy", "label_smoothing", "nll"):
            return "leave it out, and write `loss bce_with_logits` for two classes, or `loss mse` for a number"
        return "write `sigmoid` in its place" + ("" if self.loss == "bce" else ", or leave it out")


class NotProbabilities(RecipeProblem):
    """A loss of probabilities, or of their logarithms, on other values."""

    loss: str
    needs: str
    ending: Ending
    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "E0414"

    @property
    def message(self) -> str:
        last = self.ending.last
        end = f"ends with `{last}`" if last else "has no layers"
        if self.is_along_other_axis:
            end = "has `log_softmax` along another axis than that of the classes"
        return f"`{self.loss}` needs {self.needs}, but the network {end}"

    @property
    def is_along_other_axis(self) -> bool:
        """Returns whether the logarithms are there, of other probabilities."""
        return self.loss == "nll" and self.ending.log_axes is not None

    @property
    def instead(self) -> str:
        """Returns the loss that takes what comes before the activation."""
        return "bce_with_logits" if self.loss == "bce" else "cross_entropy"

    @property
    def help(self) -> str:
        if self.is_along_other_axis and self.ending.log_axes is not None:
            return f"write `log_softmax axis={self.ending.log_axes.of_classes}`"
        fitting, activation = "sigmoid" if self.loss == "bce" else "log_softmax", self.ending.activation
        if activation is None:
            return f"write `loss {self.instead}`, or end the network with `{fitting}`"
        other = "move it to the end" if activation == fitting else f"end the network with `{fitting}` instead of it"
        return f"leave `{activation}` out and write `loss {self.instead}`, or {other}"


class SecondActivation(RecipeProblem):
    """A loss that applies by itself what the network has already."""

    loss: str
    ending: Ending
    setting: ClassVar[str] = "loss"
    code: ClassVar[str] = "W0502"
    severity: ClassVar[str] = "warning"

    @property
    def activation(self) -> str | None:
        return self.ending.activation or self.ending.last

    @property
    def message(self) -> str:
        applies = "a sigmoid" if self.loss == "bce_with_logits" else "log-softmax"
        verb = "ends with" if self.activation == self.ending.last else "has"
        return f"`{self.loss}` applies {applies} itself, but the network already {verb} `{self.activation}`"

    @property
    def help(self) -> str:
        if self.loss == "bce_with_logits":
            return f"write `loss bce`, or leave `{self.activation}` out"
        return f"leave `{self.activation}` out: logits train better"


def activation_problems(loss: Loss, output_shape: Shape, ending: Ending) -> list[RecipeProblem]:
    """Returns what is wrong with a loss of what a network ends with; the first mistake says enough."""
    if ending.range.is_single:
        return [AlwaysTheSame(loss.keyword, ending.activation, ending.range.low, output_shape.channels)]
    if isinstance(loss, CrossEntropy | Nll) and output_shape.channels == 1:
        return [SingleOutput(loss.keyword, output_shape)]
    if isinstance(loss, Bce) and not ending.are_probabilities:
        return [NotProbabilities(loss.keyword, "probabilities from 0 to 1", ending)]
    if isinstance(loss, Nll) and not ending.are_logarithms:
        return [NotProbabilities(loss.keyword, "logarithms of probabilities", ending)]
    if isinstance(loss, BceWithLogits) and ending.are_probabilities:
        return [SecondActivation(loss.keyword, ending)]
    if isinstance(loss, CrossEntropy) and (ending.are_probabilities or ending.are_logarithms or ending.last == "log_softmax"):
        return [SecondActivation(loss.keyword, ending)]
    return []
