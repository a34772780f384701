"""Which inputs a network takes: published smallest sizes, the set in words and as JSON, what stays open."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from cnnspec.backends.summary import render
from cnnspec.compiler import Options, check_file, check_source
from cnnspec.network.network import Network
from cnnspec.network.symbolic.valid_sizes import valid_sizes
from cnnspec.network.symbolic.valid_text import as_json, sentence, spread, with_shapes
from cnnspec.network.symbolic.ways import distance
from cnnspec.source import Source
from cnnspec.values.sizes import value_at

SPECS = Path(__file__).parents[2] / "specs"


def zoo(name: str) -> Network:
    return check_file(SPECS / f"{name}.cnn").last


def network(body: str, given: str = "3xHxW") -> Network:
    result = check_source(Source("net.cnn", f"network Net {{\n    input {given}\n{body}\n}}\n"))
    assert result.ok, [diagnostic.message for diagnostic in result.diagnostics]
    return result.last


@pytest.mark.parametrize(
    ("name", "smallest"),
    # `min_size` of torchvision's published weights; the multiple of a U-Net follows from its four halvings
    [
        ("alexnet", 63),
        ("vgg", 32),
        ("densenet121", 29),
        ("squeezenet1_1", 17),
        ("googlenet", 15),
        ("inception_v3", 75),
        ("convnext_tiny", 32),
        *((name, 1) for name in ("resnet", "mobilenet_v2", "mnasnet1_0", "efficientnet_b0", "shufflenet_v2", "regnet")),
    ],
)
def test_the_smallest_sizes_are_the_published_ones(name: str, smallest: int) -> None:
    valid = valid_sizes(zoo(name))
    assert valid.is_exact
    assert sentence(valid) == f"H >= {smallest}, W >= {smallest}"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("conv 8, kernel=5", "H >= 5, W >= 5"),
        ("a: conv 8, kernel=3, padding=1\nmaxpool 2\nupsample 2\nconcat a", "H divisible by 2, W divisible by 2"),
        (
            "a: conv 8, kernel=3\nmaxpool 4\nupsample 4\nconcat a",
            "H >= 6 and H mod 4 = 2, W >= 6 and W mod 4 = 2",
        ),
        ("add {\n    conv 8, kernel=1, stride=2\n    conv 8, kernel=101\n}", "H in {101, 200, 201}, W in {101, 200, 201}"),
        ("maxpool 2, ceil_mode=true\nconv 4, kernel=9, padding=1", "H >= 13, W >= 13"),
        ("reflection_pad 3\nconv 4, kernel=3", "H >= 4, W >= 4"),
        ("pixel_unshuffle 3", "H divisible by 3, W divisible by 3"),
        (
            "conv 2, kernel=3, stride=2\nconv_transpose 3, kernel=3, stride=2 -> 3xHxW",
            "H >= 3 and H mod 2 = 1, W >= 3 and W mod 2 = 1",
        ),
        ("instancenorm", "H >= 2, W >= 1; or H >= 1, W >= 2"),
        (
            "a: identity\nupsample 1.5\nconv 2, kernel=5\nmaxpool 2\nupsample 1.5\nconcat a",
            "H in {24, 27, 28, 30, 31, 33, 34, 37}, W in {24, 27, 28, 30, 31, 33, 34, 37}",
        ),
        ("upsample 0.29\nconv 4, kernel=3", "H >= 11, W >= 11"),
        ("adaptive_avgpool 7\nflatten\nlinear 10", "H >= 1, W >= 1"),
    ],
)
def test_the_set_in_words(body: str, text: str) -> None:
    assert sentence(valid_sizes(network(body))) == text


def test_ties_and_patterns_that_do_not_repeat_stay_open() -> None:
    tied = valid_sizes(network("conv 2, kernel=1\na: permute 0, 2, 1\nfrom input\nconv 2, kernel=1\nadd a"))
    assert not tied.is_exact
    assert sentence(tied) == "H >= 1, W >= 1, if H = W; or H >= 1, W = 1; or H = 1, W >= 1"
    scaled = valid_sizes(network("a: maxpool 3\nfrom input\nupsample 0.29\nconcat a"))
    assert not scaled.is_exact
    assert "floor(0.29*H)" in sentence(scaled)
    capped = valid_sizes(network("a: conv 3, kernel=1\nmaxpool 8\nupsample 8\nconcat a"), max_period=4)
    assert capped.ways[0].open == ("8*floor(H/8) = H", "8*floor(W/8) = W")


FCN = """pool: conv 5, kernel=3, stride=2, padding=1
conv 5, kernel=3, stride=2, padding=1
conv_transpose 5, kernel=4, stride=2, padding=1
up: identity
from pool
add up
"""


def test_where_a_size_of_one_is_spread_shapes_are_no_longer_those_of_the_formulas() -> None:
    open_network = network(FCN, "3xW")
    valid = valid_sizes(open_network)
    assert sentence(valid) == "W in {1, 2} or W mod 4 in {0, 3}"
    assert spread(valid) == "where W in {1, 2}: there a size of 1 serves all positions of what it is merged with"
    for width in range(1, 40):
        if {"W": width} in valid:
            given = network(FCN, f"3x{width}").output.sizes[1]
            differs = any({"W": width} in way for way in valid.spread)
            assert (value_at(open_network.output.sizes[1], {"W": width}) != given) == differs
    assert "other shapes  where W in {1, 2}:" in render(open_network)
    assert "Other shapes where W in {1, 2}:" in render(open_network, "markdown")
    assert len(as_json(valid)["spread"]) == 1
    assert spread(valid_sizes(network(FCN, "3x32"))) is None  # the shapes are numbers


def test_products_give_factor_pairs_with_the_declared_input_first() -> None:
    valid = valid_sizes(zoo("lenet"))
    assert [{name: members.smallest for name, members in way.sets.items()} for way in valid.ways] == [
        {"H": 28, "W": 28},
        {"H": 12, "W": 108},
        {"H": 108, "W": 12},
    ]
    assert {"H": 29, "W": 31} in valid
    assert {"H": 12, "W": 108} in valid
    assert {"H": 12, "W": 28} not in valid
    assert valid.smallest == {"H": 28, "W": 28}


def test_several_inputs_have_symbols_of_their_own() -> None:
    valid = valid_sizes(zoo("siamese"))
    assert valid.symbols == ("left.H", "left.W", "right.H", "right.W")
    assert sentence(valid).startswith("56 <= left.H <= 63, 46 <= left.W <= 51, ")


def test_a_row_of_numbers_has_no_symbols() -> None:
    assert with_shapes(valid_sizes(network("linear 3", "8"))) == "8 only"


def test_json_says_all_of_it() -> None:
    text = as_json(valid_sizes(zoo("unet")))
    axis = {"below": [], "start": 16, "period": 16, "residues": [0]}
    assert text == {
        "text": "H divisible by 16, W divisible by 16",
        "exact": True,
        "shapes": [[3, "H", "W"]],
        "smallest": {"H": 16, "W": 16},
        "alternatives": [{"sizes": {"H": axis, "W": axis}, "if": []}],
        "spread": [],
    }
    assert json.loads(render(zoo("unet"), "json"))["valid_inputs"] == text


def test_a_given_input_is_told_the_nearest_ones() -> None:
    result = check_file(SPECS / "unet.cnn", Options(input="3x100x90"))
    notes = [note for diagnostic in result.diagnostics for note in diagnostic.notes]
    said = "`UNet` takes 3xHxW with H divisible by 16, W divisible by 16; the nearest are 3x96x96, 3x96x80 and 3x112x96"
    assert said in notes
    assert check_file(SPECS / "unet.cnn", Options(input="3x96x80")).ok


@pytest.mark.parametrize("sizes", [(29, 31), (10, 70), (100, 100), (1, 300), (56, 56)])
def test_none_is_nearer_than_the_nearest(sizes: tuple[int, int]) -> None:
    for name in ("unet", "darknet53_yolov3", "lenet"):
        valid = valid_sizes(zoo(name))
        given = dict(zip("HW", sizes, strict=True))
        offered = valid.nearest(given)
        assert all(near in valid for near in offered)
        best = min(
            abs(height - sizes[0]) + abs(width - sizes[1])
            for height in range(1, 330)
            for width in range(1, 330)
            if {"H": height, "W": width} in valid
        )
        assert distance(offered[0], given) == best


def test_a_mistake_that_no_input_mends_says_nothing_of_inputs() -> None:
    text = "network Net {\n    input 3x32x32\n    conv 8, kernel=3, in_channels=4\n}\n"
    (mistake,) = check_source(Source("net.cnn", text), Options(input="3x40x40")).diagnostics
    assert not any("takes" in note for note in mistake.notes)


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.cnn")), ids=lambda path: path.stem)
def test_every_network_of_the_zoo_is_decided_soon(path: Path) -> None:
    for checked in check_file(path).networks:
        began = time.process_time()
        valid = valid_sizes(checked)
        assert time.process_time() - began < 0.5
        assert valid.is_exact
        assert valid.declared is None or valid.declared in valid
