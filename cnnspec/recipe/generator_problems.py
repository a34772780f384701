"""Networks that make images of vectors: told from classifiers by their shapes and their last layer."""

from __future__ import annotations

from typing import ClassVar

from cnnspec.recipe.problems import TOGETHER, RecipeProblem
from cnnspec.values.shapes import Shape

COLOURS = (1, 3, 4)  # channels of grey, colour, and colour with transparency
OF_IMAGES = frozenset({"tanh", "sigmoid", "hardsigmoid"})  # what bounds brightness


class MakesImages(RecipeProblem):
    """A generator, for which there are no labels."""

    numbers: int
    output: Shape
    setting: ClassVar[str] = "network"
    code: ClassVar[str] = "E0417"

    @property
    def message(self) -> str:
        return (
            f"labels are told by scores of classes, but the network makes images of {self.output} from {self.numbers} numbers"
        )

    @property
    def help(self) -> str:
        return TOGETHER


def makes_images(input_shape: Shape, output_shape: Shape, last_keyword: str | None) -> bool:
    """Returns whether a vector comes in, and an image comes out of the function that bounds its brightness."""
    if input_shape.is_symbolic or output_shape.is_symbolic or last_keyword not in OF_IMAGES:
        return False
    is_vector = input_shape.features == input_shape.channels
    return is_vector and output_shape.rank == 3 and output_shape.channels in COLOURS and min(output_shape.spatial) > 1
