"""The worked examples that every course has, with the numbers that the courses print: specs/ must give exactly these."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

import cnnspec

SPECS = Path(__file__).parents[2] / "specs"
ROWS = [[3, 4, 5, 6, 7], [2, 4, 6, 8, 2], [1, 6, 7, 8, 4], [9, 7, 4, 6, 2], [3, 7, 5, 4, 1]]


def output(file: str, network: str, sample: object) -> torch.Tensor:
    """Returns what a network of a spec makes of one sample, without the batch axis."""
    net = cnnspec.load(SPECS / file, network=network)
    with torch.no_grad():
        return net.build().eval()(torch.as_tensor(sample, dtype=torch.float32)[None])[0]


def counting(*shape: int) -> torch.Tensor:
    """Returns 0, 1, 2, ... in a shape."""
    return torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)


def shapes(file: str) -> list[tuple[int, ...]]:
    return [node.output for node in cnnspec.load(SPECS / file).nodes if node.input != node.output]


def test_lenet_has_the_shapes_of_the_book() -> None:
    expected = [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]
    assert shapes("lenet.cnn") == expected
    recipe = cnnspec.load(SPECS / "lenet.cnn").checked.recipe
    assert recipe is not None
    assert (recipe.batch, recipe.epochs) == (256, 10)
    assert (recipe.optimizer.keyword, recipe.optimizer.lr) == ("sgd", 0.9)
    assert recipe.init is not None
    assert (recipe.init.keyword, recipe.data.keyword) == ("xavier_uniform", "fashion_mnist")


def test_basic_mnist_net() -> None:
    assert shapes("mnist_basic.cnn") == [(10, 24, 24), (10, 12, 12), (20, 8, 8), (20, 4, 4), (320,), (10,)]
    assert cnnspec.load(SPECS / "mnist_basic.cnn").parameters == 8490


def test_cifar_net() -> None:
    net = cnnspec.load(SPECS / "cifar_net.cnn")
    assert shapes("cifar_net.cnn") == [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (400,), (120,), (84,), (10,)]
    assert net.parameters == 62006
    names = ("conv1", "conv2", "fc1", "fc2", "fc3")
    assert list(net.build().state_dict()) == [f"{name}.{part}" for name in names for part in ("weight", "bias")]


def test_tabular_network() -> None:
    net = cnnspec.load(SPECS / "people_mlp.cnn")
    assert [node.output[0] for node in net.nodes if node.kind == "linear"] == [6, 4, 1]
    assert net.parameters == 9 * 6 + 7 * 4 + 5


def test_channels() -> None:
    net = cnnspec.load(SPECS / "convolution_arithmetic.cnn", network="Channels")
    model = net.build()
    assert tuple(model[0].weight.shape) == (10, 5, 3, 3)
    assert model(torch.zeros(1, 5, 100, 100)).shape == (1, 10, 98, 98)


def test_padding_and_stride() -> None:
    padded = output("convolution_arithmetic.cnn", "Padding", [ROWS])
    assert padded[0, 0].tolist() == [91, 162, 225, 216, 131]
    strided = output("convolution_arithmetic.cnn", "Stride", [ROWS])
    assert strided[0].tolist() == [[208, 263], [251, 169]]


def test_cross_correlation() -> None:
    result = output("convolution_arithmetic.cnn", "CrossCorrelation", counting(1, 3, 3))
    assert result[0].tolist() == [[19, 25], [37, 43]]


@pytest.mark.parametrize(("network", "size"), [("Rectangular", (1, 8, 8)), ("RectangularStride", (1, 2, 2))])
def test_rectangular_kernels(network: str, size: tuple[int, ...]) -> None:
    assert tuple(output("convolution_arithmetic.cnn", network, counting(1, 8, 8)).shape) == size


def test_several_input_and_output_channels() -> None:
    sample = torch.stack([counting(3, 3), counting(3, 3) + 1])
    one = output("convolution_arithmetic.cnn", "MultipleInputs", sample)
    assert one[0].tolist() == [[56, 72], [104, 120]]
    three = output("convolution_arithmetic.cnn", "MultipleOutputs", sample)
    assert three.tolist() == [[[56, 72], [104, 120]], [[76, 100], [148, 172]], [[96, 128], [192, 224]]]


def test_one_by_one_convolution_is_a_matrix_product() -> None:
    model = cnnspec.load(SPECS / "convolution_arithmetic.cnn", network="OneByOne").build()
    sample = torch.rand(3, 3, 3)
    product = (model[0].weight.reshape(2, 3) @ sample.reshape(3, 9)).reshape(2, 3, 3)
    torch.testing.assert_close(model(sample[None])[0], product)


@pytest.mark.parametrize(
    ("network", "side", "expected"),
    [
        ("Max3", 4, [[10]]),
        ("Max3Padded", 4, [[5, 7], [13, 15]]),
        ("MaxRectangular", 4, [[1, 3], [9, 11], [13, 15]]),
        ("Max2", 3, [[4, 5], [7, 8]]),
        ("Average2", 3, [[2, 3], [5, 6]]),
    ],
)
def test_pools(network: str, side: int, expected: list[list[int]]) -> None:
    assert output("pooling.cnn", network, counting(1, side, side))[0].tolist() == expected


def test_pools_keep_channels_apart() -> None:
    sample = torch.cat([counting(1, 4, 4), counting(1, 4, 4) + 1])
    assert output("pooling.cnn", "TwoChannels", sample).tolist() == [[[5, 7], [13, 15]], [[6, 8], [14, 16]]]


def test_average_of_an_image_is_what_pillow_blurs() -> None:
    image = torch.rand(3, 64, 64)
    blurred = output("pooling.cnn", "Blur", image)
    assert blurred[1, 20, 30].item() == pytest.approx(image[1, 18:23, 28:33].mean().item())


def test_vertical_edges() -> None:
    picture = torch.ones(1, 6, 8)
    picture[:, :, 2:6] = 0
    edges = output("edges.cnn", "VerticalEdges", picture)
    assert edges[0].tolist() == [[0, 1, 0, 0, 0, -1, 0]] * 6


def test_high_pass_removes_what_is_constant() -> None:
    flat = output("edges.cnn", "HighPass", torch.full((1, 64, 64), 9.0))
    assert flat.unique().tolist() == pytest.approx([1.0], abs=1e-5)  # 9 - 8 neighbours of weight -1/9
    point = torch.zeros(1, 64, 64)
    point[0, 30, 30] = 9
    response = output("edges.cnn", "HighPass", point)[0, 28:31, 28:31]
    torch.testing.assert_close(response, torch.tensor([[-1.0, -1, -1], [-1, 9, -1], [-1, -1, -1]]))


def test_the_edge_detector_is_learned_from_data() -> None:
    """Gradient descent on the summed squared error, learning rate 0.03, 20 steps: 1, -1 within 0.02."""
    torch.manual_seed(0)
    picture = torch.ones(1, 1, 6, 8)
    picture[..., 2:6] = 0
    target = output("edges.cnn", "VerticalEdges", picture[0])[None]
    model = cnnspec.load(SPECS / "edges.cnn", network="LearnedEdges").build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.03)
    for _ in range(20):
        optimizer.zero_grad()
        ((model(picture) - target) ** 2).sum().backward()
        optimizer.step()
    assert model[0].weight.flatten().tolist() == pytest.approx([1, -1], abs=0.02)
