"""Networks that branch and reuse layers: how their weights begin, training, and what lies in the run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import safetensors.torch
import torch
from torch import nn
from torch.nn import functional
from training_specs import compiled, recipe_of

from cnnspec.backends.torch_module import build
from cnnspec.compiler import check_file
from cnnspec.diagnostics.problem import UsageError
from cnnspec.network.network import Network
from cnnspec.recipe.data import Csv, Synthetic
from cnnspec.recipe.init_schemes import Normal
from cnnspec.recipe.recipe import Recipe
from cnnspec.training.device import own_random_numbers
from cnnspec.training.options import TrainOptions
from cnnspec.training.problems import TrainingError
from cnnspec.training.random_numbers import ORDER, generator
from cnnspec.training.result import RunResult
from cnnspec.training.results.evaluate import EvaluateOptions, evaluate
from cnnspec.training.results.forward import ForwardOptions, forward
from cnnspec.training.run_folder.stored_run import read_run
from cnnspec.training.session import prepare
from cnnspec.training.train import train
from cnnspec.training.weights.initialize import initialize

RESNET = """
block Basic(channels, stride=1) {
    residual {
        conv1: conv channels, kernel=3, stride=stride, padding=1, bias=false
        bn1: batchnorm
        relu
        conv2: conv channels, kernel=3, padding=1, bias=false
        bn2: batchnorm
    } shortcut {
        if stride != 1 or in.channels != channels {
            downsample: conv channels, kernel=1, stride=stride
        }
    }
    relu
}
network ResNet {
    input 3x16x16
    layer1: Basic 8
    layer2: Basic 16, stride=2
    global_avgpool
    flatten
    fc: linear 10
}
train {
    data synthetic, 256
    optimizer sgd, lr=0.05
    batch 64
    epochs 2
}
"""
UNET = """
network UNet {
    input 1x16x16
    enc1: conv 4, kernel=3, padding=1
    relu
    maxpool 2
    conv 8, kernel=3, padding=1
    relu
    upsample 2
    concat in, enc1
    conv 1, kernel=3, padding=1
}
train {
    data synthetic, 128
    loss mse
    epochs 3
}
"""
SHARED = """
network Shared {
    input 1x8x8
    enc: {
        conv 1, kernel=3, padding=1
        relu
    }
    %s
    flatten
    head: linear 10
}
"""


class Basic(nn.Module):
    """The block of RESNET by hand."""

    def __init__(self, before: int, channels: int, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = nn.Conv2d(before, channels, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = self.bn2(self.conv2(functional.relu(self.bn1(self.conv1(x)))))
        return functional.relu(y + self.downsample(x))


class ByHand(nn.Module):
    """RESNET by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.layer1, self.layer2, self.fc = Basic(3, 8), Basic(8, 16, 2), nn.Linear(16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return cast(torch.Tensor, self.fc(self.layer2(self.layer1(x)).mean((2, 3))))


def run(network: Network, out: Path) -> RunResult:
    return train(network, recipe_of(network), TrainOptions("cpu", "fp64", out))


def test_a_residual_network_trains_as_one_written_by_hand(tmp_path: Path) -> None:
    network = compiled(RESNET)
    result = run(network, tmp_path / "run")
    recipe = recipe_of(network)
    with own_random_numbers():
        assert recipe.data is not None
        session = prepare(network, recipe, recipe.data, TrainOptions("cpu", "fp64"), tmp_path)
    model = ByHand().double()
    model.load_state_dict(session.model.state_dict())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
    for epoch in range(1, recipe.epochs + 1):
        for inputs, targets in session.train.shuffled(recipe.batch, generator(recipe.seed, ORDER, epoch)):
            optimizer.zero_grad()
            functional.cross_entropy(model(inputs), targets).backward()
            optimizer.step()
    for name, value in model.state_dict().items():
        assert torch.allclose(result.model.state_dict()[name], value), name
    assert result.last.loss < result.history[0].loss


def test_an_output_as_large_as_the_input(tmp_path: Path) -> None:
    result = run(compiled(UNET), tmp_path / "run")
    assert result.last.loss < result.history[0].loss
    assert result.model(torch.zeros(2, 1, 16, 16, dtype=torch.float64)).shape == (2, 1, 16, 16)
    found = evaluate(read_run(result.path), options=EvaluateOptions("cpu", "fp64"))
    assert found.loss == pytest.approx(result.last.test_loss, rel=1e-6)


def test_shared_weights_are_stored_once(tmp_path: Path) -> None:
    text = SHARED % "reuse enc" + "train {\n data digits\n epochs 1\n}"
    result = run(compiled(text), tmp_path / "run")
    stored = safetensors.torch.load((result.path / "model.safetensors").read_bytes())
    assert sorted(stored) == ["enc.0.bias", "enc.0.weight", "head.bias", "head.weight"]
    assert torch.equal(result.model.get_parameter("enc.0.weight"), stored["enc.0.weight"])
    assert evaluate(read_run(result.path), options=EvaluateOptions("cpu", "fp64")).value == result.last.test


def drawn(network: Network) -> dict[str, torch.Tensor]:
    model = build(network)
    torch.manual_seed(0)
    initialize(model, network, Normal())
    return dict(model.state_dict())


def test_reused_layers_are_drawn_once() -> None:
    """Were they drawn again, the layers behind them would get other numbers."""
    once, twice = drawn(compiled(SHARED % "relu")), drawn(compiled(SHARED % "reuse enc"))
    assert torch.equal(once["enc.0.weight"], twice["enc.0.weight"])
    assert torch.equal(once["head.weight"], twice["head.weight"])


def test_schemes_of_single_layers_in_branches() -> None:
    text = 'network N {\n input 1x4x4\n add {\n a: conv 1, kernel=1, init="ones"\n b: conv 1, kernel=1\n }\n}'
    state = drawn(compiled(text))
    assert state["a.weight"].item() == 1
    assert state["b.weight"].item() not in (0, 1)


TWINS = """
network Twins {
    left: input 1x4x4
    right: input 2x4x4
    concat left, right
    flatten
    digit: linear 3
    from digit
    size: {
        linear 2
    }
    output digit, size
}
"""


def test_several_ends_cannot_be_trained(tmp_path: Path) -> None:
    with pytest.raises(TrainingError) as caught:
        train(compiled(TWINS), Recipe(data=Synthetic()), TrainOptions("cpu", out=tmp_path / "run"))
    assert [problem.message for problem in caught.value.problems] == [
        "a sample of a data set is one value, but the network has 2 inputs",
    ]
    assert not (tmp_path / "run").exists()


def test_several_ends_can_be_run(tmp_path: Path) -> None:
    files = [tmp_path / "left.npy", tmp_path / "right.npy"]
    for channels, file in enumerate(files, 1):
        np.save(file, np.ones((channels, 4, 4)))
    found = forward(compiled(TWINS), files, ForwardOptions("cpu"))
    assert {name: tuple(value.shape) for name, value in found.items()} == {"digit": (3,), "size": (2,)}
    with pytest.raises(UsageError, match="is 2x4x4, 2 inputs of 1x4x4: give one at a time"):
        forward(compiled(TWINS), files[::-1], ForwardOptions("cpu"))


BLOCKS = "let classes = 10\nblock Head {\n flatten\n linear classes\n}\n"


def imported_run(folder: Path, spec: str, imports: dict[str, str], body: str = "Head") -> RunResult:
    """Returns a run of a spec in `folder` that imports other files."""
    for name, text in imports.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    lines = "".join(f'import "{name}"\n' for name in imports if not name.startswith("_"))
    (folder / spec).write_text(f"{lines}network N {{\n input 1x8x8\n {body}\n}}\ntrain {{\n data digits\n epochs 1\n}}\n")
    result = check_file(folder / spec)
    assert result.ok, [item.message for item in result.diagnostics]
    network = result.networks[-1]
    return train(network, recipe_of(network), TrainOptions("cpu", out=folder / "run"))


def test_a_run_folder_holds_what_the_spec_imports(tmp_path: Path) -> None:
    result = imported_run(
        tmp_path, "net.cnn", {"lib/head.cnn": 'import "../_base.cnn"\n' + BLOCKS[17:], "_base.cnn": BLOCKS[:17]}
    )
    assert (result.path / "lib/head.cnn").read_text().endswith(BLOCKS[17:])
    manifest = json.loads((result.path / "manifest.json").read_text())
    assert {"spec.cnn", "lib/head.cnn", "_base.cnn"} <= manifest["files"].keys()
    moved = result.path.rename(tmp_path / "elsewhere")
    for path in (tmp_path / "net.cnn", tmp_path / "lib/head.cnn", tmp_path / "_base.cnn"):
        path.unlink()
    assert evaluate(read_run(moved), options=EvaluateOptions("cpu")).value == result.last.test
    (moved / "_base.cnn").write_text("let classes = 11\n")
    with pytest.raises(TrainingError, match=r"_base\.cnn is not the file that the run wrote"):
        read_run(moved)


def test_an_imported_file_called_like_the_spec(tmp_path: Path) -> None:
    result = imported_run(tmp_path, "net.cnn", {"spec.cnn": BLOCKS, "spec-2.cnn": "let unused_here = 1\n"}, "Head")
    assert (result.path / "spec.cnn").read_text() == BLOCKS
    assert json.loads((result.path / "settings.json").read_text())["spec"] == "spec-3.cnn"
    assert read_run(result.path).network.name == "N"


def test_an_imported_file_called_like_one_of_ours(tmp_path: Path) -> None:
    text = json.dumps([{"block": "Head", "layers": ["flatten", {"linear": 10}]}])
    with pytest.raises(UsageError, match=r"the imported file settings\.json has a name that a run folder needs"):
        imported_run(tmp_path, "net.cnn", {"settings.json": text})
    assert not (tmp_path / "run").exists()


def test_a_run_that_never_began_takes_its_imports_along(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/head.cnn").write_text(BLOCKS)
    (tmp_path / "net.cnn").write_text('import "lib/head.cnn"\nnetwork N {\n input 1x8x8\n Head\n}\n')
    network = check_file(tmp_path / "net.cnn").networks[-1]
    with pytest.raises(TrainingError, match="there is no file"):
        train(network, Recipe(data=Csv(path="nowhere.csv")), TrainOptions("cpu", out=tmp_path / "run"))
    assert not (tmp_path / "run").exists()
