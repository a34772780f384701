"""Losses against what a network ends with, as torch computes it: probabilities, their logarithms, or neither."""

from __future__ import annotations

import pytest
import torch

from cnnspec.backends.torch_module import build
from cnnspec.compiler import check_source
from cnnspec.diagnostics.diagnostic import Diagnostic
from cnnspec.diagnostics.edits import apply_edits
from cnnspec.network.ending import ending
from cnnspec.network.network import Network
from cnnspec.source import Source

GATES = "multiply {{ {{ conv 3, kernel=1; sigmoid }} {{ conv 3, kernel=1; {} }} }}"
PROBABLE = (
    "sigmoid; global_avgpool; flatten",
    "sigmoid; global_maxpool",
    "sigmoid; maxpool 2",
    "sigmoid; avgpool 3, stride=1, padding=1",
    "sigmoid; crop 1",
    "sigmoid; zero_pad 1",
    "sigmoid; reflection_pad 1",
    "sigmoid; constant_pad 1, 0.5",
    "sigmoid; upsample 2",
    "sigmoid; upsample 2, mode=bilinear, align_corners=true",
    "conv 4, kernel=1; sigmoid; pixel_shuffle 2",
    "hardtanh 0, 1",
    "hardsigmoid; channel_shuffle 3",
    "softmin",
    "softmax axis=1",
    "relu; tanh",
    "relu; hardtanh",
    GATES.format("sigmoid"),
    GATES.format("hardtanh 0, 1"),
    "concat { { sigmoid } { softmax } }",
)
OTHERS = (
    "conv 2, kernel=1",
    "tanh",
    "relu",
    "sigmoid; upsample 2, mode=bicubic",
    "sigmoid; constant_pad 1, 2",
    "sigmoid; avgpool 2, divisor_override=1",
    "sigmoid; dropout 0.5",
    "sigmoid; batchnorm",
    "add { { sigmoid } { sigmoid } }",
    GATES.format("tanh"),
    "concat { { sigmoid } { tanh } }",
    "log_softmax",
)
LOGARITHMS = (
    "log_softmax",
    "log_softmax; crop 1",
    "log_softmax; zero_pad -1",
    "log_softmax; upsample 2",
    "log_softmax; reflection_pad 1",
    "log_softmax; channel_shuffle 3",
    "permute 1, 2, 0; log_softmax axis=2; permute 2, 0, 1",
    "reshape 3, 64; log_softmax; reshape 3, 8, 8",
    "global_avgpool; log_softmax; flatten",
    "concat { { log_softmax axis=1 } { log_softmax axis=1 } }; permute 1, 0, 2",
)
NO_LOGARITHMS = (
    "softmax",
    "log_sigmoid",
    "log_softmax axis=1",
    "log_softmax; zero_pad 1",
    "log_softmax; flatten",
    "log_softmax; global_avgpool",
    "log_softmax; maxpool 2",
    "log_softmax; upsample 2, mode=bilinear",
    "log_softmax; permute 2, 0, 1",
    "conv 4, kernel=1; log_softmax; pixel_shuffle 2",
    "add { { log_softmax } { log_softmax } }",
    "concat { { log_softmax } { log_softmax } }",
)


def network_of(tail: str, loss: str = "mse") -> tuple[Network | None, list[Diagnostic]]:
    lines = tail.replace("; ", "\n").replace("{ ", "{\n").replace(" }", "\n}").replace("} {", "}\n{")
    checked = check_source(
        Source("a.cnn", f"network N {{\ninput 3x8x8\nconv 3, kernel=1\n{lines}\n}}\ntrain {{\nloss {loss}\n}}\n")
    )
    return (checked.networks or [None])[-1], [
        item for item in checked.diagnostics if item.code.startswith(("E04", "W050", "W0518"))
    ]


def codes(tail: str, loss: str) -> list[str]:
    return [item.code for item in network_of(tail, loss)[1]]


def outputs(tail: str) -> torch.Tensor:
    """Returns what a network with large random weights gives in training."""
    network, _ = network_of(tail)
    assert network is not None
    torch.manual_seed(0)
    module = build(network)
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.mul_(5)
        return module(torch.randn(64, 3, 8, 8))


@pytest.mark.parametrize("tail", PROBABLE)
def test_probabilities_stay_probabilities(tail: str) -> None:
    torch.nn.BCELoss()(outputs(tail), torch.zeros_like(outputs(tail)))  # which raises for other numbers
    assert codes(tail, "bce") == []
    assert codes(tail, "bce_with_logits") == ["W0502"]
    assert codes(tail, "cross_entropy")[:1] in (["W0502"], ["E0413"])
    assert ("W0518" in codes(f"{tail}; sigmoid", "bce")) == (not tail.startswith("relu"))  # which bounds one side only


@pytest.mark.parametrize("tail", OTHERS)
def test_other_numbers_are_no_probabilities(tail: str) -> None:
    given = outputs(tail)
    assert given.min() < 0 or given.max() > 1
    assert codes(tail, "bce") == ["E0414"]
    assert codes(tail, "bce_with_logits") == []
    assert codes(f"{tail}; sigmoid", "bce") == []


@pytest.mark.parametrize("tail", LOGARITHMS)
def test_logarithms_stay_logarithms(tail: str) -> None:
    total = outputs(tail).exp().sum(1)
    torch.testing.assert_close(total, torch.ones_like(total))
    assert codes(tail, "nll") == []
    assert codes(tail, "cross_entropy") == ["W0502"]


@pytest.mark.parametrize("tail", NO_LOGARITHMS)
def test_other_numbers_are_no_logarithms(tail: str) -> None:
    total = outputs(tail).exp().sum(1)
    assert (total - 1).abs().max() > 0.01
    assert codes(tail, "nll") in (["E0414"], ["E0413"])


def test_some_of_the_logarithms_are_taken_for_what_they_are() -> None:
    """Whoever leaves a class out, as that of the background, has its logarithm no more, and the others as they were."""
    assert codes("log_softmax; slice 1, 3", "nll") == []


@pytest.mark.parametrize(
    ("tail", "number"),
    [
        ("conv 1, kernel=1; softmax", 1),
        ("conv 1, kernel=1; softmin; upsample 2", 1),
        ("conv 1, kernel=1; log_softmax", 0),
        ("global_avgpool; softmax axis=1; flatten", 1),
        ("flatten; linear 1; softmax", 1),
        ("log_softmax; relu", 0),
    ],
)
@pytest.mark.parametrize("loss", ["bce", "mse", "cross_entropy", "nll", "bce_with_logits"])
def test_an_output_that_is_always_the_same(tail: str, number: int, loss: str) -> None:
    assert set(outputs(tail).flatten().tolist()) == {number}
    _, (found,) = network_of(tail, loss)
    assert (found.code, found.is_error) == ("E0413", True)
    assert f"is always {number}: nothing can be learned" in found.message
    assert codes(tail.replace("softmax", "sigmoid").replace("softmin", "sigmoid"), "mse") == [] or "relu" in tail


@pytest.mark.parametrize(
    ("tail", "loss", "advice"),
    [
        ("conv 2, kernel=1", "bce", "write `loss bce_with_logits`, or end the network with `sigmoid`"),
        (
            "softmax",
            "nll",
            "leave `softmax` out and write `loss cross_entropy`, or end the network with `log_softmax` instead of it",
        ),
        (
            "tanh; crop 1",
            "bce",
            "leave `tanh` out and write `loss bce_with_logits`, or end the network with `sigmoid` instead of it",
        ),
        ("sigmoid; dropout 0.5", "bce", "leave `sigmoid` out and write `loss bce_with_logits`, or move it to the end"),
        ("log_softmax axis=1", "nll", "write `log_softmax axis=0`"),
        ("log_softmax; permute 2, 0, 1", "nll", "write `log_softmax axis=2`"),
        ("flatten; linear 1", "nll", "for two classes write `loss bce_with_logits`, for a number `loss mse`"),
        ("flatten; linear 1; softmax", "bce", "write `sigmoid` in its place"),
        ("sigmoid; global_avgpool", "bce_with_logits", "write `loss bce`, or leave `sigmoid` out"),
        ("softmax; global_avgpool", "cross_entropy", "leave `softmax` out: logits train better"),
    ],
)
def test_advice_is_right(tail: str, loss: str, advice: str) -> None:
    """What is advised, and what the fix writes, leaves nothing more to say of the loss."""
    network, (found,) = network_of(tail, loss)
    assert network is not None
    assert found.help == advice
    assert found.fixes
    for fix in found.fixes:
        text = apply_edits(found.span.source.text, fix.edits)
        left = {item.code for item in check_source(Source("a.cnn", text)).diagnostics}
        assert not left & {"E0413", "E0414", "W0502", "W0518"}, text


def test_the_layer_at_fault_is_named_behind_others() -> None:
    network, (found,) = network_of("sigmoid; maxpool 2; flatten", "bce_with_logits")
    assert network is not None
    assert found.span.text == "sigmoid"
    assert ending(network).activation == "sigmoid"
    assert ending(network).last == "maxpool"
