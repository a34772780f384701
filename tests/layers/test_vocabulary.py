"""The vocabulary: every keyword is there, with torch's arguments in torch's order and with torch's defaults."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
from torch import nn

import cnnspec
from cnnspec.declarations.declaration import description, positional_names, signature
from cnnspec.layers import generate_index
from cnnspec.layers.base import Layer
from cnnspec.layers.problems import LayerProblem
from cnnspec.layers.registry import all_kinds, lookup

KEYWORDS = {
    "weights": "conv conv_transpose linear",
    "pooling": """maxpool avgpool lp_pool fractional_maxpool stochastic_pool adaptive_avgpool adaptive_maxpool global_avgpool
        global_maxpool""",
    "normalization": "batchnorm instancenorm groupnorm layernorm rmsnorm local_response_norm",
    "activation": """relu relu6 leaky_relu prelu rrelu elu selu celu gelu silu mish sigmoid log_sigmoid tanh hardsigmoid
        hardswish hardtanh hardshrink softshrink tanhshrink softplus softsign softmax log_softmax softmin threshold glu""",
    "regularization": "dropout channel_dropout alpha_dropout drop_path",
    "shape": """flatten unflatten reshape permute slice channel_shuffle pixel_shuffle pixel_unshuffle upsample""",
    "padding": "zero_pad constant_pad reflection_pad replication_pad circular_pad crop",
    "other": "identity layer_scale",
}
KINDS = all_kinds()
by_keyword = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.keyword)

RENAMED = {"kernel_size": "kernel"}
INFERRED = {"in_channels", "in_features", "num_features", "num_channels", "normalized_shape"}
# other return values, placement, private and deprecated arguments
OMITTED = {"return_indices", "device", "dtype", "_random_samples", "min_value", "max_value", "args", "kwargs"}
# what torch does not have, always named
ADDED = {"weight", "bias_value", "frozen", "init", "axis"}
# `upsample 2` is a factor here, and a size in torch; the norms take nothing positional
OTHER_ORDER = {"upsample", "batchnorm", "instancenorm", "layernorm", "rmsnorm"}
# axes do not count the batch, and have a default where torch asks for one
OTHER_DEFAULTS = {("softmax", "axis"), ("log_softmax", "axis"), ("softmin", "axis"), ("flatten", "start_axis")}


def torch_parameters(kind: type[Layer]) -> dict[str, inspect.Parameter]:
    """Returns the parameters of torch's class for the most axes, by the names that they have here, inferred sizes left out."""
    torch_class = getattr(nn, kind.torch_names[0 if kind.keyword == "softmax" else -1])
    found = {}
    for name, parameter in inspect.signature(torch_class).parameters.items():
        if name not in INFERRED | OMITTED:
            found[RENAMED.get(name) or kind.torch_axes.get(name) or name] = parameter
    return found


def test_vocabulary_is_complete() -> None:
    expected = {(family, keyword) for family, words in KEYWORDS.items() for keyword in words.split()}
    assert {(kind.family, kind.keyword) for kind in KINDS} == expected


@by_keyword
def test_positional_order_is_that_of_torch(kind: type[Layer]) -> None:
    if not kind.torch_names:
        return
    positional = [name for name, value in torch_parameters(kind).items() if value.kind is not inspect.Parameter.KEYWORD_ONLY]
    if kind.keyword in OTHER_ORDER:
        assert list(positional_names(kind)) == (["scale_factor"] if kind.keyword == "upsample" else [])
    else:
        assert list(positional_names(kind)) == positional


@by_keyword
def test_arguments_are_those_of_torch(kind: type[Layer]) -> None:
    if kind.torch_names:
        own = {argument.name for argument in signature(kind)} - INFERRED
        assert own - ADDED == set(torch_parameters(kind)) - ADDED
        assert set(torch_parameters(kind)) <= own


@by_keyword
def test_defaults_are_those_of_torch(kind: type[Layer]) -> None:
    if not kind.torch_names:
        return
    theirs = torch_parameters(kind)
    for argument in signature(kind):
        if argument.name not in theirs or (kind.keyword, argument.name) in OTHER_DEFAULTS:
            continue
        default = theirs[argument.name].default
        assert argument.required == (default is inspect.Parameter.empty), argument.name
        assert argument.required or same(argument.default, default), argument.name


def same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


def test_defaults_of_another_type_or_value_are_told_apart() -> None:
    assert same(1.0, 1.0)
    assert not same(1, True)
    assert not same(0.1, 0.2)


@by_keyword
def test_inferred_sizes_are_optional_and_named(kind: type[Layer]) -> None:
    for argument in signature(kind):
        if argument.name in INFERRED:
            assert not argument.positional
            assert argument.default is None


@by_keyword
def test_every_argument_says_what_it_must_be(kind: type[Layer]) -> None:
    assert [argument.name for argument in signature(kind) if argument.says == "valid"] == []


@by_keyword
def test_documentation(kind: type[Layer]) -> None:
    first = description(kind).splitlines()[0]
    assert first.endswith(".")
    assert len(first) > 10
    assert kind.examples
    assert kind.formula
    assert all(re.match(rf"{kind.keyword}\b", example) for example in kind.examples)


INPUTS = ("400", "64x28", "16x8x8", "1x28x28", "4x8x8x8", "48x24x24", "64x10x10")


@by_keyword
def test_examples_are_valid_somewhere(kind: type[Layer]) -> None:
    for example in kind.examples:
        assert any(is_valid(example, size) for size in INPUTS), example


def is_valid(statement: str, size: str) -> bool:
    try:
        cnnspec.loads(f"network Example {{\n    input {size}\n    {statement}\n}}\n")
    except cnnspec.SpecError:
        return False
    return True


def test_invalid_examples_are_told_apart() -> None:
    assert not is_valid("conv 64, kernel=9", "16x8x8")
    assert not is_valid("convolve 64", "16x8x8")


def test_index_is_in_step() -> None:
    written = Path(generate_index.__file__).with_name("index.py").read_text(encoding="utf-8")
    assert written == generate_index.index_source(), "run `python -m cnnspec.layers.generate_index`"


@pytest.mark.parametrize(
    ("word", "keyword", "rank"),
    [
        ("conv", "conv", None),
        ("Conv2d", "conv", 2),
        ("conv1d", "conv", 1),
        ("MaxPool3d", "maxpool", 3),
        ("max_pool2d", "maxpool", 2),
        ("maxpool2d", "maxpool", 2),
        ("lp_pool1d", "lp_pool", 1),
        ("adaptive_avg_pool2d", "adaptive_avgpool", 2),
        ("BatchNorm2d", "batchnorm", 2),
        ("batch_norm", "batchnorm", None),
        ("layer_norm", "layernorm", None),
        ("rms_norm", "rmsnorm", None),
        ("LeakyReLU", "leaky_relu", None),
        ("PReLU", "prelu", None),
        ("SiLU", "silu", None),
        ("logsigmoid", "log_sigmoid", None),
        ("Dropout", "dropout", None),
        ("Dropout2d", "channel_dropout", 2),
        ("dropout1d", "channel_dropout", 1),
        ("Softmax2d", "softmax", 2),
        ("ConvTranspose2d", "conv_transpose", 2),
        ("zero_pad2d", "zero_pad", 2),
    ],
)
def test_spellings(word: str, keyword: str, rank: int | None) -> None:
    found = lookup(word)
    assert found is not None
    assert (found.kind.keyword, found.rank) == (keyword, rank)


def test_unknown_and_silly_spellings_mean_nothing() -> None:
    assert [word for word in ("re_lu", "p_relu", "leaky_re_lu", "lppool", "convolution", "") if lookup(word)] == []


def test_codes_of_problems_are_unique() -> None:
    problems = [problem for problem in subclasses(LayerProblem) if hasattr(problem, "code")]
    codes = [problem.code for problem in problems]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"E03\d\d", code) for code in codes)


def subclasses(kind: type[LayerProblem]) -> list[type[LayerProblem]]:
    found = kind.__subclasses__()
    return [*found, *(inner for each in found for inner in subclasses(each))]
