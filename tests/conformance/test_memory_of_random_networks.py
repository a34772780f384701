"""Memory of random networks that branch, nest, reuse, freeze and overwrite, against what torch allocates."""

from __future__ import annotations

import random

import pytest
import torch
from measured_memory import inference_peak, kept_for_backward

import cnnspec
from cnnspec.network.analyses.memory import inference_memory
from cnnspec.network.analyses.training_memory import gradient_memory, optimizer_memory, training_memory

LAYERS = (
    "conv 4, kernel=3, padding=1",
    "conv 4, kernel=1, frozen=true",
    "conv 4, kernel=2, padding=same",
    "batchnorm",
    "relu",
    "relu inplace=true",
    "silu",
    "sigmoid",
    "leaky_relu inplace=true",
    "maxpool 3, stride=1, padding=1",
    "avgpool 3, stride=1, padding=1",
    "dropout 0.3",
    "channel_dropout 0.3",
    "drop_path 0.2",
    "identity",
    "layer_scale",
    "groupnorm 2",
    "layernorm axis=channels",
    "prelu",
)
OVERWRITING = ("relu inplace=true", "leaky_relu inplace=true")
BATCH = 3


def statements(draw: random.Random, depth: int, tag: str) -> list[str]:
    """Returns a few statements whose output has the shape of their input, 4x8x8."""
    lines: list[str] = []
    for number in range(draw.randint(1, 4)):
        kind = draw.choice(("layer", "layer", "layer", "nest", "residual", "merge")) if depth else "layer"
        inner = [] if kind == "layer" else statements(draw, depth - 1, f"{tag}{number}")
        if kind == "layer":
            # what overwrites its input stands behind what does not need its output
            line = draw.choice(LAYERS)
            lines += ["conv 4, kernel=3, padding=1", "batchnorm", line] if line in OVERWRITING else [line]
        elif kind == "nest":
            lines += [f"{tag}{number}: {{", *inner, "}"]
        elif kind == "residual":
            lines += ["residual {", "conv 4, kernel=1", *inner, "}"]
        else:
            word = draw.choice(("add", "multiply"))
            middle = ["{", "conv 4, kernel=1", "}"] if draw.random() < 0.5 else []
            lines += [f"{word} {{", "{", "conv 4, kernel=1", *inner, "}", *middle, "{", "conv 4, kernel=3, padding=1", "}", "}"]
    return lines


def random_network(seed: int) -> cnnspec.Network:
    draw = random.Random(seed)
    end = draw.choice((["flatten", "linear 5"], ["global_avgpool", "flatten"], []))
    body = ["conv 4, kernel=3, padding=1", *statements(draw, 2, "part"), *end]
    return cnnspec.loads("\n".join(["network Random {", "input 4x8x8", *body, "}", "train {", "optimizer adam", "}"]))


def measured(net: cnnspec.Network) -> tuple[int, int]:
    model, inputs = net.build(), [torch.zeros(BATCH, 4, 8, 8)]
    return inference_peak(model, inputs), kept_for_backward(model, inputs)


@pytest.mark.filterwarnings("ignore:Using padding='same'")
@pytest.mark.parametrize("seed", range(60))
def test_memory_of_values(seed: int) -> None:
    net = random_network(seed)
    inference, training = measured(net)
    assert inference_memory(net.checked, 4, BATCH) == pytest.approx(inference, rel=0.02), net.generate()
    assert training_memory(net.checked, 4, BATCH) == training, net.generate()


REUSED = """network Twice {
    input 4x8x8
    first: {
        core: conv 4, kernel=3, padding=1
        relu
    }
    one: identity
    reuse first
    add one
    reuse first
    last: conv 2, kernel=1
}
train {
    optimizer sgd, lr=0.1, momentum=0.9
    freeze first.core
}
"""


def test_layers_that_are_used_again() -> None:
    net = cnnspec.loads(REUSED)
    inference, training = measured(net)
    assert inference_memory(net.checked, 4, BATCH) == pytest.approx(inference, rel=0.02)
    assert gradient_memory(net.checked, 4) == optimizer_memory(net.checked, 4) == 4 * (2 * 4 + 2)  # of the last layer
    thawed = cnnspec.loads(REUSED.replace("freeze first.core", ""))
    assert training_memory(thawed.checked, 4, BATCH) == training


@pytest.mark.parametrize(
    "optimizer", ["sgd, lr=0.1", "sgd, lr=0.1, momentum=0.9", "adam, lr=0.1", "adam, lr=0.1, amsgrad=true"]
)
def test_state_of_the_optimizer(optimizer: str) -> None:
    text = f"network N {{\ninput 4x8x8\nconv 4, 3\nbatchnorm\nconv 2, 3, frozen=true\n}}\ntrain {{\noptimizer {optimizer}\n}}\n"
    net = cnnspec.loads(text)
    model = net.build()
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    name, *rest = optimizer.split(", ")
    arguments = dict(part.split("=") for part in rest)
    named = {key: value == "true" if value in ("true", "false") else float(value) for key, value in arguments.items()}
    stepping = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[name](weights, **named)  # type: ignore[arg-type]
    model(torch.zeros(2, 4, 8, 8)).sum().backward()
    stepping.step()
    kept = [value for state in stepping.state.values() for value in state.values() if isinstance(value, torch.Tensor)]
    assert optimizer_memory(net.checked, 4) == sum(value.nbytes for value in kept if value.dim())  # counters have no axes
    assert gradient_memory(net.checked, 4) == sum(weight.grad.nbytes for weight in weights if weight.grad is not None)


def test_parts_that_are_frozen_keep_less() -> None:
    text = """network N {
    input 4x8x8
    conv 4, kernel=3
    flatten
    middle: linear 20
    relu
    linear 5
}
train {
    optimizer adam
    freeze middle
}
"""
    net = cnnspec.loads(text)
    model = net.build()
    model.get_submodule("middle").requires_grad_(False)
    assert training_memory(net.checked, 4, BATCH) == kept_for_backward(model, [torch.zeros(BATCH, 4, 8, 8)])
    assert training_memory(cnnspec.loads(text.replace("    freeze middle\n", "")).checked, 4, BATCH) > training_memory(
        net.checked, 4, BATCH
    )
