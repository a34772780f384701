"""What is said about recipe and network before any data is read."""

from __future__ import annotations

import pytest

from cnnspec.recipe.augment_kinds import HorizontalFlip
from cnnspec.recipe.data import Csv, Data, Digits, FashionMnist, Folder, Mnist
from cnnspec.recipe.data_arrays import Npz, Pairs
from cnnspec.recipe.data_cifar import Cifar10
from cnnspec.recipe.ending import Ending, LogAxes
from cnnspec.recipe.fit import end_problems, problems
from cnnspec.recipe.init_schemes import TruncNormal, Uniform
from cnnspec.recipe.loss import Bce, BceWithLogits, CrossEntropy, Mse, Nll
from cnnspec.recipe.optimizer import Sgd
from cnnspec.recipe.recipe import Recipe
from cnnspec.values.ranges import NEGATIVE, PROBABILITIES, Range
from cnnspec.values.shapes import Shape

IMAGE = Shape((1, 28, 28))
TEN = Shape((10,), channels_first=False)
ONE = Shape((1,), channels_first=False)


LINEAR = Ending("linear")
BOUNDS = {"sigmoid": PROBABILITIES, "hardsigmoid": PROBABILITIES, "softmax": PROBABILITIES, "tanh": Range(-1, 1)}


def ending(last: str) -> Ending:
    if last == "log_softmax":
        return Ending(last, NEGATIVE, last, LogAxes(0, 0))
    return Ending(last, BOUNDS[last], last) if last in BOUNDS else Ending(last)


def codes(recipe: Recipe, input_shape: Shape = IMAGE, output_shape: Shape = TEN, last: str = "linear") -> list[str]:
    return [problem.code for problem in problems(recipe, input_shape, output_shape, ending(last))]


@pytest.mark.parametrize("data", [None, Mnist(), FashionMnist(root="x"), Digits(resize=(28, 28)), Folder(path="x")])
def test_what_fits_is_silent(data: Data | None) -> None:
    assert codes(Recipe(data=data)) == []


def test_flat_and_folded_samples_fit_where_the_numbers_are_as_many() -> None:
    assert codes(Recipe(data=Mnist()), Shape((784,))) == []
    assert codes(Recipe(data=Mnist()), Shape((783,))) == ["E0410"]


def test_another_size_offers_resize() -> None:
    (problem,) = problems(Recipe(data=Digits()), IMAGE, TEN, LINEAR)
    assert problem.message == "a sample of `digits` is 1x8x8, but the network takes 1x28x28"
    assert problem.help == "write `resize=28`, or `input 1x8x8`"
    assert problem.setting == "data"


def test_other_channels_offer_no_resize() -> None:
    (problem,) = problems(Recipe(data=Mnist()), Shape((3, 32, 32)), TEN, LINEAR)
    assert problem.help == "write `input 1x28x28`, or train on other data"


def test_classes_against_outputs() -> None:
    data = Mnist()
    assert codes(Recipe(data=data), output_shape=Shape((9,))) == ["E0411"]
    assert codes(Recipe(data=data), output_shape=Shape((12,))) == ["W0501"]
    assert codes(Recipe(data=data, loss=Mse()), output_shape=ONE) == ["E0411"]


def test_one_mistake_about_the_output_is_said_once() -> None:
    assert codes(Recipe(data=Mnist()), output_shape=ONE) == ["E0413"]
    assert codes(Recipe(data=Mnist()), output_shape=Shape((10, 1, 1))) == ["E0412"]
    assert codes(Recipe(data=Mnist(), loss=Mse()), output_shape=Shape((10, 1, 1))) == ["E0412"]


def test_boxes_are_learned_in_python() -> None:
    """The output of a detector looks like a classifier that lacks its end."""
    (problem,) = problems(Recipe(data=Folder(path="a")), Shape((3, 64, 64)), Shape((30, 8, 8)), LINEAR)
    assert problem.code == "E0412"
    assert problem.help is not None
    assert "end the network with `flatten` and `linear`" in problem.help
    assert "examples/detector.py" in problem.help


def test_loss_against_the_last_activation() -> None:
    table = Csv(path="x.csv")
    assert codes(Recipe(data=table, loss=Bce()), Shape((8,)), ONE, "linear") == ["E0414"]
    assert codes(Recipe(data=table, loss=Bce()), Shape((8,)), ONE, "sigmoid") == []
    assert codes(Recipe(data=table, loss=BceWithLogits()), Shape((8,)), ONE, "sigmoid") == ["W0502"]
    assert codes(Recipe(data=table, loss=BceWithLogits()), Shape((8,)), ONE, "linear") == []
    assert codes(Recipe(loss=CrossEntropy()), last="softmax") == ["W0502"]
    assert codes(Recipe(loss=CrossEntropy()), last="hardsigmoid") == ["W0502"]


def test_arguments_that_do_not_work_together() -> None:
    assert codes(Recipe(optimizer=Sgd(nesterov=True))) == ["E0415"]
    assert codes(Recipe(optimizer=Sgd(nesterov=True, momentum=0.9, dampening=0.5))) == ["E0415"]
    assert codes(Recipe(optimizer=Sgd(nesterov=True, momentum=0.9))) == []
    assert codes(Recipe(init=Uniform(a=1.0, b=0.0))) == ["E0416"]
    assert codes(Recipe(init=TruncNormal(a=1.0, b=0.0))) == ["E0416"]


def test_one_sample_and_one_loss() -> None:
    assert end_problems(1, 1) == []
    assert [(problem.code, problem.message) for problem in end_problems(2, 3)] == [
        ("E0417", "a sample of a data set is one value, but the network has 2 inputs"),
    ]
    assert [problem.message for problem in end_problems(1, 3)] == ["one loss trains one output, but the network has 3 outputs"]


def test_nll_needs_logarithms() -> None:
    (problem,) = problems(Recipe(loss=Nll()), IMAGE, TEN, ending("softmax"))
    assert (problem.code, problem.message) == (
        "E0414",
        "`nll` needs logarithms of probabilities, but the network ends with `softmax`",
    )
    assert codes(Recipe(loss=Nll()), last="log_softmax") == []
    assert codes(Recipe(loss=Nll()), output_shape=ONE, last="log_softmax") == ["E0413"]


def test_one_weight_for_each_class() -> None:
    assert codes(Recipe(loss=CrossEntropy(weight=(1.0, 2.0)))) == ["E0404"]
    assert codes(Recipe(loss=CrossEntropy(weight=(1.0,) * 10))) == []


def test_augmentation_is_for_images() -> None:
    recipe = Recipe(augment=(HorizontalFlip(),))
    assert codes(recipe) == []
    assert codes(recipe, Shape((784,))) == ["E0403"]


@pytest.mark.parametrize(
    ("input_shape", "output_shape", "last", "found"),
    [
        (Shape((100, 1, 1)), Shape((3, 64, 64)), "tanh", ["E0417"]),
        (Shape((64,)), Shape((4, 28, 28)), "sigmoid", ["E0417"]),
        (Shape((100, 1, 1)), Shape((3, 64, 64)), "conv_transpose", ["E0412", "E0410"]),
        (Shape((100, 1, 1)), Shape((16, 64, 64)), "tanh", ["E0412", "E0410"]),
        (Shape((3, 32, 32)), Shape((3, 32, 32)), "tanh", ["E0412"]),
        (Shape((3072,)), Shape((10,)), "tanh", []),
    ],
)
def test_a_generator_is_no_classifier(input_shape: Shape, output_shape: Shape, last: str, found: list[str]) -> None:
    assert codes(Recipe(data=Cifar10()), input_shape, output_shape, last) == found
    assert "E0417" not in codes(Recipe(), input_shape, output_shape, last)


def test_images_of_vectors_can_be_learned_from_arrays() -> None:
    """Where the targets are images themselves no second network is needed."""
    assert codes(Recipe(data=Npz(path="a.npz"), loss=Mse()), Shape((64,)), Shape((1, 28, 28)), "sigmoid") == []


def test_a_run_of_a_generator_needs_no_data_to_be_refused() -> None:
    """Also one of grey images, whose single channel is no mistake of the loss."""
    for output_shape in (Shape((3, 64, 64)), Shape((1, 28, 28))):
        found = problems(Recipe(), Shape((100, 1, 1)), output_shape, ending("tanh"), is_run=True)
        assert [problem.code for problem in found] == ["E0417"]
    assert problems(Recipe(loss=Mse()), Shape((100, 1, 1)), Shape((3, 64, 64)), ending("tanh"), is_run=True) == []


def test_one_channel_of_images_is_no_class() -> None:
    (problem,) = problems(Recipe(data=Pairs(inputs="a")), IMAGE, IMAGE, ending("sigmoid"))
    assert problem.message == "`cross_entropy` compares classes, but the output 1x28x28 has 1 channel: the loss is always 0"
    assert problem.help is not None
    assert problem.help.startswith("for images write `loss mse`")
    assert codes(Recipe(data=Pairs(inputs="a"), loss=Mse()), output_shape=IMAGE) == []
    (number,) = problems(Recipe(data=Csv(path="a.csv")), Shape((8,)), ONE, LINEAR)
    assert number.message == "`cross_entropy` compares classes, but the network has 1 output: the loss is always 0"


def test_classes_of_images_that_stay_images_are_one_mistake() -> None:
    assert codes(Recipe(data=Mnist()), output_shape=IMAGE) == ["E0412"]
    assert codes(Recipe(data=Folder(path="a")), output_shape=IMAGE) == ["E0412"]
